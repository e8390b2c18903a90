#!/usr/bin/env python3
"""Compares stillpoint with restic: the same work in turn, ratios of what each needed.

    compare.py STILLPOINT [WORK ...]

RESTIC names another restic than the one on the PATH; RUNS how many rounds (3); DATA a folder
to keep the test data in. Each round runs both programs one after the other, so that a change
of the machine's speed meets both. Ratios are stillpoint / restic, the median of the rounds.
"""

import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

STILLPOINT = os.path.abspath(sys.argv[1])
RESTIC = os.environ.get("RESTIC", "restic")
RUNS = int(os.environ.get("RUNS", "3"))
WORKS = ["binaries", "random", "small", "unchanged", "restore"]


def run(program, arguments, environment):
    """Runs to the end; wall and CPU seconds, peak memory in KiB."""
    begin = time.monotonic()
    process = subprocess.Popen(
        [program, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{program} {' '.join(arguments)}: {process.returncode}\n{output.decode()}")
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def folder_size(folder):
    return sum(
        os.path.getsize(os.path.join(path, name)) for path, _, names in os.walk(folder) for name in names
    )


def make_binaries(folder):
    """512 MiB out of the libraries and programs of this machine, in about 300 files."""
    found = []
    for top in ["/usr/lib", "/usr/bin", "/opt"]:
        for path, _, names in os.walk(top):
            for name in sorted(names):
                file = os.path.join(path, name)
                if not os.path.islink(file) and os.path.isfile(file) and os.path.getsize(file) > 1 << 19:
                    found.append(file)
    random.Random(1).shuffle(found)
    left = 512 << 20
    for number, file in enumerate(found):
        if left <= 0:
            break
        size = min(left, os.path.getsize(file), 8 << 20)
        with open(file, "rb") as source, open(os.path.join(folder, f"{number:04}"), "wb") as copy:
            copy.write(source.read(size))
        left -= size


def make_random(folder):
    for number in range(4):
        with open(os.path.join(folder, str(number)), "wb") as file:
            for _ in range(256):
                file.write(os.urandom(1 << 20))


def make_small(folder):
    source = random.Random(2)
    words = [bytes(source.choices(b"abcdefghijklmnopqrstuvwxyz", k=source.randrange(2, 10))) for _ in range(5000)]
    for number in range(50_000):
        place = os.path.join(folder, f"{number // 100:03}")
        os.makedirs(place, exist_ok=True)
        with open(os.path.join(place, f"{number}.txt"), "wb") as file:
            file.write(b" ".join(source.choices(words, k=source.randrange(50, 1000))))


MAKERS = {"binaries": make_binaries, "random": make_random, "small": make_small}
SOURCES = {"unchanged": "small", "restore": "binaries"}


def source_of(work, data):
    name = SOURCES.get(work, work)
    folder = os.path.join(data, name)
    if not os.path.isdir(folder):
        scratch = folder + ".new"
        shutil.rmtree(scratch, ignore_errors=True)
        os.makedirs(scratch)
        MAKERS[name](scratch)
        os.rename(scratch, folder)
    return folder


def measure(program, work, source, scratch):
    """One round of one program: its figures and the size of its repository."""
    repository = os.path.join(scratch, "repository")
    target = os.path.join(scratch, "target")
    for folder in [repository, target]:
        shutil.rmtree(folder, ignore_errors=True)
    environment = dict(
        os.environ,
        RESTIC_REPOSITORY=repository,
        RESTIC_PASSWORD="benchmark",
        RESTIC_CACHE_DIR=os.path.join(scratch, "cache"),
        STILLPOINT_STATE_DIR=os.path.join(scratch, "state"),
    )
    run(program, ["init"], environment)
    backup = ["backup", "--quiet", source]
    if work in ("unchanged", "restore"):
        run(program, backup, environment)
    if work == "restore":
        figures = run(program, ["restore", "--quiet", "latest", "--target", target], environment)
    else:
        figures = run(program, backup, environment)
    return (*figures, folder_size(repository))


def main():
    works = sys.argv[2:] or WORKS
    data = os.environ.get("DATA") or os.path.join(tempfile.gettempdir(), "stillpoint-bench")
    print(subprocess.run([RESTIC, "version"], capture_output=True, text=True).stdout.strip())
    print(f"{'work':10} {'wall':>6} {'CPU':>6} {'memory':>7} {'size':>6}   (stillpoint / restic)")
    for work in works:
        source = source_of(work, data)
        figures = {STILLPOINT: [], RESTIC: []}
        with tempfile.TemporaryDirectory(prefix="stillpoint-bench-") as scratch:
            for number in range(RUNS):
                order = [STILLPOINT, RESTIC] if number % 2 == 0 else [RESTIC, STILLPOINT]
                for program in order:
                    figures[program].append(measure(program, work, source, scratch))
        ratios = [
            statistics.median(ours[column] / theirs[column] for ours, theirs in zip(*figures.values()))
            for column in range(4)
        ]
        medians = {
            program: [statistics.median(run[column] for run in runs) for column in range(4)]
            for program, runs in figures.items()
        }
        ours, theirs = medians[STILLPOINT], medians[RESTIC]
        print(
            f"{work:10} {ratios[0]:6.2f} {ratios[1]:6.2f} {ratios[2]:7.2f} {ratios[3]:6.2f}"
            f"   {ours[0]:.2f} s / {theirs[0]:.2f} s, {ours[2] >> 10} MiB / {theirs[2] >> 10} MiB"
        , flush=True)
    if not os.environ.get("DATA"):
        shutil.rmtree(data, ignore_errors=True)


main()
