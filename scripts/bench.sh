#!/bin/bash
# Measures bin/parley on this machine: a fresh server for every figure, the bars of docs beside them.
#   VISITORS=19000 DURATION=10s scripts/bench.sh
set -euo pipefail
cd "$(dirname "$0")/.."

visitors=${VISITORS:-19000}
duration=${DURATION:-10s}
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT

start() { # a fresh server; its address and people are in $work/demo.json
	: >"$work/demo.json"
	bin/parley demo --json --listen 127.0.0.1:0 --shop-listen 127.0.0.1:0 --rate-limit-exempt 127.0.0.0/8,::1 --log-level warn >"$work/demo.json" 2>"$work/log" &
	server=$!
	for _ in $(seq 200); do
		[ -s "$work/demo.json" ] && return
		kill -0 "$server" 2>/dev/null || { cat "$work/log"; exit 1; }
		sleep 0.05
	done
	echo "the server does not start" && exit 1
}
stop() {
	kill "$server"
	wait "$server" 2>/dev/null || true
	server=
}
of() { node -e 'console.log(JSON.parse(require("fs").readFileSync(process.argv[1]))[process.argv[2]])' "$work/demo.json" "$1"; }
measure() { # NAME KIND FLAGS...
	local name=$1 kind=$2
	shift 2
	echo "measuring $name" >&2
	start
	bin/parley bench "$kind" --url "$(of url)" --email "$(of email)" --password "$(of password)" --property "$(of property_id)" \
		--pid "$server" --json "$@" >"$work/$name.json" || echo "$name did not finish well" >&2
	stop
}

measure latency latency --duration "$duration"
measure messages messages --visitors 200 --duration "$duration"
measure idle idle --visitors "$visitors"
measure crowd messages --visitors 200 --crowd "$visitors" --duration "$duration"
node scripts/bench.mjs "$work"
