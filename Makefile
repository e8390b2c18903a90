# The front door. `make try` and `make test` do all the set-up on Debian 12, 13 and Ubuntu.

SWIFT ?= swift
BUILD := $(SWIFT) build -c release
PRODUCT = $(shell $(BUILD) --show-bin-path)/stillpoint

# What the program is built with, and what its tests run besides.
BUILD_PACKAGES := libssl-dev libzstd-dev pkg-config
TRY_PACKAGES := btrfs-progs
TEST_PACKAGES := btrfs-progs python3 restic sqlite3 util-linux

.PHONY: try build test lint format bench install clean

try:
	@Scripts/install-packages $(BUILD_PACKAGES) $(TRY_PACKAGES)
	$(BUILD) --product stillpoint
	@Scripts/try "$(PRODUCT)" "$(DIR)"

build:
	@Scripts/install-packages $(BUILD_PACKAGES)
	$(BUILD) --product stillpoint

test:
	@Scripts/install-packages $(BUILD_PACKAGES) $(TEST_PACKAGES)
	$(SWIFT) format lint --strict -r Sources Tests Package.swift
	$(BUILD) --build-tests
	STILLPOINT="$(PRODUCT)" $(SWIFT) test -c release --skip TortureTests
	@echo "The torture runs by itself: its writers and the other tests would only wait for each other."
	STILLPOINT="$(PRODUCT)" $(SWIFT) test -c release --filter TortureTests

lint:
	$(SWIFT) format lint --strict -r Sources Tests Package.swift

format:
	$(SWIFT) format -i -r Sources Tests Package.swift

bench: build
	@Scripts/install-packages python3 restic
	python3 Benchmarks/compare.py "$(PRODUCT)" $(ONLY)

PREFIX ?= /usr/local
install:
	@Scripts/install-packages $(BUILD_PACKAGES)
	$(BUILD) --product stillpoint --static-swift-stdlib
	install -D -m 755 "$(PRODUCT)" "$(DESTDIR)$(PREFIX)/bin/stillpoint"

clean:
	$(SWIFT) package clean
