# Madoguchi. `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MEMBERS := $(wildcard libs/*/pyproject.toml services/*/pyproject.toml)
DEPLOYED := ingest case-store router notifier sandbox
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help

$(BIN)/uv:
	@echo "creating $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet uv

$(STAMP): requirements.lock $(MEMBERS) | $(BIN)/uv
	@echo "installing pinned dependencies into $(VENV)"
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --require-hashes -r requirements.lock
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation $(foreach m,$(MEMBERS),-e $(dir $(m)))
	@touch $@

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

.PHONY: setup
setup: $(STAMP) ## create .venv with every pinned dependency

.PHONY: lock
lock: $(BIN)/uv ## renew requirements.lock and requirements.runtime.lock from the members' pyproject files
	@$(BIN)/uv lock --upgrade
	@$(BIN)/uv export --all-packages --all-groups --no-emit-workspace --no-header --no-annotate -q -o requirements.lock
	@$(BIN)/uv export $(foreach m,$(DEPLOYED),--package madoguchi-$(m)) --all-extras --no-dev --no-emit-workspace --no-header --no-annotate -q -o requirements.runtime.lock

.PHONY: check
check: $(STAMP) ## format, lint, types, import boundaries, contracts, compose, Dockerfile, Kubernetes (CHECKS="lint types" for some)
	@$(BIN)/python .ci/check.py $(CHECKS)

.PHONY: test
test: $(STAMP) ## every test; integration tests start the stack once (TESTS=path for some)
	@$(BIN)/python -m pytest $(TESTS)

.PHONY: bench
bench: $(STAMP) ## measure, into build/bench.json and docs/benchmarks.md (BENCH=name for one, JSON=--json for scripts)
	@$(BIN)/python tests/bench/run.py $(BENCH) $(JSON)

STEPS ?= 1000000
SEED ?= 1

.PHONY: simulate-engine
simulate-engine: $(STAMP) ## random days of the routing engine, every invariant after every step, on all cores (STEPS=1000000 SEED=1)
	@$(BIN)/python -m router.simulation --steps $(STEPS) --seed $(SEED) --processes $$(getconf _NPROCESSORS_ONLN)

.PHONY: drill
drill: $(STAMP) ## break the running house in every known way and count what was lost (DRILL=name SEED=n for one, LONG=1 for all)
	@PYTHONPATH=tests/drills $(BIN)/python -m drills $(foreach name,$(DRILL),--drill $(name)) --seed $(SEED) $(if $(LONG),--long)

.PHONY: secrets
secrets: $(STAMP) ## make the secret files of docker-compose.yml in .madoguchi/compose
	@$(BIN)/python deploy/docker/make_secrets.py

.PHONY: demo
demo: $(STAMP) ## play one customer's story on the whole house, from webhook to read receipt; nothing is left running
	@$(BIN)/madoguchi demo

.PHONY: up
up: $(STAMP) ## start the stack and all services on this machine and keep them running
	@$(BIN)/madoguchi up

.PHONY: down
down: $(STAMP) ## stop what `make up` started
	@$(BIN)/madoguchi down
