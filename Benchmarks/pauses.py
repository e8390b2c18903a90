#!/usr/bin/env python3
"""Measures how long writers are held: backups of a file system on a loop device, as root.

    pauses.py STILLPOINT [FILESYSTEM]

FILESYSTEM is what `mkfs.` makes, btrfs when left out. RUNS says how many backups (20), WRITERS
how many processes write random blocks of a file each (20), DIRTY how many MiB are written and
left in memory before each backup (1024). Times are absolute: compare only what one machine did.
"""

import json
import math
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

STILLPOINT = os.path.abspath(sys.argv[1])
FILE_SYSTEM = sys.argv[2] if len(sys.argv) > 2 else "btrfs"
RUNS = int(os.environ.get("RUNS", "20"))
WRITERS = int(os.environ.get("WRITERS", "20"))
DIRTY = int(os.environ.get("DIRTY", "1024"))
BLOCKS = 4096  # of 4 KiB in each writer's file


def write_for_ever(path):
    """A hundred random blocks a second, so that many of us leave the disk some room."""
    file = os.open(path, os.O_RDWR | os.O_CREAT)
    os.ftruncate(file, BLOCKS * 4096)
    while True:
        os.pwrite(file, os.urandom(4096), random.randrange(BLOCKS) * 4096)
        time.sleep(0.01)


def start_writer(path):
    process = os.fork()
    if process == 0:
        write_for_ever(path)
    return process


def leave_dirty(path):
    block = os.urandom(1 << 20)
    with open(path, "wb") as file:
        for _ in range(DIRTY):
            file.write(block)


def backup(source, environment):
    """What one backup says of its stillness."""
    command = [STILLPOINT, "backup", "--json", "--quiet", "--exclude", "dirty", source]
    done = subprocess.run(command, env=environment, capture_output=True)
    for line in done.stdout.splitlines():
        message = json.loads(line)
        if message.get("message_type") == "summary":
            return message["stillpoint"]
    sys.exit(f"no backup: {done.returncode} {done.stderr.decode()}")


def percentile(values, share):
    """The smallest value that at least so many are not above."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def measure(mount, environment):
    source = os.path.join(mount, "source")
    os.mkdir(source)
    writers = [start_writer(os.path.join(source, str(number))) for number in range(WRITERS)]
    found = []
    try:
        for _ in range(RUNS):
            leave_dirty(os.path.join(source, "dirty"))
            found.append(backup(source, environment))
    finally:
        for writer in writers:
            os.kill(writer, signal.SIGKILL)
            os.waitpid(writer, 0)
    pauses = [item["pause_ms"] for item in found if "pause_ms" in item]
    instants = sum(item["grade"] == "instant" for item in found)
    print(f"{FILE_SYSTEM}, {WRITERS} writers, {DIRTY} MiB written before: {instants} of {RUNS} instant;")
    if pauses:
        print(
            f"pause median {percentile(pauses, 0.5):.0f} ms, "
            f"95th percentile {percentile(pauses, 0.95):.0f} ms, longest {max(pauses):.0f} ms"
        )


def main():
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        image = os.path.join(folder, "image")
        mount = os.path.join(folder, "mount")
        os.mkdir(mount)
        with open(image, "wb") as file:
            file.truncate(8 << 30)
        subprocess.run([f"mkfs.{FILE_SYSTEM}", image], check=True, capture_output=True)
        subprocess.run(["mount", "-o", "loop", image, mount], check=True)
        try:
            environment = dict(
                os.environ,
                STILLPOINT_REPOSITORY=os.path.join(folder, "repository"),
                STILLPOINT_PASSWORD="pauses",
                STILLPOINT_STATE_DIR=os.path.join(folder, "state"),
                STILLPOINT_CACHE_DIR=os.path.join(folder, "cache"),
            )
            subprocess.run([STILLPOINT, "init"], env=environment, check=True, capture_output=True)
            measure(mount, environment)
        finally:
            subprocess.run(["umount", mount], check=True)


main()
