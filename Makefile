# `make run` starts everything; `make test` checks everything. Python 3.11 or newer is all that must be there.

PYTHON ?= python3
BIN := .venv/bin
SET_UP := .venv/.set-up

.PHONY: run test soak bench lint lock clean

run: $(SET_UP)
	@$(BIN)/dondoc up

# What tests write need not outlive them, so it stays in memory where there is room: they wait for the disk thousands of times.
IN_MEMORY = $(shell test "$$(df --output=avail /dev/shm 2>/dev/null | tail -n 1)" -gt 4000000 2>/dev/null && echo TMPDIR=/dev/shm)

test: $(SET_UP) lint
	$(IN_MEMORY) $(BIN)/pytest -q -n 2 --dist worksteal

bench: $(SET_UP)
	$(BIN)/python -m benchmarks --json benchmarks.json

# Kills processes of an office at random until KILLS have died; SEED plays the same worlds again.
KILLS ?= 5000
SEED ?=
soak: $(SET_UP)
	$(IN_MEMORY) $(BIN)/python -m tests.crash.soak --kills $(KILLS) --seed "$(SEED)"

lint: $(SET_UP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The locked packages, and Dondoc itself in place; again only when the lock or the project's metadata changed.
$(SET_UP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Dondoc needs Python 3.11 or newer: make run PYTHON=/path/to/python3.11")'
	@$(PYTHON) -m venv .venv || { echo 'The module venv is missing: on Debian and Ubuntu, apt install python3-venv'; exit 1; }
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev \
		--quiet pyproject.toml -o requirements.lock

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
