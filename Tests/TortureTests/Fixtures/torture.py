"""Writers with exact invariants, and what checks a copy of what they wrote.

    torture.py write KIND FOLDER    writes in FOLDER until it is killed
    torture.py check KIND FOLDER    prints a line for each violation in a copy of FOLDER

A copy is whole when it is what FOLDER was at one moment between two system calls: each writer
writes in an order that it could only have at such a moment.
"""

import ctypes
import hashlib
import os
import random
import signal
import sqlite3
import struct
import subprocess
import sys
import threading
import time

BLOCK = 4096


def number(value):
    return struct.pack("<Q", value)


def read_number(path, offset=0):
    with open(path, "rb") as file:
        data = os.pread(file.fileno(), 8, offset)
    return struct.unpack("<Q", data)[0] if len(data) == 8 else 0


def ready(folder):
    open(os.path.join(folder, "ready"), "w").close()


# Blocks of one file, written in random order, each filled with the number of its write.

BLOCKS = 16384


def order():
    places = list(range(BLOCKS))
    random.Random(7).shuffle(places)
    return places


def write_blocks(folder):
    file = os.open(os.path.join(folder, "blocks"), os.O_RDWR | os.O_CREAT)
    os.ftruncate(file, BLOCKS * BLOCK)
    places = order()
    ready(folder)
    count = 0
    while True:
        count += 1
        place = places[count % BLOCKS]
        os.pwrite(file, number(count) * (BLOCK // 8), place * BLOCK)


def stamps(path):
    """The number in each block, in the order of writing; None where a block has two."""
    with open(path, "rb") as file:
        data = file.read()
    if len(data) != BLOCKS * BLOCK:
        return None
    found = []
    for place in order():
        block = data[place * BLOCK : (place + 1) * BLOCK]
        found.append(struct.unpack("<Q", block[:8])[0] if block == block[:8] * (BLOCK // 8) else None)
    return found


def check_numbers(found, name):
    """Write n went to place n mod the count of places: each holds the last one up to the newest."""
    newest = max(value or 0 for value in found)
    for place, value in enumerate(found):
        due = newest - (newest - place) % len(found)
        if value != max(due, 0):
            yield f"{name}: place {place} holds write {value}, not {due}, of {newest}"


def check_blocks(folder):
    found = stamps(os.path.join(folder, "blocks"))
    if found is None:
        yield "blocks: the file has another size"
    else:
        yield from check_numbers(found, "blocks")


# The same through a shared mapping of a file that nobody has open: no descriptor, no system call.

PAGES = 512


def write_mapped(folder):
    file = os.open(os.path.join(folder, "mapped"), os.O_RDWR | os.O_CREAT)
    os.ftruncate(file, PAGES * BLOCK)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    address = libc.mmap(None, PAGES * BLOCK, 3, 1, file, 0)
    os.close(file)
    words = (ctypes.c_uint64 * (PAGES * BLOCK // 8)).from_address(address)
    ready(folder)
    count = 0
    while True:
        count += 1
        words[count % PAGES * (BLOCK // 8)] = count


def check_mapped(folder):
    with open(os.path.join(folder, "mapped"), "rb") as file:
        data = file.read()
    found = [struct.unpack_from("<Q", data, page * BLOCK)[0] for page in range(len(data) // BLOCK)]
    if len(found) != PAGES:
        yield "mapped: the file has another size"
    else:
        yield from check_numbers(found, "mapped")


# Two files, always the first before the second.


def write_pair(folder):
    first = os.open(os.path.join(folder, "first"), os.O_RDWR | os.O_CREAT)
    second = os.open(os.path.join(folder, "second"), os.O_RDWR | os.O_CREAT)
    ready(folder)
    count = 0
    while True:
        count += 1
        place = count % 1024 * BLOCK
        os.pwrite(first, number(count), place + 8)
        os.pwrite(first, number(count), 0)
        os.pwrite(second, number(count), place + 8)
        os.pwrite(second, number(count), 0)


def check_pair(folder):
    first = read_number(os.path.join(folder, "first"))
    second = read_number(os.path.join(folder, "second"))
    if not second <= first <= second + 1:
        yield f"pair: {first} in the first file, {second} in the second"
    for name, count in (("first", first), ("second", second)):
        for value in range(max(1, count - 1023), count + 1):
            found = read_number(os.path.join(folder, name), value % 1024 * BLOCK + 8)
            # The place of the next number is the only one that may be ahead.
            if found != value and found != value + 1024:
                yield f"pair: {name} says {count} but place {value % 1024} holds {found}"
                break


# Two hundred threads in one process, each with two files in order.


def write_threads(folder):
    go = threading.Event()
    started = threading.Semaphore(0)

    def work(name):
        first = os.open(os.path.join(folder, f"{name}-first"), os.O_RDWR | os.O_CREAT)
        second = os.open(os.path.join(folder, f"{name}-second"), os.O_RDWR | os.O_CREAT)
        started.release()
        go.wait()
        count = 0
        while True:
            count += 1
            os.pwrite(first, number(count), count % 16 * BLOCK)
            os.pwrite(second, number(count), count % 16 * BLOCK)

    for name in range(200):
        threading.Thread(target=work, args=[name], daemon=True).start()
    for name in range(200):
        started.acquire()
    ready(folder)
    go.set()
    while True:
        time.sleep(1000)


def check_threads(folder):
    for name in range(200):
        newest = []
        for part in ("first", "second"):
            path = os.path.join(folder, f"{name}-{part}")
            with open(path, "rb") as file:
                data = file.read()
            found = [
                struct.unpack_from("<Q", data, place * BLOCK)[0] if len(data) >= place * BLOCK + 8 else 0
                for place in range(16)
            ]
            yield from check_numbers(found, f"threads: {name}-{part}")
            newest.append(max(found))
        if not newest[1] <= newest[0] <= newest[1] + 1:
            yield f"threads: {name} has {newest[0]} in the first file, {newest[1]} in the second"


# Files, and a log that names each once it is closed.

KEPT = 200


def content(count):
    seed = hashlib.sha256(number(count)).digest()
    return seed * (count % 64 * 8 + 1)


def note(log, line):
    os.write(log, line.encode())


def write_log(folder):
    log = os.open(os.path.join(folder, "log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    ready(folder)
    count = 0
    while True:
        count += 1
        with open(os.path.join(folder, f"file-{count}"), "wb") as file:
            file.write(content(count))
        note(log, f"+{count}\n")
        if count > KEPT:
            note(log, f"-{count - KEPT}\n")
            os.unlink(os.path.join(folder, f"file-{count - KEPT}"))


def check_log(folder, prefix="file"):
    with open(os.path.join(folder, "log")) as file:
        text = file.read()
    if text and not text.endswith("\n"):
        yield f"{prefix}: the last line of the log is not whole"
    lines = text.split()
    expected = 0
    named = set()
    for line in lines:
        if line[0] == "+":
            expected += 1
            if int(line[1:]) != expected:
                yield f"{prefix}: the log has {line} where +{expected} is due"
                return
            named.add(expected)
        else:
            named.discard(int(line[1:]))
    for count in sorted(named):
        try:
            with open(os.path.join(folder, f"{prefix}-{count}"), "rb") as file:
                if file.read() != content(count):
                    yield f"{prefix}-{count} is named in the log but has another content"
        except FileNotFoundError:
            yield f"{prefix}-{count} is named in the log but isn't there"
    for name in os.listdir(folder):
        if name.startswith(prefix + "-") and int(name[len(prefix) + 1 :]) > expected + 1:
            yield f"{name} is there but the log ends at {expected}"


# Files copied by a program that lives for a moment; the log names the copies.


def write_spawn(folder):
    log = os.open(os.path.join(folder, "log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    ready(folder)
    count = 0
    while True:
        count += 1
        source = os.path.join(folder, "source")
        with open(source, "wb") as file:
            file.write(content(count))
        subprocess.run(["cp", source, os.path.join(folder, f"copy-{count}")], check=True)
        note(log, f"+{count}\n")
        if count > KEPT:
            note(log, f"-{count - KEPT}\n")
            subprocess.run(["rm", os.path.join(folder, f"copy-{count - KEPT}")], check=True)


def check_spawn(folder):
    yield from check_log(folder, "copy")


# A database in WAL mode whose accounts always add up.

ACCOUNTS = 200
TOTAL = ACCOUNTS * 1000


def write_sqlite(folder):
    database = sqlite3.connect(os.path.join(folder, "bank.db"), isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=NORMAL")
    database.execute("CREATE TABLE account(id INTEGER PRIMARY KEY, balance INTEGER, note BLOB)")
    database.execute("CREATE TABLE moved(id INTEGER PRIMARY KEY, amount INTEGER)")
    database.execute("BEGIN")
    for account in range(ACCOUNTS):
        database.execute("INSERT INTO account VALUES(?, 1000, ?)", (account, os.urandom(400)))
    database.execute("COMMIT")
    ready(folder)
    choose = random.Random(1)
    count = 0
    while True:
        count += 1
        amount = choose.randrange(100)
        database.execute("BEGIN IMMEDIATE")
        for account, change in ((choose.randrange(ACCOUNTS), -amount), (choose.randrange(ACCOUNTS), amount)):
            database.execute(
                "UPDATE account SET balance = balance + ?, note = ? WHERE id = ?",
                (change, os.urandom(400), account),
            )
        database.execute("INSERT INTO moved VALUES(?, ?)", (count, amount))
        database.execute("COMMIT")


def check_sqlite(folder):
    try:
        database = sqlite3.connect(os.path.join(folder, "bank.db"))
        verdict = database.execute("PRAGMA integrity_check").fetchall()
        if verdict != [("ok",)]:
            yield f"sqlite: {verdict[:3]}"
        total = database.execute("SELECT sum(balance) FROM account").fetchone()[0]
        if total != TOTAL:
            yield f"sqlite: the balances add up to {total}, not {TOTAL}"
        count, newest = database.execute("SELECT count(*), max(id) FROM moved").fetchone()
        if count != (newest or 0):
            yield f"sqlite: {count} movements up to number {newest}"
        database.close()
    except sqlite3.Error as error:
        yield f"sqlite: {error}"


# A file that is always whole: written under another name and renamed; then its number is noted.


def write_rename(folder):
    noted = os.open(os.path.join(folder, "generation"), os.O_RDWR | os.O_CREAT)
    target = os.path.join(folder, "current")
    ready(folder)
    count = 0
    while True:
        count += 1
        with open(target + ".new", "wb") as file:
            file.write(number(count) * BLOCK)
        os.rename(target + ".new", target)
        os.pwrite(noted, number(count), 0)


def check_rename(folder):
    noted = read_number(os.path.join(folder, "generation"))
    path = os.path.join(folder, "current")
    if not os.path.exists(path):
        if noted > 0:
            yield f"rename: generation {noted} is noted, but there is no file"
        return
    with open(path, "rb") as file:
        data = file.read()
    count = read_number(path)
    if data != number(count) * BLOCK:
        yield f"rename: generation {count} isn't whole: {len(data)} bytes"
    if not noted <= count <= noted + 1:
        yield f"rename: generation {noted} is noted, but {count} is there"


# Names in two subvolumes, always the first before the second, changed without an open file.


def write_across(folder):
    for name in "ab":
        part = os.path.join(folder, name)
        subprocess.run(["btrfs", "-q", "subvolume", "create", part], check=True)
        os.mkdir(os.path.join(part, "0"))
    ready(folder)
    count = 0
    while True:
        for name in "ab":
            part = os.path.join(folder, name)
            os.rename(os.path.join(part, str(count)), os.path.join(part, str(count + 1)))
        count += 1


def check_across(folder):
    names = [os.listdir(os.path.join(folder, part)) for part in "ab"]
    if [len(found) for found in names] != [1, 1]:
        yield f"across: {names}"
        return
    first, second = (int(found[0]) for found in names)
    if not second <= first <= second + 1:
        yield f"across: {first} in the first, {second} in the second"


# One file on each of several file systems that are mounted at folders, always in the same order.

PARTS = "abc"


def write_volumes(folder):
    files = [os.open(os.path.join(folder, part, "file"), os.O_RDWR | os.O_CREAT) for part in PARTS]
    ready(folder)
    count = 0
    while True:
        count += 1
        for file in files:
            os.pwrite(file, number(count) * (8 * BLOCK // 8), 0)


def check_volumes(folder):
    found = []
    for part in PARTS:
        with open(os.path.join(folder, part, "file"), "rb") as file:
            data = file.read()
        if data != data[:8] * (8 * BLOCK // 8):
            yield f"volumes: {part} has parts of several writes"
        found.append(struct.unpack("<Q", data[:8])[0] if data else 0)
    if not (found == sorted(found, reverse=True) and found[0] - found[-1] <= 1):
        yield f"volumes: {found}"


def main():
    action, kind, folder = sys.argv[1:]
    if action == "write":
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        globals()[f"write_{kind}"](folder)
    else:
        for violation in globals()[f"check_{kind}"](folder):
            print(violation)


main()
