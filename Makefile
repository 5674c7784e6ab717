# `make run` and `make test` need Python 3.11 or later, make and a shell; nothing else.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
RUNTIME := .venv/.runtime
DEVELOP := .venv/.develop
CONTRACT := .venv-contract/.contract
PEERS := .venv-peers/.peers
LOAD := .venv-load/.load
NODE := tests/contracts/node/node_modules/.contract

# Debian packages are installed where that is allowed: by root, and where there is apt.
APT := [ "$$(id -u)" = 0 ] && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends

.DEFAULT_GOAL := help
.PHONY: help run test check contract faults postman format lint types layers lock migrate bench \
  bench-peers growth load profile screenshots clean

help: ## Explain the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { split($$1, name, ":"); printf "  make %-11s %s\n", name[1], $$2 }' $(MAKEFILE_LIST)

run: $(RUNTIME) ## Start the service, set up whole at the first start
	@$(BIN)/flask todo init
	@exec $(BIN)/gunicorn

test: $(DEVELOP) ## Run every test, on SQLite and on PostgreSQL
	$(BIN)/pytest -n 2 $(ARGS)

check: lint types layers test ## Check everything that must hold before a commit lands

contract: $(DEVELOP) $(CONTRACT) $(NODE) ## Hold the running service to its OpenAPI document
	$(BIN)/python -m tests.contracts.live $(ARGS)

screenshots: $(DEVELOP) ## Take the pictures of the main pages anew (needs chromium)
	$(BIN)/python -m tests.browser.screenshots

postman: $(DEVELOP) ## Write the Postman collection anew
	$(BIN)/python -m tests.contracts.postman

format: $(DEVELOP) ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(DEVELOP) ## Check the format and the style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(DEVELOP) ## Check the types
	$(BIN)/mypy

layers: $(DEVELOP) ## Check that imports point down
	$(BIN)/lint-imports

migrate: $(RUNTIME) ## Bring the database up to date
	$(BIN)/flask db upgrade

bench: $(DEVELOP) ## Measure against an empty Flask route, and against the peers if they are there
	$(BIN)/python -m tests.load.bench $(ARGS)

bench-peers: $(PEERS) $(DEVELOP) ## Set up the peers, and measure against them as well
	$(BIN)/python -m tests.load.bench $(ARGS)

growth: $(DEVELOP) ## Measure the same calls at 10,000, 100,000 and 1,000,000 todos
	$(BIN)/python -m tests.load.growth $(ARGS)

load: $(LOAD) $(DEVELOP) ## Let a crowd work for ten minutes at 80 % of the capacity
	$(BIN)/python -m tests.load.scenario $(ARGS)

profile: $(DEVELOP) ## Measure what each part of a request takes
	$(BIN)/python -m tests.load.profile $(ARGS)

faults: $(DEVELOP) ## Break what the service stands on, under load, and look for what was lost
	$(BIN)/pytest -s -m faults tests/faults $(ARGS)

lock: ## Renew requirements*.txt from requirements*.in (needs uv)
	uv pip compile -q --universal --no-strip-extras --python-version 3.11 --generate-hashes --no-header --no-emit-index-url requirements.in -o requirements.txt
	uv pip compile -q --universal --no-strip-extras --python-version 3.11 --generate-hashes --no-header --no-emit-index-url requirements-dev.in -o requirements-dev.txt
	uv pip compile -q --universal --no-strip-extras --python-version 3.11 --generate-hashes --no-header --no-emit-index-url requirements-contract.in -o requirements-contract.txt
	uv pip compile -q --universal --no-strip-extras --python-version 3.11 --generate-hashes --no-header --no-emit-index-url requirements-load.in -o requirements-load.txt
	uv pip compile -q --universal --no-strip-extras --python-version 3.11 --generate-hashes --no-header --no-emit-index-url tests/load/peers/requirements.in -o tests/load/peers/requirements.txt

clean: ## Remove what was installed and cached; the data stays
	rm -rf .venv .venv-contract .venv-peers .venv-load tests/contracts/node/node_modules .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .coverage

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "todoapp: needs Python 3.11 or later; name one with PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "todoapp: cannot make .venv; on Debian install python3-venv" >&2; rm -rf .venv; exit 1; }

$(RUNTIME): .venv/bin/python requirements.txt
	@echo "Installing what the service needs …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(DEVELOP): $(RUNTIME) requirements-dev.txt
	@echo "Installing what the tests need …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@command -v chromium >/dev/null || $(APT) chromium >/dev/null || echo "Without chromium the pages are not tried in a browser."
	@touch $@

$(CONTRACT): requirements-contract.txt
	@echo "Installing what tests the contract …"
	@$(PYTHON) -m venv .venv-contract
	@.venv-contract/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-contract.txt
	@touch $@

$(LOAD): requirements-load.txt
	@echo "Installing what loads the service …"
	@$(PYTHON) -m venv .venv-load
	@.venv-load/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-load.txt
	@touch $@

$(PEERS): tests/load/peers/requirements.txt
	@echo "Installing the peers …"
	@$(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/pip install --quiet --disable-pip-version-check --require-hashes -r tests/load/peers/requirements.txt
	@touch $@

# Without Node.js its tools are left out, and make contract says so.
$(NODE): tests/contracts/node/package-lock.json
	@! command -v npm >/dev/null || npm ci --prefix tests/contracts/node --ignore-scripts --no-audit --no-fund --loglevel=error
	@mkdir -p $(@D) && touch $@
