# CARIBSIS: `make demo` shows it, `make test` proves it, `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help deps demo page test lint bench bench-web soak bundle clean

BIN := .venv/bin
export PYTHON

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

deps: ## bring everything the tests need: Chromium, .venv, the built page
	@scripts/system.sh
	@scripts/venv.sh dev
	@scripts/page.sh

page: ## build the web page into mda/server/page
	@scripts/venv.sh run
	@scripts/page.sh

demo: page ## watch the Caribbean: a real recording on a live map
	@$(BIN)/mda demo $(ARGS)

test: deps ## every check and every test but the long ones
	@scripts/check.sh all

lint: ## format, lint, types, floors
	@scripts/venv.sh dev
	@scripts/check.sh lint

bench: ## speed beside its controls, to build/bench.json
	@scripts/venv.sh dev
	@$(BIN)/python -m bench.run $(ARGS)

bench-web: deps ## speed of the page in a real Chromium, to build/bench-web.json
	@$(BIN)/python -m bench.web $(ARGS)

soak: deps ## the long floods, kills and fuzz
	@$(BIN)/pip install -q 'atheris>=3.0' || echo "no atheris here: the fuzzer that sees the code is left out"
	@HYPOTHESIS_PROFILE=soak $(BIN)/pytest -m soak --timeout 3600 $(ARGS)

bundle: page ## one archive that installs with no network: build/caribsis-bundle-*.tar
	@$(BIN)/python packaging/bundle.py $(ARGS)

clean: ## remove what was built (.venv and web/node_modules too)
	rm -rf build dist .venv web/node_modules mda/server/page
	rm -rf .coverage .coverage.* htmlcov .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find mda feeds zones tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
