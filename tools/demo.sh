#!/bin/sh
# The main job in the lab: a healthy private pattern; then the database's
# ingress rule is revoked, found, and mended by the command that the report
# names. Everything runs inside the lab's own namespaces.
# PROBE and LAB name other programs than bin/probe and bin/lab.
set -u

PROBE=${PROBE:-bin/probe}
LAB=${LAB:-bin/lab}
export PROBE LAB
aws=$(command -v /usr/bin/aws || true)
failed=0

say() { printf '\n\033[1m== %s\033[0m\n\n' "$*"; }
[ -t 1 ] || say() { printf '\n== %s\n\n' "$*"; }

# expect STATUS COMMAND…: runs the command and notes another exit status.
expect() {
	want=$1
	shift
	"$@"
	got=$?
	if [ $got -ne "$want" ]; then
		echo "demo: exit status $got, expected $want: $*" >&2
		failed=1
	fi
}

if [ "${1:-}" != inside ]; then
	[ -z "$aws" ] || exec "$LAB" run --pattern private -- "$0" inside
	say "a healthy private pattern: probe check"
	expect 0 "$LAB" run --pattern private -- "$PROBE" check
	say "the database's ingress rule is gone: probe check"
	expect 1 "$LAB" run --scenario "$(dirname "$0")/../lab/scenarios/sg-ingress-missing.json" -- "$PROBE" check
	say "Debian's awscli is not installed: the command is not run"
	exit $failed
fi

say "a healthy private pattern: probe check"
expect 0 "$PROBE" check

group=$("$aws" rds describe-db-instances --db-instance-identifier orders \
	--query 'DBInstances[0].VpcSecurityGroups[0].VpcSecurityGroupId' --output text)
rule=$("$aws" ec2 describe-security-group-rules --filters "Name=group-id,Values=$group" \
	--query 'SecurityGroupRules[?!IsEgress].SecurityGroupRuleId' --output text)

say "somebody revokes the ingress rule $rule of $group"
expect 0 "$LAB" as operator -- "$aws" ec2 revoke-security-group-ingress --group-id "$group" --security-group-rule-ids "$rule" --output text

say "probe check"
report=$("$PROBE" check)
expect 1 sh -c "exit $?"
printf '%s\n' "$report"
mend=$(printf '%s\n' "$report" | sed -n 's/^  mend  *\(aws .*\)/\1/p')
if [ -z "$mend" ]; then
	echo "demo: the report names no command" >&2
	exit 1
fi

say "the command that the report names"
printf '$ %s\n' "$mend"
expect 0 "$LAB" as operator -- sh -c "$(printf '%s' "$mend" | sed "s#^aws#$aws#") --output text"

say "probe check"
expect 0 "$PROBE" check
exit $failed
