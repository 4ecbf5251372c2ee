#!/bin/bash
# Runs the checks, all of them or those named, says of each at once how it ended and how long it took, and ends with how
# many passed. A check that fails does not keep the others from running.
#   scripts/test.sh              everything, as CI does
#   scripts/test.sh go vitest    only these
#   scripts/test.sh go+vitest    these at the same time
set -u
cd "$(dirname "$0")/.."

# One after the other, but for those joined by +: downloads wait for the network while the linter is built, the browsers
# mostly for each other.
all=(prepare+modules+linter build generated format vet golangci-lint+types govulncheck biome contrast vitest sizes go e2e-sqlite+e2e-postgres)
lint=.tools/golangci-lint-$(cat .golangci-lint-version)
passed=0 failed=0 skipped=0 table=
# In memory where there is plenty: on a disk PostgreSQL takes 150 ms for the database of a test, there 20.
room=$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1)
work=$(mktemp -d "$([ "${room:-0}" -gt 4000000 ] && echo /dev/shm || echo /tmp)/parley-test.XXXXXX")
chmod 755 "$work" # PostgreSQL's own user walks through it
pg=
export NO_COLOR=1
exec 3>&1 # says how a check ended while what it printed is still kept back
export CGO_ENABLED=0 GOFLAGS='-trimpath -buildvcs=false' # as in the Makefile: one cache

finish() {
	[ -z "$pg" ] || scripts/pg.sh stop "$work/pg" >/dev/null 2>&1
	rm -rf "$work"
}
trap finish EXIT
trap 'stop; summary; echo "checks: interrupted"; exit 130' INT TERM

# Checks are jobs with a process group each, so that a signal ends what they have started as well.
set -m
jobs=()
stop() { for job in "${jobs[@]}"; do kill -- "-$job" 2>/dev/null; done; }

# skip WHY ends a check that cannot run here.
skip() { echo "$1"; exit 77; }

# again tries what needs the network up to three times.
again() { "$@" || { sleep 5; "$@"; } || { sleep 20; "$@"; }; }

postgres() {
	[ -n "$pg" ] || pg=$(scripts/pg.sh start "$work/pg" 3>&-) || echo "PostgreSQL did not start"
}

check_prepare() { scripts/prepare.sh; }
check_modules() { again make web/node_modules/.parley && again go mod download && go mod verify >/dev/null && again go mod tidy -diff; }
check_linter() { again make "$lint"; }
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
check_go() {
	[ -n "$pg" ] || return 1 # half of the tests would not run, and nobody would see it
	# SQLite's C, as Go: its memory is its own, where the detector sees nothing and half of the time went into looking.
	local plain=-gcflags=modernc.org/sqlite/lib=-race=false
	# -vet=off: check_vet looks at everything.
	CGO_ENABLED=1 PARLEY_TEST_PG=$pg timeout -k 10 1200 go test -race "$plain" -vet=off -shuffle=on -timeout 10m ./...
}
check_e2e-sqlite() { cd web && PARLEY_E2E_BOTH=$pg timeout -k 10 1200 npm run --silent e2e -w e2e; }
check_e2e-postgres() { [ -n "$pg" ] && cd web && PARLEY_E2E_PG=$pg timeout -k 10 1200 npm run --silent e2e -w e2e; }

# run does the checks named, at the same time, and prints what each said: one alone at once, several when all are done.
run() {
	local name
	jobs=()
	for name in "$@"; do
		declare -F "check_$name" >/dev/null || { echo "there is no check called $name; there are: ${all[*]}"; exit 2; }
		case $name in go | e2e-postgres) postgres ;; esac
	done
	echo "── $*"
	if [ $# = 1 ]; then
		timed "$1" &
		jobs=($!)
		wait "${jobs[@]}"
	else
		for name in "$@"; do
			timed "$name" >"$work/$name.out" 2>&1 &
			jobs+=($!)
		done
		wait "${jobs[@]}"
		for name in "$@"; do
			echo "── $name"
			cat "$work/$name.out"
		done
	fi
	for name in "$@"; do count "$name"; done
}

# timed says how a check ended and how long it took, and leaves both in a file: it may run beside others.
timed() {
	local start status result
	start=$(date +%s.%N)
	("check_$1") 3>&- # a server that is left behind must not keep the caller's pipe open
	status=$?
	case $status in 0) result=passed ;; 77) result=skipped ;; *) result=FAILED ;; esac
	echo "$result $(date +%s.%N) $start" | awk '{print $1, $2 - $3}' >"$work/$1.result"
	echo "   $(line "$1")" >&3
}

line() {
	local result seconds
	read -r result seconds <"$work/$1.result"
	printf '%-14s %-8s %6.1f s\n' "$1" "$result" "$seconds"
}

count() {
	local result rest
	read -r result rest <"$work/$1.result"
	case $result in
	passed) passed=$((passed + 1)) ;;
	skipped) skipped=$((skipped + 1)) ;;
	*) failed=$((failed + 1)) ;;
	esac
	table+=$(line "$1")$'\n'
}

summary() {
	echo
	printf '%s' "$table"
	printf '%-14s %-8s %6d s\n\n' together "" $((SECONDS - began))
}

[ $# -gt 0 ] && wanted=("$@") || wanted=("${all[@]}")
began=$SECONDS
for names in "${wanted[@]}"; do
	# shellcheck disable=SC2086 # a list of words
	run ${names//+/ }
done

summary
echo "checks: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
