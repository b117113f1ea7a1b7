# Madoguchi. `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MEMBERS := $(wildcard libs/*/pyproject.toml services/*/pyproject.toml)
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
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: setup
setup: $(STAMP) ## create .venv with every pinned dependency

.PHONY: lock
lock: $(BIN)/uv ## renew requirements.lock from the members' pyproject files
	@$(BIN)/uv lock --upgrade
	@$(BIN)/uv export --all-packages --all-groups --no-emit-workspace --no-header --no-annotate -q -o requirements.lock
