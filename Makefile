# `make help` lists what there is. Needs Python 3.11 or newer, git and make; nothing else.
.DEFAULT_GOAL := help
.PHONY: help run test explore dev check faults gameday bench lock demo-reset fmt openapi guard-table

PORT ?= 8000
DATA_DIR ?= data
DEMO ?= 1
run dev demo-reset: export PORT := $(PORT)
run dev demo-reset: export DATA_DIR := $(DATA_DIR)
run dev demo-reset: export DEMO := $(DEMO)

BIN := .venv/bin
# Where a copy of the lock that was installed lies; it differs from the lock: install again.
RUNTIME := .venv/requirements.lock
DEV := .venv/requirements-dev.lock
UPGRADE ?=
BENCHMARKS ?= intake start free_slot markdown search
FAULTS_DATABASE ?= postgresql://postgres@127.0.0.1:5432/unused
FAULTS_ALERTS ?= 20000
FAULTS_KILLS ?= 150
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links --no-annotate --python-version 3.11 $(UPGRADE)

help: ## List the commands
	@echo "Evenkeel: operate, respond, review, change, learn."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  Variables: PORT=8000 DATA_DIR=data DEMO=1 (DEMO=0 starts empty, with a short wizard)"
	@echo "  make faults: FAULTS_ALERTS=$(FAULTS_ALERTS) FAULTS_KILLS=$(FAULTS_KILLS)" \
		"FAULTS_DATABASE=$(FAULTS_DATABASE)"

run: runtime ## Start the portal with everything it needs, at PORT; Ctrl-C stops it
	@$(BIN)/python -m portal.supervisor

# Compiled tests are kept, also where the machine asks for none: each worker reads all of them.
test: development ## Run the plain test suite on SQLite; needs no service
	@env -u DATABASE_URL -u EVENKEEL_BROKER_URL -u PYTHONDONTWRITEBYTECODE $(BIN)/pytest -q -n auto --dist worksteal

explore: development ## Try the properties on cases that nobody tried before, and keep what fails
	@env -u DATABASE_URL HYPOTHESIS_PROFILE=explore $(BIN)/pytest -q -n auto --dist worksteal \
		$$(grep -rl --include='test_*.py' 'from hypothesis' tests)

dev: development ## Start it for development: reload on change, debug toolbar
	@$(BIN)/python -m portal.supervisor --dev

check: ## Run all that CI runs: both databases, lint, types, browser, the real loop
	@.ci/run

faults: development ## Kill what takes in, reads and sends, over and over; needs PostgreSQL and Redis
	@DATABASE_URL=$(FAULTS_DATABASE) FAULTS_ALERTS=$(FAULTS_ALERTS) FAULTS_KILLS=$(FAULTS_KILLS) \
		$(BIN)/pytest -q tests/faults

gameday: development ## One P0 from alert to published review, four people at once; needs chromium
	@$(BIN)/pytest -q tests/gameday

bench: development ## Measure what has a budget, and print the figures
	@for name in $(BENCHMARKS); do echo "== $$name"; $(BIN)/python -m "benchmarks.$$name" || exit 1; done

lock: development ## Resolve the dependencies anew; UPGRADE=--upgrade takes newer versions
	@$(COMPILE) pyproject.toml --output-file requirements.lock
	@$(COMPILE) pyproject.toml --group dev --constraints requirements.lock \
		--output-file requirements-dev.lock

demo-reset: runtime ## Throw the demo data away and load it anew
	@$(BIN)/python manage.py prepare
	@$(BIN)/python manage.py demo reset

fmt: development ## Format the code and the templates
	@$(BIN)/ruff check --quiet --fix . || true
	@$(BIN)/ruff format .
	@find templates -name '*.html' -exec $(BIN)/djade --target-version 5.2 {} +

openapi: development ## Write docs/api/openapi.yaml from the code
	@$(BIN)/python manage.py spectacular --validate --fail-on-warn --file docs/api/openapi.yaml

guard-table: development ## Write docs/guide/why-not.md from the rules of requests
	@$(BIN)/python manage.py guard_table >docs/guide/why-not.md

.PHONY: runtime development
runtime: venv
	@cmp -s requirements.lock $(RUNTIME) || $(call install,requirements.lock,$(RUNTIME))

development: venv
	@cmp -s requirements-dev.lock $(DEV) || { \
		$(call install,requirements-dev.lock,$(DEV)) && cp requirements.lock $(RUNTIME); }

install = { echo "Installing the packages of $(1); this takes a minute or two." && rm -f $(2) && \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
		--requirement $(1) && cp $(1) $(2); }

.PHONY: venv
venv:
	@if [ -e .venv ] && ! $(BIN)/python -c 'import pip' 2>/dev/null; then rm -rf .venv; fi
	@if [ ! -e .venv ]; then \
		for python in python3.11 python3; do \
			if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
				echo "Making .venv with $$($$python --version)."; \
				$$python -m venv .venv && exit 0; \
				rm -rf .venv; \
				echo "This Python cannot make virtual environments; on Debian and Ubuntu" \
					"install the package python3-venv."; \
				exit 1; \
			fi; \
		done; \
		echo "Evenkeel needs Python 3.11 or newer, and found none as python3.11 or python3." \
			"Install it and try again."; \
		exit 1; \
	fi
