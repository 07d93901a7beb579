# What a person types here. Every target sets up what it needs, and does that once.
#
#   make demo     run the tours of both colours on real servers
#   make test     run the whole suite; make test ARGS="tests/resp -k split" runs a part, WORKERS=0 without parallel runs
#   make check    lint, formatting, types (mypy and pyright), generated files
#   make bench    measure against the peers and write docs/performance.md; ROWS="get pipeline" a part, ROUNDS=7 a shorter run
#   make bench-report   write the documents again from benchmarks/results.json
#   make guard    count the instructions of a command under valgrind, against their limits
#   make soak     the storms of both colours for a minute each (SOAK_SECONDS=60), and the largest cases of the suite
#   make fuzz     try to break the parser for a while (FUZZ_SECONDS=20)
#   make clean    remove all that was made here
#
# PYTHON=python3.12 make test uses that interpreter, in an environment of its own (.venv-3.12).

PYTHON ?= python3
ifeq ($(PYTHON),python3)
VENV ?= .venv
else
VENV ?= .venv-$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
endif
ARGS ?=
WORKERS ?= logical
FUZZ_SECONDS ?= 20
SOAK_SECONDS ?= 60
ROWS ?=
ROUNDS ?=

python := $(VENV)/bin/python
pip := $(python) -m pip --disable-pip-version-check

.NOTPARALLEL:

.PHONY: demo test check bench bench-report guard soak fuzz clean setup server

demo: $(VENV)/.demo server
	@$(python) examples/tour.py
	@echo
	@$(python) examples/tour_async.py

test: $(VENV)/.dev server
	$(python) -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: $(VENV)/.dev
	$(python) -m ruff check .
	$(python) -m ruff format --check .
	$(python) -m mypy --strict
	$(python) -m pyright --pythonpath $(python)
	$(python) tools/views.py --check
	$(python) tools/table.py --check

bench: $(VENV)/.bench server
	$(python) -m benchmarks $(ROWS) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(KEEP),--keep)

bench-report: $(VENV)/.bench
	$(python) -m benchmarks --report

# Without valgrind there is nothing to count with: it is installed where that can be done, else loudly missed.
guard: $(VENV)/.dev server
	@command -v valgrind >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	  && apt-get update -qq && apt-get install -qq --yes valgrind >/dev/null; } || true
	@if command -v valgrind >/dev/null; then $(python) -m benchmarks.instructions; else \
	  echo "!!! valgrind is not installed: the instructions of a command were NOT COUNTED" >&2; fi

soak: $(VENV)/.dev server
	@PYTHONPATH=tests $(python) -W error tests/storm/soak.py $(SOAK_SECONDS)

fuzz: $(VENV)/.fuzz
	$(python) -m fuzz --seconds $(FUZZ_SECONDS)

setup: $(VENV)/.dev server

# Says which server program is used, and gets one for this user alone if the machine has none.
server: | $(VENV)/.demo
	@$(python) -m plasma.testing --install >/dev/null

# The stamps: what is installed in the environment, made anew when pyproject.toml changes. Where there is no openssl,
# trustme makes the certificates that the tour's TLS server shows.
$(VENV)/.demo: pyproject.toml | $(python)
	$(pip) install -qq --editable '.[hiredis]' $$(command -v openssl >/dev/null || echo trustme)
	@touch $@

$(VENV)/.dev: pyproject.toml | $(python)
	$(pip) install -qq --editable '.[dev]'
	@touch $(VENV)/.demo $@

$(VENV)/.bench: pyproject.toml $(VENV)/.dev
	$(pip) install -qq --editable '.[bench]'
	@touch $@

$(VENV)/.fuzz: pyproject.toml $(VENV)/.dev
	$(pip) install -qq --editable '.[fuzz]'
	@touch $@

$(python):
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 10) or sys.exit("Python 3.10 or later is needed, this is " \
	  + sys.version.split()[0] + "; name another one: make PYTHON=python3.12 ...")'
	@echo "making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "no environment could be made; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

clean:
	rm -rf .venv .venv-* dist build *.egg-info .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache fuzz/work
	find . -name __pycache__ -prune -exec rm -rf {} +
