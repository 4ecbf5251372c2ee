# Everything that is done to Parley, by one word each: `make help`.
# It needs Go, Node with npm, gcc and git; `make test` installs what else the checks need.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

# The same for everything that is compiled, so that build, vet and linters share one cache (only -race has its own).
export CGO_ENABLED := 0
export GOFLAGS := -trimpath -buildvcs=false

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X parley/internal/app.version=$(VERSION)
LINT    := .tools/golangci-lint-$(shell cat .golangci-lint-version)

# What the front ends are made of: a change in one of these builds them again.
WEB := $(shell find web -type f -not -path '*/node_modules/*' -not -path 'web/dist/*' -not -path 'web/e2e/*' \
	\( -name '*.ts' -o -name '*.svelte' -o -name '*.css' -o -name '*.html' -o -name '*.json' -o -name '*.js' -o -name '*.mjs' -o -name '*.svg' \) 2>/dev/null)

.PHONY: help
help: ## show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: run
run: build ## build everything and serve it on http://127.0.0.1:8080 with SQLite in ./data
	@exec bin/parley serve

.PHONY: demo
demo: build ## build everything and serve a throw-away demo with a shop
	@exec bin/parley demo

.PHONY: dev
dev: web/node_modules/.parley ## server and dashboard that follow your changes (dashboard on :5173)
	@scripts/dev.sh

.PHONY: build
build: web/dist/.built ## build the front ends and bin/parley (one static binary)
	@go build -ldflags '$(LDFLAGS)' -o bin/parley ./cmd/parley

.PHONY: test
test: ## everything that CI runs; installs Chromium and PostgreSQL where they are missing
	@scripts/test.sh

.PHONY: lint
lint: $(LINT) web/node_modules/.parley web/dist/.built ## formatting, vet, golangci-lint, svelte-check, Biome
	@scripts/test.sh format vet golangci-lint types biome

.PHONY: unit
unit: web/dist/.built ## Go tests on SQLite and PostgreSQL, and the front ends' unit tests
	@scripts/test.sh vitest go

.PHONY: e2e
e2e: ## browser tests, on SQLite and PostgreSQL
	@scripts/test.sh e2e-sqlite e2e-postgres

.PHONY: fuzz
fuzz: ## every fuzz target for ten seconds (FUZZTIME=1m: for a minute)
	@scripts/fuzz.sh $(FUZZTIME)

.PHONY: bench
bench: build ## measure this machine; prints the table of the quality bars
	@node scripts/bench.mjs

.PHONY: torture
torture: ## kill, stop and cut servers under people who talk: nothing may be lost (PARLEY_TORTURE_ROUNDS, PARLEY_TORTURE_SEED)
	@scripts/torture.sh

.PHONY: generate
generate: ## write what is made from the code: API description, wire types, settings
	@scripts/generate.sh

.PHONY: sizes
sizes: web/dist/.built ## what a page view, the panel and the dashboard weigh, against their budgets
	@cd web && npm run --silent sizes

.PHONY: clean
clean: ## remove what was built (not ./data)
	@rm -rf bin .tmp web/dist/* internal/platform/geo/built.go internal/platform/geo/country.mmdb && git checkout -q -- web/dist/.gitkeep 2>/dev/null || true

web/node_modules/.parley: web/package-lock.json
	@node -e 'process.exit(+(process.versions.node.split(".")[0] < 20))' || { echo "Node 20 or newer is needed, this is $$(node --version)"; exit 1; }
	@# Not `npm ci`: it refuses a lockfile without the optional packages of other systems, which not every registry has.
	@cd web && npm install --no-save --no-audit --no-fund --loglevel=error --prefer-offline --fetch-retries=5
	@touch $@

web/dist/.built: web/node_modules/.parley $(WEB)
	@cd web && npm run --silent build
	@node web/scripts/compress.mjs web/dist
	@touch $@

$(LINT):
	@echo "building golangci-lint (once, some minutes)"
	@mkdir -p .tools
	@GOBIN=$(CURDIR)/.tools go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$(shell cat .golangci-lint-version)
	@mv .tools/golangci-lint $@
