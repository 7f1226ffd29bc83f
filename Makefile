# make run: everything in one command. make test: every check and every test.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
# The folder with labelled sets, for `make evaluate EVAL=DIR`.
EVAL ?=
# Options passed on to pytest, for example `make test PYTEST="-k queue"`.
PYTEST ?=

APP := .venv/bin
BOT := .venv-bot/bin
BOT_TESTS := $(wildcard tests/bot tests/actions tests/dialogues)

.PHONY: help setup run test test-app test-bot check bench evaluate soak lock screenshots clean system-packages

help: ## Show what there is to make.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

setup: .venv/.app .venv/.test .venv/.deskmate .venv-bot/.bot .venv-bot/.test ## Prepare both environments; quick when nothing changed.

.venv/.app: requirements/app.txt
	@scripts/install.sh .venv 3.11 requirements/app.txt
	@touch $@

.venv/.test: requirements/test.txt .venv/.app
	@scripts/install.sh .venv 3.11 requirements/app.txt requirements/test.txt
	@touch $@

.venv/.deskmate: pyproject.toml .venv/.app
	@scripts/install-deskmate.sh
	@touch $@

.venv-bot/.bot: requirements/bot.txt
	@scripts/install.sh .venv-bot 3.10 requirements/bot.txt
	@touch $@

.venv-bot/.test: requirements/test-bot.txt .venv-bot/.bot
	@scripts/install.sh .venv-bot 3.10 requirements/bot.txt requirements/test-bot.txt
	@touch $@

run: setup ## Set up what is missing and start everything; Ctrl-C ends it.
	@exec $(APP)/deskmate up

system-packages:
	@scripts/system-packages.sh

test: setup system-packages ## Run every check and every test.
	@began=$$(date +%s)
	$(MAKE) --no-print-directory check test-app test-bot
	took=$$(( $$(date +%s) - began ))
	echo "All checks and tests passed in $$(( took / 60 )) min $$(( took % 60 )) s."

test-app: ## Only the tests of .venv: search, API, worker, pages, the whole stack.
	$(APP)/python -m pytest tests $(addprefix --ignore=,$(BOT_TESTS)) $(PYTEST)

test-bot: ## Only the tests of .venv-bot: understanding, dialogues, actions.
	$(BOT)/python -m pytest $(BOT_TESTS) $(PYTEST)

check: setup ## Lint, check types in both environments, and hold the folder table.
	$(APP)/ruff check .
	$(APP)/ruff format --check .
	$(APP)/mypy api kb_index
	$(BOT)/mypy --python-version 3.10 bot actions kb_index/encoder.py
	$(APP)/lint-imports

bench: setup ## Measure this machine: turns, retrieval.
	$(APP)/python -m benchmarks.retrieval
	$(APP)/python -m benchmarks.turn

evaluate: setup ## Figures on the public labelled sets: make evaluate EVAL=DIR.
	$(APP)/python -m benchmarks.public_sets "$(EVAL)"

soak: setup ## Replay recorded conversations through what `make run` started: make soak EVAL=DIR.
	DESKMATE_ADMIN_TOKEN=$$($(APP)/deskmate token create --role admin --name replay | tail -n 1) \
	    $(APP)/python -m benchmarks.replay --conversations "$(EVAL)/livechat/star.jsonl"

screenshots: setup system-packages ## Take the pictures in docs/images from the running system.
	$(APP)/python -m tests.browser.screenshots

lock: ## Compile pyproject.toml into requirements/.
	scripts/lock.sh

clean: ## Remove what was built; keeps the environments and var/.
	rm -rf build .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .rasa
	find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +
