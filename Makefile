# SPDX-License-Identifier: AGPL-3.0-or-later
# The two commands of the README: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 2
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard marketplace/*/translations/*/LC_MESSAGES/messages.po))
OPTIONS ?=

.PHONY: setup catalogues demo test check lint lock screenshots tutorial benchmark load

setup: .venv/ready catalogues

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch .venv/ready

catalogues: .venv/ready $(CATALOGUES)

# Each room has its own words; what people read is compiled from them.
%.mo: %.po .venv/ready
	@$(BIN)/pybabel -q compile --input-file $< --output-file $@ --locale $(notdir $(patsubst %/LC_MESSAGES/,%,$(dir $<)))

# `make demo OPTIONS="--port 9000 --fresh"`
demo: setup
	$(BIN)/marketplace demo $(OPTIONS)

# Everything that needs no browser download; the browser journeys run where Chromium is found.
test: setup
	$(BIN)/pytest -n $(WORKERS) $(OPTIONS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --quiet --lint marketplace
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml marketplace matching

check: lint test

# The engine and its peers on generated markets; tables go to benchmarks/RESULTS.md.
# `make benchmark OPTIONS="--sizes 100000 --runs 1"`
benchmark: setup
	$(BIN)/python -m benchmarks $(OPTIONS)

# Pages, writes and a working day of ten minutes with a rush, on PostgreSQL; a quarter of an hour on a quiet machine.
load: setup
	$(BIN)/python -m benchmarks.web --what pages writes mixed $(OPTIONS) > docs/evidence/load.md.new
	mv docs/evidence/load.md.new docs/evidence/load.md

# Writes the pictures of the README anew (needs Chromium).
screenshots: setup
	REQUIRE_BROWSER=1 $(BIN)/pytest tests/journeys/test_demo_district.py --screenshots docs/screenshots

# Writes what the tutorial prints and draws anew.
tutorial: setup
	$(BIN)/python -m tests.tutorial

# Needs uv on the path; the lock names no registry, so that any mirror serves it.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--extra dev --extra plots pyproject.toml --output-file requirements.lock
