#!/bin/bash
# Runs every fuzz target for a short time each, one after the other: scripts/fuzz.sh [10s]
# An input that fails is kept in the package's testdata/fuzz and belongs into the commit that mends it.
set -euo pipefail
cd "$(dirname "$0")/.."

targets=$(go test -list '^Fuzz' ./internal/... | awk '/^Fuzz/ { names[n++] = $1 } /^ok/ { for (i = 0; i < n; i++) print $2, names[i] } /^(ok|\?)/ { n = 0 }')
[ -n "$targets" ] || { echo "no fuzz target was found"; exit 1; }
while read -r package name; do
	echo "── $package $name"
	go test -run '^$' -fuzz "^$name\$" -fuzztime "${1:-10s}" "$package" </dev/null
done <<<"$targets"
