# make run · make test · make check · make build · make shots · make upgrade-test · make bench · make golden (rewrites golden files: read their diff like code)
.PHONY: run build assets test check shots upgrade-test bench golden clean

GO      ?= go
VERSION := $(shell git describe --tags --always 2>/dev/null || echo development)

run: build
	bin/lodge demo --data var/demo --json var/demo/world.json

build: assets
	$(GO) build -ldflags "-X main.version=$(VERSION)" -o bin/lodge ./cmd/lodge

# Third-party files come from npm at build time; the stamp says for which lock file they were built.
assets: assets/dist/manifest.json

assets/dist/manifest.json: package-lock.json assets/build.mjs assets/icons.txt assets/lodge.css assets/lodge.js
	npm ci --no-progress --no-audit --no-fund
	npm run build
	touch $@

# Every test once, on SQLite and on PostgreSQL, browser included.
# The longest packages take seven minutes each on two cores: they begin first.
test: assets
	$(GO) run ./test/withpg $(GO) test -timeout 15m ./test/browser ./test/faults ./internal/app ./...

# What make test does not: form, vet, static analysis, dependencies, races. Of the last three packages only the cases that race.
check: assets
	test -z "$$(gofmt -l $$(git ls-files '*.go'))"
	$(GO) vet ./...
	$(GO) tool -modfile=tools/go.mod staticcheck ./...
	$(GO) mod verify
	$(GO) mod tidy -diff
	$(GO) run ./test/withpg $(GO) test -race ./internal/platform/store ./internal/platform/event ./internal/platform/job ./internal/platform/limit ./internal/platform/once ./internal/platform/blob ./internal/platform/web ./internal/ticket
	$(GO) run ./test/withpg $(GO) test -race -run 'parallel|at_once|Once|once' ./internal/account ./internal/identity ./internal/support

shots: assets
	mkdir -p shots
	$(GO) test ./test/browser -count=1 -run TestShots -shots $(CURDIR)/shots

# The database of the last landed release, whose commit stands in test/upgrade/RELEASE, taken over by this program.
upgrade-test: assets
	$(GO) run ./test/withpg $(GO) test -count=1 -v ./test/upgrade -release $$(cat test/upgrade/RELEASE)

# What docs/performance.md tells, measured on this machine: subject, ours, baseline, ratio, goal. Some rows alone: make bench BENCH='-only P1,P6'.
bench: assets
	$(GO) run ./test/withpg -disk $(GO) run ./test/bench $(BENCH)

golden: assets
	$(GO) run ./test/withpg $(GO) test ./internal/account ./internal/app ./internal/identity ./internal/platform/web ./internal/schema ./internal/support -update

clean:
	rm -rf bin var assets/dist/* node_modules
