# `make help` explains the targets. Two of them are enough: `make run` and `make test`.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help install run test check bench lock clean

help: ## Show what can be done
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/installed: requirements-dev.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

infra/local/docs_page/node_modules: infra/local/docs_page/package-lock.json .venv/installed
	cd infra/local/docs_page && PATH="$$PATH:$(CURDIR)/$(BIN)" npm ci --silent
	@touch $@

run: install infra/local/docs_page/node_modules ## The whole system on this machine: PORT (8000), DATA_DIR (.onetrip/)
	@exec $(BIN)/python -m infra.local

install: .venv/installed ## Make the virtual environment with the pinned packages

check: install ## Lint, types and the rules between the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: check ## All checks and all tests
	$(BIN)/pytest -n 2 -m "not slow"

bench: install ## Measure, and write docs/benchmarks.md (minutes)
	$(BIN)/pytest -m slow -s tests/load/test_bench.py
	$(BIN)/python -m tests.load.cold_start
	$(BIN)/python -m tests.load.package

lock: ## Pin all packages anew from pyproject.toml (needs uv)
	uv pip compile -q pyproject.toml --python-version 3.11 --universal --no-emit-index-url --no-header --generate-hashes -o requirements.txt
	uv pip compile -q pyproject.toml --group dev -c requirements.txt --python-version 3.11 --universal --no-emit-index-url --no-header --generate-hashes -o requirements-dev.txt

clean: ## Remove the virtual environment and what the tools keep (not .onetrip/, the run's data)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build
