#!/bin/sh
# Runs each fuzz target of the product for a while: fuzz.sh 60s
set -eu
for file in $(grep -rl --include='*_test.go' '^func Fuzz' . | grep -v '^./lab/'); do
	for name in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' "$file"); do
		echo "# $(dirname "$file") $name"
		go test "$(dirname "$file")" -run '^$' -fuzz "^$name\$" -fuzztime "$1"
	done
done
