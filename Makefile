# Taizhang 台账. `make run` and `make test` do everything; `make help` lists the rest.

SHELL        := /bin/sh
PYTHON       ?= python3
PORT         ?= 8000
DATA_DIR     ?= var
WORKERS      ?= 2
export PORT DATA_DIR

VENV         := .venv
BIN          := $(VENV)/bin
UV           := VIRTUAL_ENV=$(VENV) $(BIN)/uv
PIP_SYNC     := $(UV) pip install --quiet --require-hashes --requirement
LOCK         := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(UPGRADE)
NPM          := npm_config_update_notifier=false PATH="$(CURDIR)/$(BIN):$$PATH" npm
PYTEST       := $(BIN)/python -m pytest
CATALOGUE    := server/translations/en/LC_MESSAGES/messages
PYBABEL      := $(BIN)/pybabel --quiet
FRONT_SOURCE := $(shell find static/src static/css static/icons -type f 2>/dev/null)
FIELD_SOURCE := $(shell find server/field server/templates/field static/src/sw static/src/field -name '*.py' -o -name '*.html' -o -name '*.ts' 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help run test check lint types contracts test-unit test-static test-browser bench \
        install install-dev build format lock clean services

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: install build  ## Start the ledger with a demo bank on http://127.0.0.1:8000
	@$(BIN)/python scripts/start.py

test: check test-unit test-static test-browser  ## Everything: lint, types, contracts, both databases, TypeScript, Chromium

check: lint types contracts  ## Lint, types and import contracts

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install-dev
	$(BIN)/mypy

contracts: install-dev
	$(BIN)/lint-imports --no-logo

test-unit: install-dev services $(CATALOGUE).mo node_modules/.package-lock.json  ## Python tests, those with a database on SQLite and PostgreSQL
	$(PYTEST) -m "not browser" -n $(WORKERS)

test-static: build  ## TypeScript: types and tests
	$(NPM) run check
	$(NPM) test

test-browser: install-dev services build  ## Journeys in a real Chromium
	$(PYTEST) -m browser

bench: install-dev build  ## Measure the figures that the README quotes
	$(BIN)/python -m benchmarks

messages: install-dev  ## Bring the sentences of code and templates into the English catalogue
	$(PYBABEL) extract --mapping babel.cfg --keywords lazy --sort-output --no-location --no-wrap \
		--output $(VENV)/messages.pot .
	$(PYBABEL) update --input-file $(VENV)/messages.pot --output-file $(CATALOGUE).po --locale en \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap

format: install-dev  ## Put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(BIN)/uv  ## Pin by hash what pyproject.toml asks for (UPGRADE=--upgrade: the newest)
	$(LOCK) pyproject.toml --output-file requirements.txt
	$(LOCK) pyproject.toml --extra dev --output-file requirements-dev.txt
	$(LOCK) --group uv --output-file requirements-uv.txt
	$(LOCK) --group node --output-file requirements-node.txt

clean:  ## Remove what was installed and built (never the data in var/)
	rm -rf $(VENV) node_modules static/build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

install: $(VENV)/installed
install-dev: $(VENV)/installed-dev
build: static/build/manifest.json $(CATALOGUE).mo

$(BIN)/uv: requirements-uv.txt
	PYTHON="$(PYTHON)" sh scripts/venv.sh

$(VENV)/installed: requirements.txt $(BIN)/uv
	$(PIP_SYNC) requirements.txt
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(BIN)/uv
	$(PIP_SYNC) requirements-dev.txt
	@touch $@

$(VENV)/node: requirements-node.txt $(BIN)/uv
	sh scripts/node.sh
	@touch $@

node_modules/.package-lock.json: package-lock.json $(VENV)/node
	$(NPM) ci --no-audit --no-fund
	@touch $@

# The templates of the field app, from Jinja2 to JavaScript.
static/build/field/templates.js: $(VENV)/installed $(FIELD_SOURCE) $(CATALOGUE).po
	$(BIN)/python -m server.field.compiler

static/build/manifest.json: node_modules/.package-lock.json static/build/field/templates.js $(FRONT_SOURCE)
	$(NPM) run build
	@touch $@

$(CATALOGUE).mo: $(CATALOGUE).po $(VENV)/installed
	$(PYBABEL) compile --input-file $< --output-file $@ --locale en

services:
	@sh scripts/services.sh
