#!/bin/sh
# Runs each fuzz target of the product and of the lab for a while: fuzz.sh 60s
set -eu

# targets DIR: a line "package target" for each fuzz target of a module.
targets() {
	(cd "$1" && go list -f '{{.Dir}}' ./... | while read -r dir; do
		grep -ho '^func Fuzz[A-Za-z0-9_]*' "$dir"/*_test.go 2>/dev/null | sed "s#^func #$dir #"
	done)
}

for module in . lab; do
	targets "$module" | while read -r dir name; do
		echo "# $dir $name"
		(cd "$dir" && go test -run '^$' -fuzz "^$name\$" -fuzztime "$1" -fuzzminimizetime 10x .) # else a large input takes the whole time
	done
done
