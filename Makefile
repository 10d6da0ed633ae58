# Everything runs in an environment of its own under .venv; nothing is taken from the system but Python 3.10 to 3.13.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip install --disable-pip-version-check -q -c constraints.txt

.PHONY: help demo test digests versions gpu-extras lint dist installed site bench bench-quick gpu-check docs pictures reproduce clean

help:
	@echo "make demo          ImageNet-C on twenty photographs with a real model; leaves reports/demo.html"
	@echo "make test          the test suite"
	@echo "make digests       the bytes of every corruption under other settings of the processor"
	@echo "make versions      the lowest and the newest versions of what is needed, tested"
	@echo "make gpu-extras    the extras for GPUs resolved for every Python, every kernel compiled by their CuPy; needs no GPU"
	@echo "make dist          the sdist and the wheel in dist/, and what is wrong with them"
	@echo "make installed     that wheel installed afresh outside the checkout, and used there; PYTHONS=... for others than $(PYTHON)"
	@echo "make site          the documentation as HTML in build/site; warnings are errors"
	@echo "make lint          style and type checks"
	@echo "make bench         speed, scaling, memory and compilation on the CPU beside other libraries; writes benchmarks/results"
	@echo "make bench-quick   the same in a few minutes; writes build/benchmarks"
	@echo "make gpu-check     the GPU checked and measured; uses $(PYTHON) and what it has, installs nothing"
	@echo "make docs          the catalogue's pages in docs/, and what was not yet measured of what they say"
	@echo "make pictures      the pictures of the README; needs chromium"
	@echo "make reproduce     experiments of the papers on free data, beside what was published; leaves reports/reproduce.html"
	@echo "make clean         remove what the others made"

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# One stamp a set of extras. torch comes first and alone, so that its pinned build decides and no other is pulled in.
$(VENV)/.demo: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) torch
	$(PIP) -e ".[demo,reference,dali]"
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) torch
	$(PIP) -e ".[demo,reference,dev]"
	@touch $@

demo: $(VENV)/.demo
	$(BIN)/python examples/evaluate_photographs.py

# First what measures time or memory: an xdist group would keep it on one worker, but not from what the others do
# meanwhile. It also compiles many kernels, before several workers would each. Then the rest on every core: 263 + 897 s on
# two with little other work, for 163 corruptions and no kernel compiled; 17 + 168 for 69 where the kernels are compiled. On the longest files worksteal took 51 to 75 s, load 52
# to 63, loadfile 64; worksteal is the one that shares out what is left at the end.
test: $(VENV)/.dev
	$(BIN)/python -m pytest -q -m alone
	$(BIN)/python -m pytest -q -m "not alone" -n auto --dist worksteal

# The committed bytes under other settings of the processor's features.
digests: $(VENV)/.dev
	$(BIN)/python -m tests.digests_everywhere

# The lowest versions that pyproject.toml declares, and the newest there are, each installed for real in an environment of
# its own; torch alone keeps its pinned build. What of the suite needs no optional package and is about what these do runs
# on them: the digests make every corruption's bytes at every level, so that the laws on each are not proven again.
VERSION_TESTS = $(addprefix tests/test_,$(addsuffix .py,catalogue corrupt digests extending facts gallery geometry \
	jpeg listing numbers own_benchmark policies reporting sweep threads transition))
VERSION_TOOLS = pytest pytest-timeout pytest-xdist scipy imagecorruptions-imaug

versions: $(VENV)/.lowest $(VENV)/.newest

$(VENV)/.lowest: $(VENV)/.dev tests/lowest.py
	$(BIN)/python -m tests.lowest > $(VENV)/lowest.txt
	$(MAKE) --no-print-directory $(VENV)/lowest.tested CHOSEN="-r $(VENV)/lowest.txt"
	@touch $@

$(VENV)/.newest: $(VENV)/.dev
	$(MAKE) --no-print-directory $(VENV)/newest.tested CHOSEN=
	@touch $@

$(VENV)/%.tested:
	rm -rf $(VENV)/$*
	$(PYTHON) -m venv $(VENV)/$*
	grep '^torch==' constraints.txt > $(VENV)/$*-torch.txt
	$(VENV)/$*/bin/python -m pip install --disable-pip-version-check -q -c $(VENV)/$*-torch.txt torch
	$(VENV)/$*/bin/python -m pip install --disable-pip-version-check -q -c $(VENV)/$*-torch.txt $(CHOSEN) -e . $(VERSION_TOOLS)
	$(VENV)/$*/bin/python -m pip list --disable-pip-version-check | grep -iE '^(numpy|numba|pillow|torch|jinja2|tqdm) '
	NUMBA_CACHE_DIR=$(abspath $(VENV))/$*/kernels $(VENV)/$*/bin/python -m pytest -q -n auto $(VERSION_TESTS)

# What a person with a GPU installs, which this machine has not: 120 s for what resolves, 70 for the kernels.
gpu-extras: $(VENV)/.dev
	$(BIN)/python -m tests.gpu_extras

# tests/test_release.py does the same in the test suite, and shows for each fault that it would be said.
dist: $(VENV)/.dev
	$(BIN)/python -m tests.release dist

# Where an index has no torch for the CPU for a Python, one with CUDA is installed, which is gigabytes: hence not all of
# 3.10 to 3.13 unasked. On 3.11: 85 s to install, 100 to use, most of it kernels compiled from nothing on a busy machine.
PYTHONS ?= $(PYTHON)

installed: dist
	$(BIN)/python -m tests.installed dist/*.whl $(PYTHONS)

$(VENV)/.docs: $(VENV)/.dev
	$(PIP) -e ".[docs]"
	@touch $@

# Sphinx with MyST: it reads the Markdown that is there, links between pages and headings included, and finds what a link
# lacks. MkDocs has had no release since 2024.
site: $(VENV)/.docs
	$(BIN)/python -m website

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation --upgrade --target build/lint .
	cd build/lint && ../../$(BIN)/mypy --config-file ../../pyproject.toml -p corrupt_engine

$(VENV)/.bench: $(VENV)/.dev benchmarks/requirements.txt
	$(PIP) --no-deps -r benchmarks/requirements.txt
	@touch $@

bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks

bench-quick: $(VENV)/.bench
	$(BIN)/python -m benchmarks --quick

# On a lent machine nothing can be installed: the checkout is imported as it is.
gpu-check:
	$(PYTHON) -m benchmarks.gpu

docs: $(VENV)/.dev
	$(BIN)/python -m benchmarks.catalogue

pictures: $(VENV)/.dev
	$(BIN)/python examples/contact_sheet.py
	$(BIN)/python examples/evaluate_photographs.py
	$(BIN)/python examples/screenshot.py

$(VENV)/.reproduce: $(VENV)/.dev
	$(PIP) -e ".[reproduce]"
	@touch $@

# Where Debian's package dataset-fashion-mnist puts its four files.
FASHION_MNIST ?= /usr/share/datasets/fashion-mnist

reproduce: $(VENV)/.reproduce
	FASHION_MNIST=$(FASHION_MNIST) $(BIN)/python examples/reproduce/run_all.py

clean:
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .mypy_cache reports
