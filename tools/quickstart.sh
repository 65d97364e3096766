#!/bin/sh
# From nothing to a firing alert in the lab, as docs/quickstart.md shows it: the
# sidecar, Prometheus and Alertmanager of Debian with the rules of deploy/mixin;
# the database's ingress rule is revoked; the alert fires and names the cause; it
# is mended; the alert resolves. Nothing leaves the lab's namespaces.
# PROBE and LAB name other programs than bin/probe and bin/lab.
set -eu

PROBE=${PROBE:-bin/probe}
LAB=${LAB:-bin/lab}
export PROBE LAB

if [ "${1:-}" != inside ]; then
	for program in /usr/bin/prometheus /usr/bin/promtool /usr/bin/prometheus-alertmanager /usr/bin/amtool /usr/bin/aws; do
		[ -x "$program" ] || { echo "quickstart: Debian's $program is not installed (make packages)" >&2; exit 77; }
	done
	exec "$LAB" run -q --pattern private -- "$0" inside
fi

mixin=$(cd "$(dirname "$0")/../deploy/mixin/rendered" && pwd)
dir=$(mktemp -d)
started=
# Alertmanager writes while it ends: nothing is removed before it has.
# shellcheck disable=SC2064,SC2086 # ids, now known or not
trap 'kill $started 2>/dev/null || true; wait $started || true; rm -rf "$dir"' EXIT

start() {
	log=$dir/$1.log
	shift
	"$@" >"$log" 2>&1 &
	started="$started $!"
}

say() { printf '\n== %s\n\n' "$*"; }

# show prints a command as one types it, and what it prints.
show() {
	printf '$ %s\n' "$*"
	"$@"
}

# await LIMIT WHAT COMMAND…: repeats a command each second until it succeeds.
await() {
	limit=$1 what=$2
	shift 2
	while ! "$@" >/dev/null 2>&1; do
		limit=$((limit - 1))
		if [ "$limit" -le 0 ]; then
			echo "quickstart: not in time: $what" >&2
			tail -n 5 "$dir"/*.log >&2
			exit 1
		fi
		sleep 1
	done
}

query() { /usr/bin/promtool query instant http://127.0.0.1:9090 "$1"; }
holds() { query "$1" | grep -q '=>'; }
firing() { holds 'ALERTS{alertname="AgentCorePathBroken",alertstate="firing",code="sg/ingress-missing"}'; }
alerts() { /usr/bin/amtool --alertmanager.url http://127.0.0.1:9093 alert query "$@"; }
notified() { alerts -o json | grep -q AgentCorePathBroken; }
resolved() { ! firing && ! notified && holds 'agentcore_probe_path_verdict{path="db/orders",verdict="ok"} == 1'; }

cat >"$dir/probe.yaml" <<'X'
serve:
  intervals: {invoke: 5s, db: 5s, service: 5s, egress: 5s, onprem: 5s, inventory: 10s}
X
cat >"$dir/prometheus.yml" <<X
global: {scrape_interval: 5s, evaluation_interval: 5s}
rule_files: [$mixin/rules.yaml, $mixin/alerts.yaml]
alerting:
  alertmanagers: [{static_configs: [{targets: ['127.0.0.1:9093']}]}]
scrape_configs:
  - job_name: agentcore-probe
    static_configs: [{targets: ['127.0.0.1:9879']}]
X

say "the sidecar, Prometheus and Alertmanager"
start probe "$PROBE" serve --config "$dir/probe.yaml"
start prometheus /usr/bin/prometheus --config.file="$dir/prometheus.yml" --storage.tsdb.path="$dir/tsdb" --web.listen-address=127.0.0.1:9090
start alertmanager /usr/bin/prometheus-alertmanager --config.file="$mixin/alertmanager.yaml" --storage.path="$dir/alertmanager" --web.listen-address=127.0.0.1:9093 --cluster.listen-address=
await 60 "every path is ok" holds 'path:agentcore_probe_broken:current and on () (sum(agentcore_probe_paths{verdict="ok"}) == 8)'
show /usr/bin/promtool query instant http://127.0.0.1:9090 'agentcore_probe_path_verdict == 1'

group=$(/usr/bin/aws rds describe-db-instances --db-instance-identifier orders \
	--query 'DBInstances[0].VpcSecurityGroups[0].VpcSecurityGroupId' --output text)
rule=$(/usr/bin/aws ec2 describe-security-group-rules --filters "Name=group-id,Values=$group" \
	--query 'SecurityGroupRules[?!IsEgress].SecurityGroupRuleId' --output text)
say "somebody revokes the ingress rule $rule of $group"
"$LAB" as operator -- /usr/bin/aws ec2 revoke-security-group-ingress --group-id "$group" --security-group-rule-ids "$rule" --output text
broken=$(date +%s)
await 180 "the alert fires" firing
await 60 "Alertmanager has it" notified
say "firing $(($(date +%s) - broken)) seconds later: a path has to be broken for a minute"
show /usr/bin/amtool --alertmanager.url http://127.0.0.1:9093 alert query
show /usr/bin/promtool query instant http://127.0.0.1:9090 'ALERTS{alertstate="firing"}'

say "the command that the alert names"
printf "\$ probe check --config '%s' --path 'db/orders'\n" "$dir/probe.yaml"
report=$("$PROBE" check --config "$dir/probe.yaml" --path 'db/orders') || true
printf '%s\n' "$report"
mend=$(printf '%s\n' "$report" | sed -n 's/^  mend  *\(aws .*\)/\1/p')
[ -n "$mend" ] || { echo "quickstart: the report names no command" >&2; exit 1; }

say "the command that the report names"
printf '$ %s\n' "$mend"
"$LAB" as operator -- sh -c "/usr/bin/$mend --output text"
mended=$(date +%s)
await 180 "the alert resolves" resolved
say "resolved $(($(date +%s) - mended)) seconds later"
show /usr/bin/promtool query instant http://127.0.0.1:9090 'agentcore_probe_path_verdict == 1'
