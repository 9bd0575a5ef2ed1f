# make test runs every test, with servers of its own. See README.md.

TARGET := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)
PYTHON ?= python3
VENV   := $(TARGET)/venv
READY  := $(VENV)/ready

export GYM_TEST_PYTHON := $(VENV)/bin/python
export GYM_TEST_GUESTS := $(TARGET)/guests
SERVERS := $(GYM_TEST_PYTHON) tools/with-postgres

# nextest where it is there; it runs no doc tests.
ifneq ($(shell command -v cargo-nextest 2>/dev/null),)
RUN = cargo nextest run --workspace --no-fail-fast
else
RUN = cargo test --workspace --lib --bins --tests --examples --no-fail-fast
endif

.PHONY: test soak guests report-test fmt lint doc clean venv

test: guests
	$(SERVERS) $(RUN)
	$(SERVERS) cargo test --workspace --doc

# The sample plugins from source, as far as they have changed.
guests: $(READY)
	$(GYM_TEST_PYTHON) tools/guests $(GYM_TEST_GUESTS)

# The same tests at larger numbers.
soak: export GYM_SOAK = 1
soak: test

# The reports of a made-up club of three years, and of the example club after two weeks, in which sections say why they are
# empty, in headless Chromium: both themes, desk, phone and paper.
report-test:
	cargo build --workspace --example report --example club
	$(TARGET)/debug/examples/report $(TARGET)/report.html
	$(PYTHON) tools/report-test $(TARGET)/report.html --pictures $(TARGET)/report-pictures
	rm -rf $(TARGET)/report-club && mkdir -p $(TARGET)/report-club
	cd $(TARGET)/report-club && $(TARGET)/debug/examples/club --days 14 --teacher 300 > printed.txt
	$(PYTHON) tools/report-test $(TARGET)/report-club/club/report.html --pictures $(TARGET)/report-club/pictures

fmt:
	cargo fmt

lint:
	cargo fmt --check
	cargo clippy --workspace --all-targets -- -D warnings

doc:
	RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --no-deps

clean:
	cargo clean
	rm -rf $(VENV) $(GYM_TEST_GUESTS)

venv: $(READY)

$(READY): tools/requirements.txt
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo 'make: $(PYTHON) cannot make a virtual environment: install python3-venv' >&2; exit 1; }
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --requirement tools/requirements.txt
	touch $(READY)
