#!/bin/sh
# The live part of a healthy check against its slowest path, in the lab, with
# the inventory counted apart. The floor is the slowest path: all paths run at
# once, so more than it is our own cost. Budget: 1.5 times.
set -eu
runs=${1:-10}
exec bin/lab run --pattern private -- sh -c '
	i=0
	while [ $i -lt '"$runs"' ]; do
		bin/probe check -o json
		i=$((i + 1))
	done' | awk '
	/^  "seconds":/ { gsub(/[^0-9.e-]/, "", $2); live = $2 }
	/^    "seconds":/ && !seen[NR] { gsub(/[^0-9.e-]/, "", $2); if (!inventory) inventory = $2 }
	/^      "seconds":/ { gsub(/[^0-9.e-]/, "", $2); if ($2 + 0 > slowest) slowest = $2 + 0 }
	/^}/ {
		n++
		printf "live %6.1f ms, slowest path %6.1f ms, ratio %.2f, inventory %6.1f ms\n", live * 1000, slowest * 1000, live / slowest, inventory * 1000
		ratios[n] = live / slowest
		live = slowest = inventory = 0
	}
	END {
		for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (ratios[j] < ratios[i]) { t = ratios[i]; ratios[i] = ratios[j]; ratios[j] = t }
		median = ratios[int((n + 1) / 2)]
		printf "median ratio %.2f of %d runs, budget 1.5\n", median, n
		exit median > 1.5
	}'
