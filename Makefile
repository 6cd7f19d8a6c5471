# Everything starts here: `make demo` shows the product, `make test` proves it. See README.md.

PYTHON ?= python3
DEMO ?= acme-demo
SERVE ?= 1
BIN := .venv/bin
UV := $(shell command -v uv 2>/dev/null)
INSTALLED := .venv/.installed

.PHONY: demo test check bench golden golden-release soak clean
.DELETE_ON_ERROR:

demo: $(INSTALLED)
	@test -d $(DEMO)/journal || $(BIN)/workbench init $(DEMO) --demo
	@$(BIN)/workbench ingest --company $(DEMO) $(DEMO)/inputs
	@$(BIN)/workbench work --until-idle --company $(DEMO)
	@$(BIN)/workbench sheets sync --company $(DEMO)
	@$(BIN)/workbench job run daily_brief --company $(DEMO)
	@echo
	@$(BIN)/workbench summary --company $(DEMO)
	@echo
ifeq ($(SERVE),0)
	@echo "Look closer with: $(BIN)/workbench up --company $(DEMO)"
else
	@$(BIN)/workbench up --company $(DEMO) --no-browser
endif

test: .venv/.tested-with
	$(BIN)/python -m pytest

check: .venv/.tested-with
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/marimo check --strict notebooks/views/*.py

bench: .venv/.benched-with
	$(BIN)/python -m tests.benchmarks

golden: .venv/.tested-with
	$(BIN)/python tests/workbench/connectors/bank/golden.py

# Adds the stream of the present release to those that every later one must read to the same state.
golden-release: .venv/.tested-with
	$(BIN)/python tests/workbench/golden_release.py

soak: .venv/.tested-with
	$(BIN)/python -m pytest -m soak --timeout 3600 -n 0

# One proof alone: soak-d1 (kills), -d2 (system calls), -d3 (power cuts), -d4, -d5 (damage), -d6 (full disk), -d7 (failing
# disk), -d8 (indexes of memory, damaged and killed), -d11 (tampering), -c6 (random histories), -books (generated months and
# years), -h1 (interleavings on a sheet), -h3 (kills during a save), -w1 (kills of plans with effects), -w2 (frozen workers),
# -w3 (sagas), -w4 (lost answers), -w5, -planted (faults that the tests must see), -year (a year of simulated company life),
# -consolidation (kills of it).
soak-%: .venv/.tested-with
	$(BIN)/python -m pytest -m soak --timeout 3600 -n 0 -k test_$*_

clean:
	rm -rf .venv $(DEMO) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(INSTALLED): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say which: make PYTHON=python3.12"; exit 1; }
ifdef UV
	@test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) .venv
	@$(UV) pip install --quiet --python $(BIN)/python -e .
else
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing (a minute or two, once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
endif
	@touch $@

.venv/.tested-with: $(INSTALLED) pyproject.toml
ifdef UV
	@$(UV) pip install --quiet --python $(BIN)/python -e '.[test]'
else
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
endif
	@touch $@

.venv/.benched-with: .venv/.tested-with
ifdef UV
	@$(UV) pip install --quiet --python $(BIN)/python -e '.[bench]'
else
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
endif
	@touch $@
