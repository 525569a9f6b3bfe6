# Everything a newcomer or the CI does with a checkout. Needs Python >= 3.11 with pip, and make; all else goes into .venv.
#
#   make demo     install, plan the bundled portfolio north-america, say where the report is
#   make test     install the test tools too, run the whole test suite
#   make install  .venv with the command .venv/bin/wattsplit
#   make lint     style, formatting and strict types
#   make bench    the benchmarks and their peers
#   make lock     resolve the dependencies anew (needs uv)
#   make clean    remove what the targets above made (the environment, caches, demo-plan)

PYTHON ?= python3
UV ?= uv
# Number of parallel test processes.
JOBS ?= 2

VENV := .venv
BIN := $(VENV)/bin

# A venv made by a Python without ensurepip holds no pip; then the base interpreter's pip installs into it.
PIP = $$($(BIN)/python -c 'import importlib.util as u; print("$(BIN)/python -m pip" if u.find_spec("pip") else "$(PYTHON) -m pip --python $(BIN)/python")')
PIP_INSTALL = $(PIP) install --quiet --disable-pip-version-check

.PHONY: demo test install lint bench lock clean

demo: $(VENV)/installed
	$(BIN)/wattsplit plan north-america --out demo-plan --force

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(PYTEST_ARGS)

install: $(VENV)/installed

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/installed-bench
	$(BIN)/python -m benchmarks.run
	$(BIN)/python -m benchmarks.hours
	$(BIN)/python -m benchmarks.desk
	$(BIN)/python -m benchmarks.scenarios
	$(BIN)/python -m benchmarks.capital
	$(BIN)/python -m benchmarks.files
	$(BIN)/python -m benchmarks.workbench

lock:
	$(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		--fork-strategy fewest pyproject.toml --group build --extra forecast --extra web --output-file requirements.lock
	$(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		--fork-strategy fewest pyproject.toml --group build --extra forecast --extra web --extra test --extra dev \
		--constraint requirements.lock --output-file requirements-dev.lock
	$(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		--fork-strategy fewest pyproject.toml --group build --extra forecast --extra web --extra bench \
		--constraint requirements.lock --output-file requirements-bench.lock

clean:
	rm -rf $(VENV) build dist *.egg-info demo-plan .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if v >= (3, 11) else f"wattsplit needs Python >= 3.11, this is {v[0]}.{v[1]}: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV) || $(PYTHON) -m venv --clear --without-pip $(VENV)

# The package itself is installed in place: the command always runs the code of the checkout.
$(VENV)/installed: requirements.lock pyproject.toml | $(BIN)/python
	$(PIP_INSTALL) --require-hashes -r requirements.lock
	$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock $(VENV)/installed
	$(PIP_INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/installed-bench: requirements-bench.lock $(VENV)/installed
	$(PIP_INSTALL) --require-hashes -r requirements-bench.lock
	@touch $@
