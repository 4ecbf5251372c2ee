#!/bin/bash
# Runs the checks, all of them or those named, prints how long each took and ends with how many passed.
# A check that fails does not keep the others from running.
#   scripts/test.sh              everything, as CI does
#   scripts/test.sh go vitest    only these
#   scripts/test.sh go+vitest    these at the same time
set -u
cd "$(dirname "$0")/.."

# One after the other, but for those joined by +: the first waits for compilers, the browsers mostly for each other.
all=(prepare modules build generated format vet golangci-lint+types govulncheck biome contrast vitest sizes go e2e-sqlite+e2e-postgres)
lint=.tools/golangci-lint-$(cat .golangci-lint-version)
passed=0 failed=0 skipped=0 table=
work=$(mktemp -d /tmp/parley-test.XXXXXX)
chmod 755 "$work" # PostgreSQL's own user walks through it
pg=
export NO_COLOR=1
export CGO_ENABLED=0 GOFLAGS='-trimpath -buildvcs=false' # as in the Makefile: one cache

finish() {
	[ -z "$pg" ] || scripts/pg.sh stop "$work/pg" >/dev/null 2>&1
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

# skip WHY ends a check that cannot run here.
skip() { echo "$1"; exit 77; }

postgres() {
	[ -n "$pg" ] || pg=$(scripts/pg.sh start "$work/pg") || return 1
}

check_prepare() { scripts/prepare.sh; }
check_modules() { make web/node_modules/.parley && go mod download && go mod verify >/dev/null && go mod tidy -diff; }
check_build() { make build; }
check_generated() { scripts/generate.sh --check; }
check_format() {
	local bad
	bad=$(gofmt -l cmd internal web/*.go)
	[ -z "$bad" ] || { echo "gofmt these:"; echo "$bad"; return 1; }
}
check_vet() { go vet ./...; }
check_golangci-lint() { make "$lint" && "$lint" run ./...; }
check_govulncheck() {
	# The database of known flaws is asked over the network, which CI here does not have.
	command -v govulncheck >/dev/null || skip "govulncheck is not installed: go install golang.org/x/vuln/cmd/govulncheck@latest"
	timeout 120 govulncheck ./... 2>"$work/vuln" && return 0
	grep -qiE 'dial|lookup|connect|fetch|vuln\.go\.dev|40[0-9]|timeout' "$work/vuln" && skip "the database of known flaws cannot be reached"
	cat "$work/vuln"
	return 1
}
check_types() { cd web && npm run --silent check; }
check_biome() { cd web && npm run --silent lint; }
check_contrast() { cd web && node ui/contrast.mjs; }
check_vitest() { cd web && npm run --silent test; }
check_sizes() { cd web && npm run --silent sizes; }
check_go() { CGO_ENABLED=1 PARLEY_TEST_PG=$pg go test -race -shuffle=on -timeout 10m ./...; }
check_e2e-sqlite() { cd web && npm run --silent e2e -w e2e; }
check_e2e-postgres() { cd web && PARLEY_E2E_PG=$pg npm run --silent e2e -w e2e; }

# run does the checks named, at the same time, and prints what each said when all are done.
run() {
	local name pids=()
	for name in "$@"; do
		declare -F "check_$name" >/dev/null || { echo "there is no check called $name; there are: ${all[*]}"; exit 2; }
		case $name in go | e2e-postgres) postgres || echo "PostgreSQL did not start" ;; esac
	done
	if [ $# = 1 ]; then
		echo "── $1"
		timed "$1"
	else
		for name in "$@"; do
			timed "$name" >"$work/$name.out" 2>&1 &
			pids+=($!)
		done
		wait "${pids[@]}"
		for name in "$@"; do
			echo "── $name"
			cat "$work/$name.out"
		done
	fi
	for name in "$@"; do count "$name"; done
}

# timed leaves the status and the seconds of a check in a file: it may run beside others.
timed() {
	local start status
	start=$(date +%s.%N)
	("check_$1")
	status=$?
	echo "$status $(date +%s.%N) $start" | awk '{print $1, $2 - $3}' >"$work/$1.result"
}

count() {
	local status seconds result
	read -r status seconds <"$work/$1.result"
	case $status in
	0) result=passed passed=$((passed + 1)) ;;
	77) result=skipped skipped=$((skipped + 1)) ;;
	*) result=FAILED failed=$((failed + 1)) ;;
	esac
	table+=$(printf '%-14s %-8s %6.1f s' "$1" "$result" "$seconds")$'\n'
}

[ $# -gt 0 ] && wanted=("$@") || wanted=("${all[@]}")
began=$SECONDS
for names in "${wanted[@]}"; do
	# shellcheck disable=SC2086 # a list of words
	run ${names//+/ }
done

echo
printf '%s' "$table"
printf '%-14s %-8s %6d s\n\n' together "" $((SECONDS - began))
echo "checks: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
