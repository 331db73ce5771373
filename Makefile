# budgetkit: `make` alone tells what there is. Needs Python 3.11 or newer, pip and make; nothing else.

PYTHON ?= python3
DOC    ?= kezhou-hrss-2026

VENV := .venv
BIN  := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
DONE := $(VENV)/.done
# The lessons' solutions are the source of the students' copies.
NOTEBOOKS := $(wildcard notebooks/*.ipynb notebooks/zh/*.ipynb notebooks/teaching/*.ipynb \
  notebooks/teaching/solutions/*.ipynb)

# The notebooks' kernel is the one in .venv, whatever kernels the user has elsewhere.
export JUPYTER_PATH := $(CURDIR)/$(VENV)/share/jupyter
export PYTHONUTF8 := 1

.DEFAULT_GOAL := help
.PHONY: help setup report check test lint unit notebooks refresh lab lock clean
.DELETE_ON_ERROR:

help:
	@echo "make report [DOC=...]  the report on one disclosure, in reports/ (DOC is a file or a key of data/raw/)"
	@echo "make check  [DOC=...]  the findings alone, in this window"
	@echo "make lab               the notebooks, in JupyterLab"
	@echo "make test              all that must pass: lint, tests, notebooks"
	@echo "make lint              ruff and mypy          make notebooks   re-runs the notebooks"
	@echo "make refresh           what is generated and committed: pages in docs/, data/clean, outputs of the notebooks"
	@echo "make setup             .venv with the pinned packages; every command above does it first"
	@echo "make lock              requirements.lock from pyproject.toml (UPGRADE=1 takes newer versions)"
	@echo "make clean             removes .venv, reports and caches"
	@echo
	@echo "PYTHON=python3.12 picks a Python for the set-up (3.11 or newer); DOC=$(DOC)"

setup: $(DONE)

$(DONE): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "budgetkit needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>/dev/null || echo 'not there'). Name one: make PYTHON=python3.12 ..." >&2; exit 2; }
	@$(PYTHON) scripts/make_venv.py $(VENV)
	@touch $@

# budgetkit's exit status 1 says "inconsistencies found", which is no failure of make: `make report`
# and `make check` end with 0 then, and with 2 where the input cannot be used.
report: setup
	@echo "reading and checking $(DOC)"
	@touch $(VENV)/.started; status=0; $(BIN)/budgetkit report "$(DOC)" --language both || status=$$?; \
	  page=$$(find reports -name index.html -maxdepth 2 -newer $(VENV)/.started 2>/dev/null | head -n 1); \
	  if [ $$status -gt 1 ]; then exit $$status; fi; \
	  if [ -z "$$page" ]; then echo "no report was written" >&2; exit 2; fi; \
	  echo "open $$page"

check: setup
	@$(BIN)/budgetkit check "$(DOC)" || [ $$? -eq 1 ]

test: lint unit notebooks
	@echo "all passed"

lint: setup
	@echo "ruff: mistakes and style"
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@echo "mypy: types"
	@$(BIN)/python -m mypy

unit: setup
	@echo "pytest: tests/"
	@$(BIN)/python -m pytest -n 2 --dist loadgroup tests

notebooks: setup
ifeq ($(NOTEBOOKS),)
	@echo "notebooks: none yet"
else
	@echo "notebooks: running $(words $(NOTEBOOKS)) again, comparing their outputs"
	@$(BIN)/python -m pytest --nbval --nbval-current-env --nbval-cell-timeout=600 -n 2 --dist loadfile \
	  $(if $(wildcard notebooks/sanitize.cfg),--nbval-sanitize-with notebooks/sanitize.cfg) $(NOTEBOOKS)
endif

refresh: setup
	@$(BIN)/python scripts/make_docs.py
	@$(BIN)/budgetkit clean kezhou-hrss-2026 || [ $$? -eq 1 ]
	@$(BIN)/python scripts/make_lessons.py
	@$(BIN)/python scripts/run_notebooks.py $(NOTEBOOKS)

lab: setup
	@$(BIN)/python -m jupyterlab notebooks

# A wheel for every system: argon2-cffi-bindings 26 has none for Macs with Intel processors.
LOCK_BELOW := argon2-cffi-bindings<26
# uv only computes the lock, in an environment of its own; nobody else needs it.
lock:
	@test -x .venv-lock/$(notdir $(BIN))/uv || { $(PYTHON) -m venv .venv-lock && .venv-lock/$(notdir $(BIN))/python -m pip install --quiet uv; }
	@echo '$(LOCK_BELOW)' | .venv-lock/$(notdir $(BIN))/uv pip compile pyproject.toml --constraint - --extra cluster --group test --group build \
	  --universal --python-version 3.11 --only-binary :all: --generate-hashes --no-annotate \
	  --no-emit-index-url --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade) \
	  --quiet --output-file requirements.lock
	@echo "requirements.lock: $$(grep -c '==' requirements.lock) pins"

clean:
	rm -rf $(VENV) .venv-lock reports dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
