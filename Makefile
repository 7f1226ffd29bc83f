# make run: everything in one command. make test: every check and every test.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
# The folder with labelled sets, for `make evaluate EVAL=DIR`.
EVAL ?=
# DIET=1 trains Rasa's stock pipeline in `make bench-quality` too; needs EVAL.
DIET ?=
# Options passed on to pytest, for example `make test PYTEST="-k queue"`.
PYTEST ?=
# With such options one of the runs may have nothing to do, which is pytest's exit status 5.
OR_NONE = $(if $(PYTEST),|| test $$? -eq 5)
# How many processes share the tests of .venv; a file's tests, and what they share, stay in one.
WORKERS ?= 2
SHARED = -n $(WORKERS) --dist loadfile --no-loadscope-reorder
# How much `make soak` does: moments of kill -9, random walks over a conversation, rounds of many agents for one chat.
SOAK := DESKMATE_SOAK=$${DESKMATE_SOAK:-200} DESKMATE_WALKS=$${DESKMATE_WALKS:-200} DESKMATE_ROUNDS=$${DESKMATE_ROUNDS:-1000}

# Rasa imports some 6,000 modules: without their compiled form each start takes 8 seconds of processor time more.
unexport PYTHONDONTWRITEBYTECODE

APP := .venv/bin
BOT := .venv-bot/bin
BOT_TESTS := $(wildcard tests/bot tests/actions tests/dialogues)
# Real browsers, among themselves.
BROWSERS := tests/browser
# These want the machine to themselves: promises of seconds ("back within 5 s").
ALONE := tests/ops tests/faults tests/security/test_patterns.py

.PHONY: help setup run test test-app test-bot check check-app check-bot bench bench-desk bench-quality evaluate months soak lock screenshots clean system-packages

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
	folder=$$(scripts/tests-folder.sh)
	trap 'rm -rf "$$folder"' EXIT
	$(APP)/python -m pytest tests $(SHARED) --basetemp="$$folder/shared" \
	    $(addprefix --ignore=,$(BOT_TESTS) $(ALONE) $(BROWSERS)) $(PYTEST) $(OR_NONE)
	$(APP)/python -m pytest $(BROWSERS) $(SHARED) --basetemp="$$folder/browsers" $(PYTEST) $(OR_NONE)
	$(APP)/python -m pytest $(ALONE) --basetemp="$$folder/alone" $(PYTEST) $(OR_NONE)

test-bot: ## Only the tests of .venv-bot: understanding, dialogues, actions.
	$(BOT)/python -m pytest $(BOT_TESTS) $(PYTEST) $(OR_NONE)

check: setup ## Lint, check types in both environments, and hold who may import whom.
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target check-app check-bot

check-app:
	$(APP)/ruff check .
	$(APP)/ruff format --check .
	$(APP)/mypy api kb_index
	$(APP)/lint-imports

check-bot:
	$(BOT)/mypy --python-version 3.10 bot actions kb_index/encoder.py
	MYPYPATH=clients $(APP)/mypy clients

var/encoder/manifest.json: kb_index/export.py | setup # a newer export may put out more than an earlier one
	$(APP)/python -m kb_index.export --output var/encoder

bench: setup var/encoder/manifest.json ## Measure this machine: turns, retrieval.
	$(APP)/python -m benchmarks.retrieval
	$(APP)/python -m benchmarks.turn

bench-desk: setup ## A day at the desk with ten agents: waits told and had, occupancy, nothing lost; EVAL=DIR takes STAR's conversations.
	PYTHONPATH=clients $(APP)/python -m benchmarks.desk --conversations "$(if $(EVAL),$(EVAL)/livechat/star.jsonl,data/conversations.jsonl)"

bench-quality: setup var/encoder/manifest.json ## Answers beside BM25, dense retrieval, txtai and Haystack; EVAL=DIR adds public sets, DIET=1 Rasa's stock pipeline.
	@scripts/install.sh .cache/rivals 3.11 requirements/rivals.txt
	$(APP)/python -m benchmarks.quality --rivals .cache/rivals/bin/python $(if $(EVAL),--eval "$(EVAL)") $(if $(DIET),--diet)

evaluate: setup ## Figures on the public labelled sets: make evaluate EVAL=DIR.
	$(APP)/python -m benchmarks.public_sets "$(EVAL)"

months: setup ## Weeks of an administrator's work from a third of the examples; plots docs/images/months.svg; EVAL=DIR adds other shops' customers.
	$(APP)/python -m benchmarks.months $(if $(EVAL),--eval "$(EVAL)")

soak: setup ## The long fault tests; with EVAL=DIR, recorded conversations through what `make run` started, too.
	if [ -n "$(EVAL)" ]; then
	    DESKMATE_ADMIN_TOKEN=$$($(APP)/deskmate token create --role admin --name replay | tail -n 1) \
	        $(APP)/python -m benchmarks.replay --conversations "$(EVAL)/livechat/star.jsonl"
	fi
	$(SOAK) $(APP)/python -m pytest tests/faults tests/desk/test_many_takes.py $(PYTEST)

screenshots: setup system-packages ## Take the pictures in docs/images from the running system.
	$(APP)/python -m tests.browser.screenshots

lock: ## Compile pyproject.toml into requirements/.
	scripts/lock.sh

clean: ## Remove what was built; keeps the environments and var/.
	rm -rf build .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .rasa
	find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +
