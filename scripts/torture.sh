#!/bin/bash
# The torture test for longer than in CI, on SQLite and on a throw-away PostgreSQL with two nodes. It prints its seed.
#   PARLEY_TORTURE_ROUNDS=300 PARLEY_TORTURE_SEED=7 scripts/torture.sh
set -euo pipefail
cd "$(dirname "$0")/.."

export PARLEY_TORTURE_ROUNDS=${PARLEY_TORTURE_ROUNDS:-60}
export PARLEY_TORTURE_SEED=${PARLEY_TORTURE_SEED:-$(date +%s)}
work=$(mktemp -d /tmp/parley-torture.XXXXXX)
chmod 755 "$work" # PostgreSQL's own user walks through it
trap 'scripts/pg.sh stop "$work/pg" >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
PARLEY_TEST_PG=$(scripts/pg.sh start "$work/pg") || echo "no PostgreSQL here: SQLite alone" >&2
export PARLEY_TEST_PG
echo "seed $PARLEY_TORTURE_SEED, $PARLEY_TORTURE_ROUNDS rounds"
go test -count=1 -timeout 60m -v ./internal/torture
