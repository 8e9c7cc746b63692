# The course's commands. `make` alone lists them; each says what it does and does nothing twice.
VENV := $(or $(SEQ2VIT_VENV),.venv)
PY := $(VENV)/bin/python
.DEFAULT_GOAL := help
.PHONY: help env build book test nbval nbval-gpu assignments solutions lint bench-grading links links-issue lock wheel \
	browser postgres sandbox clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

env: ## the environment in .venv, from requirements.lock (PYTHON=... names another Python 3.11 to 3.13)
	@sh tools/env.sh

build: env ## the site in _build/html, every page executed
	@$(PY) tools/book.py build

book: env ## build the site and serve it on this machine; prints the address
	@$(PY) tools/book.py serve

test: env ## everything that must hold: lint, then all tests
	@sh tools/test.sh

nbval: env ## run every solution notebook again and compare its stored text outputs
	@$(PY) tools/nbval_run.py

nbval-gpu: env ## the same on CUDA; fails on a machine without it
	@$(PY) gpu/nbval_cuda.py

assignments: env ## the student releases in assignments/, from solutions/
	@$(PY) tools/notebooks.py assignments

solutions: env ## run the solution notebooks and store their text outputs
	@$(PY) tools/notebooks.py solutions

lint: env ## ruff on all Python of the repository
	@$(PY) -m ruff check .

bench-grading: env ## grade the same submissions with plain nbgrader and with the engine; ends with a line `ratio: X`
	@$(PY) tools/bench_grading.py

links: env ## follow every link of the site to other hosts
	@$(PY) tools/links.py

links-issue: ## open an issue about the broken links that `make links` found (needs gh, signed in)
	@sh tools/links_issue.sh

lock: env ## requirements.lock from pyproject.toml (UPGRADE=1: the newest versions)
	@$(PY) tools/lock.py $(if $(UPGRADE),--upgrade)

wheel: env ## the package as a wheel in dist/
	@$(PY) -m build --wheel --no-isolation --outdir dist

browser: ## a Chromium and fonts for the browser tests, where there is none (Debian, Ubuntu; asks for root)
	@sh tools/browser.sh

postgres: ## PostgreSQL for the tests of the gradebook, where it is missing (Debian, Ubuntu; asks for root)
	@sh tools/postgres.sh

sandbox: ## let ordinary users make user namespaces, which the grading engine's sandbox needs (asks for root)
	@sh tools/sandbox.sh

clean: ## remove what the build made (not .venv)
	@rm -rf _build dist build *.egg-info .pytest_cache .ruff_cache
	@echo "clean: removed _build, dist and caches; rm -rf .venv node_modules removes the environment as well."
