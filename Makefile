# p2ptext: `make run` starts it, `make test` proves it. Both set up everything they need.
.DEFAULT_GOAL := help
PY := .venv/bin/python
export PYTHONDONTWRITEBYTECODE =

.PHONY: help run tour test test-fast lint install install-dev test-peers test-x11 bench bench-modems bench-million bench-arrivals soak bundle clean lock

help: ## list what make can do here
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /  make \1\t/' | expand -t 24

run: install ## set up and start p2ptext (without a display: the tour, drawn offscreen)
	@$(PY) -m app.main start

tour: install ## walk the real window through a whole day on the practice line, with pictures in tour/
	@QT_QPA_PLATFORM=offscreen $(PY) -m app.main tour

install: ## set up alone: system libraries (as root), .venv, packages
	@tools/setup.sh run

install-dev:
	@tools/setup.sh dev

test: install-dev lint ## every check and every test that needs no display, no modem and no network
	@QT_QPA_PLATFORM=offscreen $(PY) -m pytest -n 3 --dist loadfile -q -m "not peers and not x11"

test-fast: install-dev
	@QT_QPA_PLATFORM=offscreen $(PY) -m pytest -n 2 --dist loadfile -q -m "not peers and not x11 and not slow"

lint: install-dev ## style, types and the layers of the house
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports --no-logo

test-peers: install-dev ## gammu, gammu-smsd, smstools and gnokii against our emulator
	@tools/peers.sh
	@$(PY) -m pytest -q -rs -m peers tests/peers

test-x11: install-dev ## the real window under Xvfb, driven by xdotool
	@tools/x11.sh
	@$(PY) -m pytest -q -rs -m x11 tests/x11

bench: install-dev ## speed as ratios against other programs in the same run
	@QT_QPA_PLATFORM=offscreen $(PY) -m tests.benchmarks

bench-million: install-dev ## the inbox, threads and search over a million texts (makes the database: 717 MB, two minutes)
	@QT_QPA_PLATFORM=offscreen $(PY) -m tests.benchmarks.bench_million --folder build/million

bench-arrivals: install-dev ## what judging a received text costs, and how fast texts are stored beside python-gsmmodem-new
	@$(PY) -m tests.benchmarks.bench_arrivals

bench-modems: install-dev ## our line beside gammu-smsd, python-gammu, python-gsmmodem-new and smstools (FULL=1: 1,000 texts each)
	@tools/peers.sh
	@$(PY) -m tests.benchmarks.modems $(if $(FULL),--full)

soak: install-dev ## an hour with faults: memory, descriptors, losses (MINUTES=60)
	@$(PY) -m tests.benchmarks.soak --minutes $(or $(MINUTES),60)

bundle: install-dev ## one folder that needs no Python (dist/p2ptext), started once to see that it runs
	@$(PY) -m PyInstaller --noconfirm --log-level WARN p2ptext.spec
	@QT_QPA_PLATFORM=offscreen $(PY) -m pytest -q packaging/check_bundle.py

lock: install-dev ## write the hashed locks anew
	@$(PY) -m pip install --quiet uv && tools/lock.sh

clean: ## remove what make made
	@rm -rf .venv build dist tour *.egg-info
