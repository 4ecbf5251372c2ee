#!/bin/sh
# Writes what is made from the code. With --check it writes nothing and fails where a file is not up to date.
set -eu
cd "$(dirname "$0")/.."

check=${1:-}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
stale=0

# make_file PATH COMMAND...: what the command prints belongs into the file.
make_file() {
	path=$1
	shift
	"$@" >"$tmp/out"
	if [ "$check" = --check ]; then
		cmp -s "$tmp/out" "$path" || { echo "$path is not up to date: run make generate"; stale=1; }
		return 0
	fi
	mkdir -p "$(dirname "$path")"
	cmp -s "$tmp/out" "$path" || { cp "$tmp/out" "$path"; echo "wrote $path"; }
}

go build -o "$tmp/parley" ./cmd/parley
make_file docs/config.md "$tmp/parley" docs config
make_file api/openapi.yaml "$tmp/parley" docs openapi
make_file web/core/src/wire.gen.ts go run ./internal/kernel/wire/tsgen
if [ "$check" = --check ]; then
	go run ./internal/kernel/wire/docgen -check || stale=1
else
	go run ./internal/kernel/wire/docgen
fi
exit $stale
