# keyturn: every target sets up what it needs in .venv (Python 3.11 or newer and make are enough).
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint bench picture clean

demo: .venv/ready          ## upgrade a simulated PC, end to end, over real WinRM
	@$(BIN)/keyturn demo

test: .venv/ready-dev      ## lint, types, floors and all tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest --cov -n 2

lint: .venv/ready-dev      ## lint, types and floors only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/ready-dev     ## requests, wall, CPU and memory beside pywinrm and ansible
	$(BIN)/python tests/bench/readings.py
	$(BIN)/python -m tests.bench.survey

picture: .venv/ready       ## remake docs/run.svg, the picture at the top of the README
	$(BIN)/keyturn demo --picture docs/run.svg

clean:
	rm -rf .venv

.venv/ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "keyturn needs Python 3.11 or newer; call make with PYTHON=python3.11")'
	@test -e $@ || echo "Setting keyturn up in .venv, once; this takes about a minute."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/ready-dev: .venv/ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@
