#!/bin/bash
# The server with ./data on :8080, started again when Go code changes, and Vite's dashboard on :5173 that asks it.
set -eu
cd "$(dirname "$0")/.."

server=
stop() { [ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; } || true; }
trap 'stop; kill 0' EXIT
trap 'exit 0' INT TERM

(cd web && npm run --silent dev -w dashboard) &
stamp=$(mktemp)
while :; do
	touch "$stamp"
	if go build -o bin/parley-dev ./cmd/parley; then
		stop
		bin/parley-dev serve &
		server=$!
	fi
	until [ -n "$(find cmd internal go.mod -newer "$stamp" -name '*.go' -print -quit)" ]; do sleep 0.5; done
done
