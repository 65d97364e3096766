#!/bin/sh
# The healthy worlds and ten faults, again and again, while every core is kept
# busy: counts findings too many (false), findings too few and verdicts that are
# not as wanted (missed), and checks that took longer than without the load
# (late, which is no error here). load.sh [RUNS]
# PROBE and LAB name other programs than bin/probe and bin/lab.
set -u

runs=${1:-10}
PROBE=${PROBE:-bin/probe}
LAB=${LAB:-bin/lab}

# Those that time decides, and some that it does not.
faults="sg-ingress-missing nacl-return-db dns-slow dns-throttled tcp-loss-db tcp-mtu-endpoint
	tcp-dropped-unexplained endpoint-address-down runtime-timeout policy-public-exposed"

dir=$(mktemp -d)
busy=
# shellcheck disable=SC2064,SC2086 # ids, now known or not
trap 'kill $busy 2>/dev/null; rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
mkdir "$dir/scenarios"
cp lab/scenarios/healthy-*.json "$dir/scenarios"
for name in $faults; do
	cp "lab/scenarios/$name.json" "$dir/scenarios" || exit 2
done

core=0
while [ $core -lt "$(nproc)" ]; do
	sh -c 'while :; do :; done' &
	busy="$busy $!"
	core=$((core + 1))
done

run=0
while [ $run -lt "$runs" ]; do
	run=$((run + 1))
	"$LAB" matrix --scenarios "$dir/scenarios" --probe "$PROBE" >"$dir/$run.txt"
	case $? in 0 | 1) ;; *) exit 2 ;; esac
	grep -E '^( |DIFFERS)' "$dir/$run.txt" | sed "s/^/run $run: /" || true
done

cat "$dir"/[0-9]*.txt | awk -v runs="$runs" '
	/^(ok|DIFFERS) / { rows++ }
	/^ +too many:/ { wrong++; next }
	/^ +took / { late++; next }
	/^ / { missed++ }
	END {
		printf "%d runs, %d checks under load: %d false, %d missed, %d late\n", runs, rows, wrong, missed, late
		exit rows == 0 || wrong + missed > 0
	}'
