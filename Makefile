# Two targets are for everybody: demo and test. The rest is for us; see CONTRIBUTING.md.

GO        ?= go
PRODUCT   := go.mod go.sum $(shell find . \( -path ./lab -o -path ./acceptance -o -path ./bench -o -path ./deploy -o -path ./tools -o -path ./build \) -prune -o \( -name '*.go' -o -name example.yaml -o -path '*/page/*' \) -type f -print 2>/dev/null)
LAB       := lab/go.mod lab/go.sum $(shell find lab -name '*.go' -o -name '*.json' 2>/dev/null)
LINT      := bin/golangci-lint

# The race detector needs a C compiler.
RACE      := $(if $(shell command -v $${CC:-gcc}),-race,)

.PHONY: build demo test lint matrix pager fleet bench load compare fuzz mutants clean packages findings manual image mixin helm release browser browser-packages

build: bin/probe bin/lab

bin/probe: $(PRODUCT)
	@echo "building bin/probe (the AWS SDK takes a minute or two the first time)"
	@GO=$(GO) tools/build.sh $@ ./cmd/probe

bin/lab: $(LAB)
	@echo "building bin/lab"
	@cd lab && GO=$(GO) ../tools/build.sh ../$@ ./cmd/lab

demo: packages build
	@./tools/demo.sh

test: browser-packages build
	@RACE="$(RACE)" ./tools/test.sh

lint: $(LINT)
	@$(LINT) run ./...
	@cd lab && ../$(LINT) run --config ../.golangci.yml ./...
	@cd deploy && ../$(LINT) run --config ../.golangci.yml --build-tags image,release ./...
	@cd acceptance/browser && ../../$(LINT) run --config ../../.golangci.yml ./...

$(LINT): tools/lint/go.mod tools/lint/go.sum
	@echo "building golangci-lint (some minutes the first time)"
	@cd tools/lint && $(GO) build -o ../../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

# Every scenario of the lab, a row each.
matrix: build
	bin/lab matrix

bench: build
	$(GO) test -run '^$$' -bench . ./...
	cd lab && $(GO) test -run '^$$' -bench . ./...
	./bench/check.sh

# Ten faults in a row: who is paged by what, with Prometheus and Alertmanager.
# A quarter of an hour; make test has one of them.
pager: packages build
	$(GO) test -timeout 60m -count 1 -run TestPager -v ./acceptance -pages 10

# A thousand simulated sidecars and one Prometheus: series, memory, how long rules
# and queries take.
fleet: packages
	$(GO) test -timeout 20m -count 1 -run TestFleet -v ./acceptance -fleet $(or $(SIDECARS),1000)

# The healthy worlds and ten faults while every core is busy: RUNS times, 100 in
# the long form.
load: build
	./bench/load.sh $(or $(RUNS),10)

# What other probers report of ten faults: writes docs/comparison.md.
compare: build
	$(GO) run ./bench/compare

# Each fuzz target for a minute.
fuzz:
	@./tools/fuzz.sh 60s

# Bugs planted in the analyser, each with the test that finds it.
mutants:
	@cd tools/mutants && $(GO) run . ../..

# Write the pages of the findings from the catalogue, and the list of faults.
findings:
	$(GO) test ./diagnosis/catalogue -run TestPages -update
	$(GO) test . -run TestFaultList -update

# Write what is made from the program: the list of metrics, the policy.
manual:
	$(GO) test ./exporter -run TestDocumentation -update
	$(GO) test ./permission -run TestDeployedPolicy -update

# Render the alerts, rules and dashboards from their sources.
mixin:
	cd deploy && $(GO) test ./mixin -run TestRendered -update
	cp deploy/mixin/rendered/rules.yaml deploy/mixin/rendered/alerts.yaml deploy/helm/agentcore-probe/files/

# Lint and render the chart with Helm itself, which takes minutes to build.
# UPDATE=-update writes the golden files and the schemas of their kinds.
helm:
	cd deploy/helm && $(GO) test -v ./... $(UPDATE)

# Look at the status page with Chromium, in worlds of the lab: a part of make test.
# Screenshots are left in build/screenshots.
browser: browser-packages build
	@cd acceptance/browser && $(GO) test -v -count 1 ./...

# Build the container image and test it: as root, with podman, which is installed.
image: build
	@command -v podman >/dev/null || [ "$$(id -u)" -ne 0 ] || { apt-get update -qq && apt-get install -y -qq --no-install-recommends podman buildah; } >/dev/null
	@cd deploy && $(GO) test -tags image -count 1 -v ./image

# Make a release in dist/ and test it: programs, bills of materials, manual page,
# completions, checksums.
release: packages
	@cd deploy && $(GO) test -tags release -count 1 -v ./release

# Debian packages that tests and demo use, when they are missing and we are root.
packages:
	@./tools/packages.sh

browser-packages:
	@./tools/packages.sh browser

clean:
	rm -rf bin build
