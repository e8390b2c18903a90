# The front door. `make try` and `make test` do all the set-up on Debian 12, 13 and Ubuntu.

SWIFT ?= swift
BUILD := $(SWIFT) build -c release
PRODUCT = $(shell $(BUILD) --show-bin-path)/stillpoint
TESTS = $(shell $(BUILD) --show-bin-path)/stillpointPackageTests.xctest

# What the program is built with, and what its tests run besides.
BUILD_PACKAGES := libarchive-dev libfuse3-dev libsodium-dev libsqlite3-dev libssl-dev libzstd-dev pkg-config
TRY_PACKAGES := btrfs-progs python3 util-linux
TEST_PACKAGES := attr borgbackup btrfs-progs e2fsprogs fuse3 mariadb-server postgresql python3 restic rsync sqlite3 strace systemd tar util-linux xfsprogs
# Elsewhere it is no package of the distribution's.
TEST_PACKAGES += $(shell grep -qx ID=debian /etc/os-release && echo chromium)
# What can't be tested beside others: only one program at a time can trace another.
ALONE := TortureTests|PausingTests
TEST_MACHINE_PACKAGES := debian-archive-keyring e2fsprogs mmdebstrap qemu-system-x86 util-linux xz-utils

.PHONY: try build test test-vm test-power-loss test-drivers fuzz lint format bench bench-pauses install clean

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
	STILLPOINT="$(PRODUCT)" $(SWIFT) test -c release --skip-build --skip "$(ALONE)"
	@echo "Torture and pauses run one test at a time: they would only wait for each other."
	STILLPOINT="$(PRODUCT)" $(SWIFT) test -c release --skip-build --no-parallel --filter "$(ALONE)"

# In a guest with LVM, ZFS and disks to write to. TCG makes it slow: few torture runs are enough.
test-vm: ONLY ?= MachineTests|SnapshottingTests|programs come and go|pool|writers on ZFS|logical volumes|writers on LVM
test-vm: STILLPOINT_TORTURE_RUNS ?= 3
test-vm:
	@Scripts/install-packages $(BUILD_PACKAGES) $(TEST_MACHINE_PACKAGES)
	@TestMachine/build
	$(BUILD) --build-tests
	STILLPOINT="$(PRODUCT)" TestMachine/boot -t 5400 -p "$(TESTS)" \
	  -e "STILLPOINT_TORTURE_RUNS=$(STILLPOINT_TORTURE_RUNS)" \
	  TestMachine/run-tests "$(TESTS)" "$(ONLY)"

# Cuts the guest's power during backups.
test-power-loss:
	@Scripts/install-packages $(BUILD_PACKAGES) $(TEST_MACHINE_PACKAGES)
	@TestMachine/build
	$(BUILD) --product stillpoint
	STILLPOINT="$(PRODUCT)" TestMachine/power-loss

# Two programs from PyPI that drive restic, with stillpoint in its place.
test-drivers: build
	@Scripts/install-packages python3 python3-venv restic
	python3 Tests/Drivers/drive.py "$(PRODUCT)" $(RESTIC)

# Random bytes for the parsers of stored data: make fuzz SECONDS=600 PARSERS="tree index"
fuzz: SECONDS ?= 60
fuzz:
	@Scripts/install-packages $(BUILD_PACKAGES)
	Scripts/fuzz $(SECONDS) $(PARSERS)

lint:
	$(SWIFT) format lint --strict -r Sources Tests Package.swift

format:
	$(SWIFT) format -i -r Sources Tests Package.swift

bench: build
	@Scripts/install-packages borgbackup btrfs-progs python3 python3-cryptography python3-zstandard restic util-linux
	/usr/bin/python3 Benchmarks/compare.py "$(PRODUCT)" $(ONLY)

bench-pauses: build
	@Scripts/install-packages btrfs-progs python3 util-linux
	python3 Benchmarks/pauses.py "$(PRODUCT)" $(ONLY)

PREFIX ?= /usr/local
install:
	@Scripts/install-packages $(BUILD_PACKAGES)
	$(BUILD) --product stillpoint
	install -D -m 755 "$(PRODUCT)" "$(DESTDIR)$(PREFIX)/bin/stillpoint"

clean:
	$(SWIFT) package clean
