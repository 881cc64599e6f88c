# Everything a newcomer types. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
PY := .venv/bin/python
PORT ?= 8000
KIOSK_PORT ?= 8001
DATA_DIR ?= var
export PYTHON
# Only for what runs the site: the tests keep their data to themselves.
run demo: export PORT := $(PORT)
run demo: export KIOSK_PORT := $(KIOSK_PORT)
run demo: export DATA_DIR := $(DATA_DIR)

.PHONY: help setup setup-test messages run demo check format test test-fast soak bench clean

help: ## Say what can be done
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  Settings: PORT=$(PORT) KIOSK_PORT=$(KIOSK_PORT) DATA_DIR=$(DATA_DIR) PYTHON=$(or $(PYTHON),python3)"

setup: ## Install what is needed to run (again: only what changed)
	@tools/setup run

setup-test: ## The same, with Chromium, PostgreSQL and Redis for the tests
	@tools/setup test

messages: setup ## Compile the message catalogues that changed
	@$(PY) tools/compile_messages.py

run: setup ## Start everything with the demo town; Ctrl-C stops it
	@exec $(PY) site/manage.py run

demo: setup ## Fill the demo town without starting anything
	@exec $(PY) site/manage.py demo

check: setup-test ## All rules: lint, format, types, imports, templates, messages, migrations
	@exec $(PY) tools/check.py

format: setup ## Put code and templates into the agreed form
	@.venv/bin/ruff check --quiet --fix-only .
	@.venv/bin/ruff format --quiet .
	@.venv/bin/djlint --quiet --reformat eguichet_rdv kiosk_bridge plugins site || true

test: setup-test ## The whole suite: SQLite, PostgreSQL + Redis, browser
	@exec env -u DATA_DIR $(PY) -m tests.harness.suite all

test-fast: setup ## The quick part of the suite, on SQLite
	@exec env -u DATA_DIR $(PY) -m tests.harness.suite fast

soak: setup-test ## The long versions of the fault and race tests
	@exec env -u DATA_DIR $(PY) -m tests.harness.suite soak

bench: setup-test ## Measure the production shape
	@exec env -u DATA_DIR $(PY) -m tests.harness.suite bench

clean: ## Remove everything that can be made again (not the data)
	@rm -rf .venv var/tools var/stamps var/testdb var/shots .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
