# Every developer command. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= # the interpreter that .venv is made with; found when not given
BIN := .venv/bin
# uv trusts what the machine trusts, as pip does from 24.2 on: a company's proxy has a certificate of its own.
export UV_SYSTEM_CERTS ?= true
COMPILE := $(BIN)/uv pip compile setup.cfg --quiet --universal --python-version 3.11 \
	--no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

.PHONY: help env dev demo run test lint bench trial screenshots lock migration clean system-packages

help: ## What can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

env: .venv/.ready ## The environment that the product runs in

dev: .venv/.ready-dev system-packages ## The same with what tests, linters and pictures need

demo: env ## The made-up company, everything started, sign-ins printed
	@$(BIN)/pad demo

run: env ## The product on your own data
	@$(BIN)/pad run

test: dev lint ## Lint, types, layers and every test
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: .venv/.ready-dev ## Style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --config setup.cfg
	$(BIN)/mypy

# The folder of public series and customers, with forecast/ and churn/; without it their part is not measured.
export PAD_BENCH_DATA ?= $(wildcard ../shared/data)
bench: .venv/.ready-dev ## Speed and memory as ratios, in JSON
	@$(BIN)/python -m tests.bench

trial: .venv/.ready-dev ## Two minutes of schedulers and workers killed at random; nothing twice, nothing lost
	@$(BIN)/python -m tests.trials.killed --seconds 120

screenshots: dev ## Every page in both themes and widths
	$(BIN)/python -m tests.browser.screenshots

lock: .venv/.ready-dev ## Write the lock files anew from setup.cfg
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --extra dev --output-file requirements-dev.lock

migration: .venv/.ready-dev ## Draft the next migration: make migration NUMBER=0003 MESSAGE="What changes."
	@draft=$$(mktemp -d) && trap 'rm -r "$$draft"' EXIT && $(BIN)/python -c "import sys; \
	from app.data.migrate import draft, upgrade; url = 'sqlite:///' + sys.argv[1] + '/app.db'; \
	upgrade(url); draft(url, sys.argv[2], sys.argv[3])" "$$draft" "$(MESSAGE)" "$(NUMBER)"

clean: ## Remove the environment, caches and build results; data stays
	rm -rf .venv build *.egg-info .pytest_cache .ruff_cache .mypy_cache .import_linter_cache

system-packages:
	@.ci/system-packages

.venv/bin/python:
	@.ci/environment $(PYTHON)

.venv/.ready: requirements.lock setup.cfg | .venv/bin/python
	@.ci/install requirements.lock && .ci/system-packages pages && touch $@

.venv/.ready-dev: requirements-dev.lock setup.cfg | .venv/bin/python
	@.ci/install requirements-dev.lock && touch .venv/.ready $@
