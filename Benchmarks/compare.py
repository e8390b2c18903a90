#!/usr/bin/env python3
"""Compares stillpoint with restic and borg: the same work in turn, and what each needed.

    compare.py STILLPOINT [WORK ...]

RESTIC and BORG name other programs than those on the PATH; RUNS how many rounds (3); DATA a folder
to keep the test data in, else a temporary one; BLOBS how many blobs the large index has. In each
round every program has its turn, so that a change of the machine's speed meets all. Wall time and
CPU are compared with the faster of the others, memory and the size of the repository with restic:
medians of the rounds' ratios.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile

import data
import large_index
from programs import Borg, Restic, Stillpoint, version


class Work:
    """What is measured, on what, and what comes before."""

    def __init__(
        self,
        text,
        maker,
        timed,
        prepared=True,
        change=None,
        on_btrfs=False,
        extra=None,
        without=(),
        limit=None,
        history=False,
    ):
        self.text = text
        self.maker = maker
        self.timed = timed
        self.prepared = prepared
        self.change = change
        self.on_btrfs = on_btrfs
        self.extra = extra
        self.without = without
        # What limits.py knows about it.
        self.limit = limit
        # Whether it is about 20 snapshots that restic made of data that evolves.
        self.history = history


def backup(program, source, scratch):
    return program.backup(source)


def restore(program, source, scratch):
    """Into a new folder; large files are removed at once, to make room.

    Many small ones stay: ext4 is slow to make files where it just removed some.
    """
    target = tempfile.mkdtemp(dir=scratch)
    needed = program.restore(source, target)
    if sum(len(names) for _, _, names in os.walk(target)) < 10_000:
        shutil.rmtree(target)
    return needed


def check(program, source, scratch):
    return program.check()


def list_files(program, source, scratch):
    return program.list()


def list_mounted(program, source, scratch):
    return program.list_mounted(os.path.join(scratch, f"{program.name}-mount"))


def open_only(program, source, scratch):
    return program.show_config()


def forget(program, source, scratch):
    return program.forget()


def forget_and_prune(program, source, scratch):
    return program.forget("--prune")


def check_structure(program, source, scratch):
    return program.check_structure()


def copy(program, source, scratch):
    """All snapshots into an empty repository."""
    history = program.repository + "-history"
    os.rename(program.repository, history)
    program.init()
    needed = program.copy_from(history)
    shutil.rmtree(history)
    return needed


def fill_index(program):
    blobs = int(os.environ.get("BLOBS", "2000000"))
    large_index.fill(program.repository, program.key(), blobs)


WORKS = {
    "binaries": Work("first, 512 MiB of binaries", data.binaries, backup, prepared=False),
    "random": Work("first, 1 GiB random in 4 files", data.noise, backup, prepared=False, limit="store"),
    "one": Work("first, one random file of 1 GiB", data.one_file, backup, prepared=False, limit="store"),
    "small": Work("first, 50,000 small files", data.small, backup, prepared=False),
    "unchanged": Work("unchanged, 50,000 files", data.small, backup),
    "many": Work("unchanged, 300,000 files", data.many, backup),
    "few": Work("10 of 300,000 changed, btrfs", data.many, backup, change=data.change_files, on_btrfs=True),
    "blocks": Work(
        "1 GiB, 1 % of its blocks changed",
        data.one_file,
        backup,
        change=data.change_blocks,
        limit="store",
    ),
    "restore": Work("restore of 1.5 GiB", data.mixed, restore, limit="restore"),
    "restore-small": Work("restore of 50,000 files", data.small, restore),
    "check": Work("check --read-data of 1.5 GiB", data.mixed, check, limit="check"),
    "list": Work("list 50,000 files", data.small, list_files),
    "mount": Work(
        "list 100,000 files of a mount", data.hundred_thousand, list_mounted, without=["borg"]
    ),
    "index": Work(
        "a file, with an index of many blobs", data.tiny, backup, extra=fill_index, without=["borg"]
    ),
    "open": Work(
        "open a repository and no more", data.evolving, open_only, history=True, without=["borg"]
    ),
    "forget": Work("forget 17 of 20 snapshots", data.evolving, forget, history=True, without=["borg"]),
    "prune": Work(
        "the same, and prune", data.evolving, forget_and_prune, history=True, without=["borg"]
    ),
    "check-structure": Work(
        "check 20 snapshots", data.evolving, check_structure, history=True, without=["borg"]
    ),
    "copy": Work("copy 20 snapshots", data.evolving, copy, history=True, without=["borg"]),
}


def settle(source):
    """Writes out what the last program left, and reads the source: borg drops from memory what it
    has read. So nobody pays for who came before."""
    os.sync()
    for path, _, names in os.walk(source):
        for name in names:
            with open(os.path.join(path, name), "rb", buffering=0) as file:
                while file.read(1 << 20):
                    pass


def measure_round(work, programs, source, scratch):
    """The figures of one round: wall, CPU, memory, size by program."""
    if work.change:
        work.change(source)
    figures = {}
    for program in programs:
        if work.history:
            shutil.rmtree(program.repository, ignore_errors=True)
            shutil.copytree(os.path.join(scratch, "history"), program.repository)
        elif not work.prepared:
            shutil.rmtree(program.repository, ignore_errors=True)
            program.init()
        settle(source)
        figures[program.name] = (*work.timed(program, source, scratch), program.size())
    return figures


def make_history(peers, source, scratch):
    """A repository of restic's with 20 snapshots, from one day to the next."""
    kind, path = peers["restic"]
    writer = kind("history", path, scratch)
    evolved = shutil.copytree(source, os.path.join(scratch, "evolving"))
    writer.init()
    for _ in range(20):
        writer.backup(evolved)
        data.evolve(evolved)


def measure(work, peers, source, scratch, runs):
    programs = [kind(name, path, scratch) for name, (kind, path) in peers.items()]
    if work.history:
        make_history(peers, source, scratch)
    elif work.prepared:
        for program in programs:
            program.init()
            program.backup(source)
            if work.extra:
                work.extra(program)
    rounds = []
    for number in range(runs):
        turn = number % len(programs)
        rounds.append(measure_round(work, programs[turn:] + programs[:turn], source, scratch))
    return rounds


def row(text, rounds, others):
    """One line of the table."""

    def median(column, program):
        return statistics.median(figures[program][column] for figures in rounds)

    def ratio(column, candidates):
        return statistics.median(
            figures["stillpoint"][column] / min(figures[name][column] for name in candidates)
            for figures in rounds
        )

    def against_restic(column):
        return f"{ratio(column, ['restic']):6.2f}" if "restic" in others else "     –"

    walls = ", ".join(f"{name} {median(0, name):.2f} s" for name in ["stillpoint", *others])
    memories = " / ".join(f"{median(2, name) / 1024:.0f}" for name in ["stillpoint", *others])
    return (
        f"{text:34} {ratio(0, others):6.2f} {ratio(1, others):6.2f} {against_restic(2)} {against_restic(3)}"
        f"   {walls}; {memories} MiB"
    )


def limit_row(work, rounds, source, scratch):
    """What the machine needs for the same bytes, and how far we are from that."""
    limits = os.path.join(os.path.dirname(os.path.abspath(__file__)), "limits.py")
    command = [sys.executable, limits, work.limit, source, scratch]
    limit = statistics.median(float(subprocess.check_output(command)) for _ in rounds)
    ours = statistics.median(figures["stillpoint"][0] for figures in rounds)
    return f"{'  the same by the libraries alone':34} {ours / limit:6.2f}   {limit:.2f} s"


class BtrfsVolume:
    """A btrfs on a loop device; needs root."""

    def __init__(self, scratch):
        self.image = os.path.join(scratch, "btrfs.image")
        self.folder = os.path.join(scratch, "btrfs")

    def __enter__(self):
        os.makedirs(self.folder)
        with open(self.image, "wb") as file:
            file.truncate(8 << 30)
        subprocess.run(["mkfs.btrfs", "-q", self.image], check=True)
        subprocess.run(["mount", "-o", "loop", self.image, self.folder], check=True)
        return self.folder

    def __exit__(self, *_):
        subprocess.run(["umount", self.folder], check=True)


def peers_found():
    found = {"stillpoint": (Stillpoint, os.path.abspath(sys.argv[1]))}
    for name, kind in [("restic", Restic), ("borg", Borg)]:
        path = shutil.which(os.environ.get(name.upper(), name))
        if path:
            found[name] = (kind, path)
    if len(found) == 1:
        sys.exit("compare.py: neither restic nor borg is here to compare with")
    return found


def main():
    names = sys.argv[2:] or list(WORKS)
    unknown = [name for name in names if name not in WORKS]
    if unknown:
        sys.exit(f"compare.py: there is no work {unknown[0]}; there are {', '.join(WORKS)}")
    found = peers_found()
    runs = int(os.environ.get("RUNS", "3"))
    kept = os.environ.get("DATA")
    folder = kept or tempfile.mkdtemp(prefix="stillpoint-bench-data-")
    print("compared with " + ", ".join(version(path) for name, (_, path) in found.items() if name != "stillpoint"))
    print(f"{'work':34} {'wall':>6} {'CPU':>6} {'memory':>6} {'size':>6}   (stillpoint = ratio × the other)")
    try:
        for work in (WORKS[name] for name in names):
            with tempfile.TemporaryDirectory(prefix="stillpoint-bench-") as scratch:
                peers = {name: peer for name, peer in found.items() if name not in work.without}
                others = [name for name in peers if name != "stillpoint"]
                if work.on_btrfs:
                    if os.geteuid() != 0:
                        print(f"{work.text:34} skipped: needs root for a btrfs")
                        continue
                    with BtrfsVolume(scratch) as volume:
                        source = data.make(work.maker, os.path.join(volume, "data"))
                        rounds = measure(work, peers, source, scratch, runs)
                else:
                    name = work.maker.__name__ + ("-changing" if work.change else "")
                    source = data.make(work.maker, os.path.join(folder, name))
                    rounds = measure(work, peers, source, scratch, runs)
                print(row(work.text, rounds, others), flush=True)
                if work.limit:
                    print(limit_row(work, rounds, source, scratch), flush=True)
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


main()
