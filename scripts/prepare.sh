#!/bin/sh
# Installs what the checks need and a bare Debian machine lacks: Chromium and PostgreSQL, from Debian's packages.
# It needs root, or sudo. Nothing is done where everything is there.
set -eu

missing=
command -v chromium >/dev/null || missing="$missing chromium fonts-dejavu-core" # the fonts have Arabic, too
command -v chromium-headless-shell >/dev/null || missing="$missing chromium-headless-shell"
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$missing postgresql"
command -v psql >/dev/null || missing="$missing postgresql-client"
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || { echo "prepare.sh: root is needed for: apt-get install$missing" >&2; exit 1; }
	as_root=sudo
fi
command -v apt-get >/dev/null || { echo "prepare.sh: there is no apt-get here; install by hand:$missing" >&2; exit 1; }

echo "installing$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# apt says a lot that nobody needs to know, unless it fails.
quietly() { "$@" >"$log" 2>&1 </dev/null || { cat "$log" >&2; exit 1; }; }

# The tests start a server of their own: Debian's need not run.
$as_root mkdir -p /etc/postgresql-common/createcluster.d
echo 'create_main_cluster = false' | $as_root tee /etc/postgresql-common/createcluster.d/parley.conf >/dev/null
quietly $as_root apt-get -o Acquire::Retries=3 update
# shellcheck disable=SC2086 # a list of words
quietly $as_root env DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=3 install -y --no-install-recommends $missing
