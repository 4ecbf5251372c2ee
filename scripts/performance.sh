#!/bin/sh
# Measures what presence costs at 1,000 to 19,000 visitors, and a help centre of 1,000 and 10,000 articles, on SQLite and on a
# PostgreSQL that is as durable as by default, and writes the tables of docs/performance.md. It takes half an hour, and the
# machine to itself.
#   PARTS=help ARTICLES=10000 SIZES=1000,19000 DURATION=5s DATABASES=SQLite scripts/performance.sh
set -eu
cd "$(dirname "$0")/.."
make build
databases=${DATABASES:-SQLite PostgreSQL}

case $databases in *SQLite*) DATABASE='' node scripts/performance.mjs ;; esac

case $databases in *PostgreSQL*)
	dir=$(mktemp -d)
	trap 'scripts/pg.sh stop "$dir"' EXIT INT TERM
	url=$(DURABLE=1 scripts/pg.sh start "$dir")
	DATABASE=$url node scripts/performance.mjs
	;;
esac
