#!/bin/sh
# A throwaway PostgreSQL for tests: fast, not durable, reachable from this machine only.
#   scripts/pg.sh start DIR   makes a server in DIR (if there is none), starts it and prints its URL
#   scripts/pg.sh stop DIR    stops it and removes DIR
# DURABLE=1: as durable as PostgreSQL is by itself, for measuring.
# Works as root (the server then runs as the user postgres) and as an ordinary user.
set -eu

usage() { sed -n '2,6p' "$0" >&2; exit 2; }
[ $# -eq 2 ] || usage
command=$1 dir=$2

bin=$(command -v initdb >/dev/null 2>&1 && dirname "$(command -v initdb)" || ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -x "$bin/initdb" ] || { echo "pg.sh: there is no PostgreSQL server here (Debian: apt-get install postgresql)" >&2; exit 1; }

as() { # the server refuses to run as root
	if [ "$(id -u)" = 0 ]; then (cd / && exec runuser -u postgres -- "$@"); else "$@"; fi
}

fast='-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off'
[ -z "${DURABLE:-}" ] || fast=

free_port() { # asks the kernel, through whatever is here
	perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport'
}

start() {
	mkdir -p "$dir"
	dir=$(cd "$dir" && pwd)
	if [ ! -f "$dir/data/PG_VERSION" ]; then
		if [ "$(id -u)" = 0 ]; then chown postgres "$dir"; fi
		as "$bin/initdb" -D "$dir/data" -U parley --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$dir/initdb.log"
	fi
	if ! as "$bin/pg_ctl" -D "$dir/data" status >/dev/null; then
		for _ in 1 2 3; do # somebody else may take the port in between
			port=$(free_port)
			as "$bin/pg_ctl" -D "$dir/data" -s -w -l "$dir/data/server.log" -o "-c listen_addresses=127.0.0.1 -c port=$port \
				-c unix_socket_directories= -c max_connections=200 -c shared_buffers=64MB $fast" start >&2 && break
		done
	fi
	port=$(sed -n 4p "$dir/data/postmaster.pid")
	echo "postgres://parley@127.0.0.1:$port/postgres?sslmode=disable"
}

stop() {
	[ -d "$dir/data" ] || exit 0
	dir=$(cd "$dir" && pwd)
	as "$bin/pg_ctl" -D "$dir/data" -s -m immediate stop || true # it may have stopped already
	rm -rf "$dir"
}

case $command in
start) start ;;
stop) stop ;;
*) usage ;;
esac
