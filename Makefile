# Everything a developer does. Needs only Python 3.11 or later, make and a shell.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
REQUIREMENTS := deploy/requirements
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all:
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
# A peer's bot says itself for which Pythons it is, and with which version of its library.
LOCK_PEER := $(subst --python-version 3.11,,$(subst make lock,make lock-peers,$(LOCK)))
ARGS ?=
# One more than there are cores: some tests wait, for a process to start or a lease to end.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')

.DEFAULT_GOAL := help
.PHONY: help install demo test check check-slow bench bench-peers chaos simulate eval sbom generate lock lock-peers format clean

help: ## What can be made
	@grep -E '^[a-z-]+:.*## ' Makefile | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("careerbot needs Python 3.11 or later; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(REQUIREMENTS)/demo.txt | $(BIN)/python
	@echo "Installing what the demo needs (once, about half a minute) ..."
	@$(PIP) -r $(REQUIREMENTS)/demo.txt
	@touch $@

$(VENV)/.dev: $(REQUIREMENTS)/dev.txt pyproject.toml | $(BIN)/python
	@echo "Installing what development needs (once, about a minute) ..."
	@$(PIP) -r $(REQUIREMENTS)/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	@touch $@ $(VENV)/.demo

install: | $(BIN)/python ## Install what a real bot needs, and the careerbot command
	@$(PIP) -r $(REQUIREMENTS)/run.txt -r $(REQUIREMENTS)/build.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index .

demo: $(VENV)/.demo ## Try both platforms in a browser, with no account (ARGS=--self-test: without a browser)
	@$(BIN)/python -m bot demo $(ARGS)

test: $(VENV)/.dev ## Run the tests (ARGS="-k name" for some)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: $(VENV)/.dev ## Format, lint, types, import contracts, generated files, pins, known vulnerabilities
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/careerbot generate --check
	$(BIN)/careerbot check content/ai-engineer > /dev/null
	$(BIN)/python deploy/requirements/check.py

check-slow: $(VENV)/.dev ## Run the tests that take minutes, such as twenty `kill -9` amid 500 answers each, on both engines
	@$(BIN)/python -m pytest -m slow -rP $(ARGS)
	@$(BIN)/python -m tests.cron_report

bench: $(VENV)/.dev ## How fast, beside the bare libraries: a report, build/bench.json and build/bench.png (ARGS=--quick: only whether it works)
	@$(BIN)/python -m tests.bench $(ARGS)

bench-peers: $(VENV)/.dev ## Our answers beside those of eight other libraries, which it installs into build/peers: a report, build/peers.json and .png
	@$(BIN)/python -m tests.bench.peers $(ARGS)

chaos: $(VENV)/.dev ## Posts while senders are killed, stopped, cut off: a report, and build/chaos.json (20 minutes; ARGS="--rounds 20": 3)
	@$(BIN)/python -m tests.chaos $(ARGS)

simulate: $(VENV)/.dev ## A Monday morning with a million digests, in simulated time: a report (ARGS=--json, ARGS="--discord-share 0.9")
	@$(BIN)/python -m tests.simulate $(ARGS)

eval: $(VENV)/.dev ## How well `ask` answers: a report, and build/eval.json
	@$(BIN)/python -m tests.eval

sbom: $(VENV)/.dev ## What careerbot brings with it, for tools: build/sbom.cdx.json (CycloneDX)
	@$(BIN)/python -m deploy.requirements.sbom $(ARGS)

generate: $(VENV)/.dev ## Write the parts of the docs that the code knows
	@$(BIN)/careerbot generate

format: $(VENV)/.dev ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix --quiet .

lock: $(VENV)/.dev ## Resolve the dependencies anew, for all systems and Pythons, with hashes
	$(LOCK) --upgrade pyproject.toml --extra dev --output-file $(REQUIREMENTS)/dev.txt
	$(LOCK) --constraint $(REQUIREMENTS)/dev.txt pyproject.toml --extra demo --output-file $(REQUIREMENTS)/demo.txt
	$(LOCK) --constraint $(REQUIREMENTS)/dev.txt pyproject.toml --output-file $(REQUIREMENTS)/run.txt
	$(LOCK) --constraint $(REQUIREMENTS)/dev.txt --group build --output-file $(REQUIREMENTS)/build.txt

lock-peers: $(VENV)/.dev ## Resolve what the bots of bench-peers need, with hashes
	for bot in tests/bench/peers/*_bot.py; do $(LOCK_PEER) $$bot --output-file $${bot%_bot.py}.txt || exit 1; done

clean: ## Take away what was built and installed
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
