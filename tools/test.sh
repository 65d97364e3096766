#!/bin/sh
# Runs every test of every module. Prints failures, skips and a line for each
# package; the whole output is in build/test.log. In CI a skip is a failure.
set -u

mkdir -p build
: >build/test.log
status=0

# Nothing of the outside's AWS configuration or proxies may reach a test.
for name in $(env | sed -n 's/^\(AWS_[A-Za-z0-9_]*\)=.*/\1/p'); do unset "$name"; done
unset HTTP_PROXY HTTPS_PROXY http_proxy https_proxy

# run MODULE [FLAGS]
run() {
	module=$1
	shift
	echo "# $module"
	# shellcheck disable=SC2086 # RACE is one flag or none
	(cd "$module" && go test ${RACE:-} -timeout 60m -v "$@" ./... 2>&1) | tee -a build/test.log |
		grep -E '^(ok|FAIL|panic:|---? FAIL|\s+--- (FAIL|SKIP)|--- (FAIL|SKIP))|_test\.go:[0-9]+:|WARNING: DATA RACE' || true
	if grep -qE '^FAIL' build/test.log; then status=1; fi
}
run .
run lab
# Nothing runs at once there.
RACE=
run deploy
# Go does not see the programs that these depend on: what is cached says nothing.
run acceptance/browser -count 1

passed=$(grep -cE '^--- PASS' build/test.log)
failed=$(grep -cE '^--- FAIL' build/test.log)
skipped=$(grep -cE '^ *--- SKIP' build/test.log)
if [ "$skipped" -gt 0 ]; then
	echo "skipped:"
	grep -A1 -E '^ *--- SKIP' build/test.log
	if [ "${CI:-}" = true ]; then
		echo "a skipped test is a failure in CI"
		status=1
	fi
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit $status
