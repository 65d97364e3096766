#!/bin/sh
# The main job in the lab: a healthy private pattern; then the database's
# ingress rule is revoked, found, and mended by the command that the report
# names. Everything runs inside the lab's own namespaces.
set -u

[ "${1:-}" = inside ] || exec bin/lab run --pattern private -- "$0" inside

aws=$(command -v /usr/bin/aws || command -v aws || true)
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

say "a healthy private pattern: probe check"
expect 0 bin/probe check

if [ -z "$aws" ]; then
	say "the AWS CLI is not installed: the database's rule is revoked by a scenario, and not mended"
	expect 1 bin/lab run --scenario lab/scenarios/sg-ingress-missing.json -- bin/probe check
	exit $failed
fi

group=$("$aws" rds describe-db-instances --db-instance-identifier orders \
	--query 'DBInstances[0].VpcSecurityGroups[0].VpcSecurityGroupId' --output text)
rule=$("$aws" ec2 describe-security-group-rules --filters "Name=group-id,Values=$group" \
	--query 'SecurityGroupRules[?!IsEgress].SecurityGroupRuleId' --output text)

say "somebody revokes the ingress rule $rule of $group"
expect 0 bin/lab as operator -- "$aws" ec2 revoke-security-group-ingress --group-id "$group" --security-group-rule-ids "$rule" --output text

say "probe check"
report=$(bin/probe check)
expect 1 sh -c "exit $?"
printf '%s\n' "$report"
mend=$(printf '%s\n' "$report" | sed -n 's/^  mend  *\(aws .*\)/\1/p')
if [ -z "$mend" ]; then
	echo "demo: the report names no command" >&2
	exit 1
fi

say "the command that the report names"
printf '$ %s\n' "$mend"
expect 0 bin/lab as operator -- sh -c "$(printf '%s' "$mend" | sed "s#^aws#$aws#") --output text"

say "probe check"
expect 0 bin/probe check
exit $failed
