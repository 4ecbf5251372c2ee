#!/bin/sh
# Installs what the checks need and a bare Debian machine lacks: Chromium and PostgreSQL, from Debian's packages.
set -eu

missing=
command -v chromium >/dev/null || missing="$missing chromium fonts-dejavu-core"
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$missing postgresql"
command -v psql >/dev/null || missing="$missing postgresql-client"
[ -n "$missing" ] || exit 0

as_root=
[ "$(id -u)" = 0 ] || as_root=sudo
echo "installing$missing"
# The tests start a server of their own: Debian's need not run.
$as_root mkdir -p /etc/postgresql-common/createcluster.d
echo 'create_main_cluster = false' | $as_root tee /etc/postgresql-common/createcluster.d/parley.conf >/dev/null
$as_root apt-get update -qq
# shellcheck disable=SC2086 # a list of words
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
