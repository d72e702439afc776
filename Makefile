# Every target works on a fresh machine: the packages and programs that it needs are installed first, and only once.
SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
PORT ?= 8000
DATA ?= var
REGION ?= regions/bojonegoro
FOOTING ?= embedded
ARGS ?=
PICK ?=
COVERAGE ?=
DOCKER ?= docker
VERSION = $(shell $(BIN)/python -c "from kit.version import VERSION; print(VERSION)")
# One process more than there are cores: tests on real servers spend half of their time waiting for them.
PROCESSES ?= $(shell expr $$(nproc) + 1)

BIN := .venv/bin
# Python may write compiled modules beside the source: otherwise each process compiles all of its imports anew, which takes
# two to four times as long as the imports themselves.
unexport PYTHONDONTWRITEBYTECODE
# The command. Its recipe also writes a path file, so that the source tree can be run from any folder.
COMMAND := $(BIN)/pendapa

.PHONY: help
help:  ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

.PHONY: run
run: .venv/$(if $(filter distributed,$(FOOTING)),live,run).stamp $(if $(filter distributed,$(FOOTING)),java)  ## Start Pendapa (PORT=8000 DATA=var REGION=regions/bojonegoro FOOTING=embedded|distributed)
	@exec $(COMMAND) up --footing "$(FOOTING)" --port "$(PORT)" --data "$(DATA)" --region "$(REGION)"

.PHONY: demo
demo: .venv/run.stamp  ## File invented messages on the running server, and verify them (PORT=8000 DATA=var REGION=regions/bojonegoro)
	@exec $(COMMAND) demo --url "http://localhost:$(PORT)" --data "$(DATA)" --region "$(REGION)"

.PHONY: test
test: .venv/dev.stamp  ## Run the tests, or those whose names match (PICK="words or others"); REQUIRE_LIVE=1, COVERAGE=1
	@$(if $(REQUIRE_LIVE),$(MAKE) java,true)
	$(BIN)/pytest $(if $(PICK),-k "$(PICK)",-n $(PROCESSES) --dist loadgroup --no-loadscope-reorder) $(if $(COVERAGE),--cov) $(ARGS)

.PHONY: test-foreign
test-foreign: .venv/dev.stamp  ## Run the tests that need other people's programs: Go, Java, Node.js, chromium, Kannel
	$(BIN)/pytest -m foreign -p no:randomly tests/foreign $(ARGS)

.PHONY: check
check: .venv/dev.stamp  ## Everything that CI checks except the tests: format, lint, types, imports, deployment
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	@if [ -f deploy/check.py ]; then echo $(BIN)/python -m deploy.check; $(BIN)/python -m deploy.check; fi

.PHONY: fix
fix: .venv/dev.stamp  ## Format the code, and fix the faults that ruff can fix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: wheel
wheel: .venv/dev.stamp  ## Build the wheel, and the list of what it needs (SBOM), into dist/
	@$(BIN)/python -m deploy.wheel

.PHONY: image
image: wheel  ## Build the image pendapa:VERSION from that wheel, with docker or podman (DOCKER=podman)
	@$(DOCKER) build --tag "pendapa:$(VERSION)" --build-arg "VERSION=$(VERSION)" --build-arg "REVISION=$$(git describe --always --dirty --abbrev=40 --exclude='*')" \
	  --build-arg "CREATED=$$(git log -1 --format=%cI)" .

.PHONY: live-up
live-up: .venv/live.stamp java  ## Start a real Kafka and a real PostgreSQL on loopback, in .live/
	@$(BIN)/python -m pendapa.live up

.PHONY: live-down
live-down: .venv/live.stamp  ## Stop that Kafka and PostgreSQL; their data stays
	@$(BIN)/python -m pendapa.live down

.PHONY: bench
bench: .venv/dev.stamp  ## Run the benchmarks behind every speed we claim
	$(BIN)/python -m bench $(ARGS)

.PHONY: lock
lock: .venv/dev.stamp  ## Write the lock files anew from pyproject.toml
	$(LOCK) -o requirements.lock
	$(LOCK) --extra live -c requirements.lock -o requirements-live.lock
	$(LOCK) --extra live --extra dev -c requirements-live.lock -o requirements-dev.lock

LOCK := $(BIN)/uv pip compile -q pyproject.toml --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

# --- what the targets above need -------------------------------------------------------------------------------------

define APT
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing $(1)"; \
	  said=$$( (apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $(1)) 2>&1 ) \
	    || { tail -5 <<<"$$said" >&2; exit 1; }; \
	else echo "$(2) Run: sudo apt-get install $(1)" >&2; exit 1; fi
endef

.PHONY: java
java:
	@command -v java >/dev/null && { [ -d .live/kafka-libs ] || command -v mvn >/dev/null; } || { $(call APT,default-jre-headless maven,Kafka needs Java 17 and Maven.); }

# Debian's kubectl is too old for our kustomizations, but its Go can build this version of kustomize.
.PHONY: kustomize
kustomize: .venv/dev.stamp  ## Build kustomize for the deployment's checks, on a machine without kubectl 1.24 or newer
	@$(BIN)/python -c 'from deploy.manifests import kustomize; kustomize()' 2>/dev/null || { \
	  command -v go >/dev/null || { $(call APT,golang-go ca-certificates,kustomize is built with Go.); }; \
	  echo "building kustomize into .live/bin"; \
	  CGO_ENABLED=0 GOBIN="$(CURDIR)/.live/bin" go install sigs.k8s.io/kustomize/kustomize/v4@v4.5.7; }

# Every Python can make a venv without pip; pip itself comes with Debian's python3-venv.
.venv/uv.stamp: requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { $(call APT,python3-venv,This Python makes no virtual environments.); }
	@[ -x $(BIN)/pip ] || $(PYTHON) -m venv .venv
	@sed -n '/^uv==/,/^ *#/p' requirements-dev.lock > .venv/uv.lock
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r .venv/uv.lock
	@printf '%s\n' "$(CURDIR)" > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/pendapa-source.pth"
	@printf '#!%s/.venv/bin/python\nfrom pendapa.main import main\n\nmain()\n' "$(CURDIR)" > $(COMMAND) && chmod +x $(COMMAND)
	@touch $@

# uv is fast, but reads no pip configuration file: where only pip reaches a registry, pip installs instead.
define INSTALL
	@echo "installing what $(1) lists"
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install -q --system-certs --compile-bytecode --require-hashes -r $(1) \
	  || $(BIN)/pip install -q --disable-pip-version-check --require-hashes -r $(1)
	@$(BIN)/python -m compileall -q contracts gateway kit pendapa services
	@touch $@
endef

# A stamp of more packages also makes the stamps of fewer, as these packages are then installed too.
.venv/run.stamp: requirements.lock .venv/uv.stamp
	$(call INSTALL,requirements.lock)

.venv/live.stamp: requirements-live.lock .venv/uv.stamp
	$(call INSTALL,requirements-live.lock)
	@touch .venv/run.stamp

.venv/dev.stamp: requirements-dev.lock .venv/uv.stamp
	$(call INSTALL,requirements-dev.lock)
	@touch .venv/run.stamp .venv/live.stamp
