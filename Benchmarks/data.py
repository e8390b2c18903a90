"""The data that is backed up: made once, the same every time where that matters."""

import os
import random
import shutil

MIB = 1 << 20


def binaries(folder, size=512 * MIB):
    """Libraries and programs of this machine, in about 300 files."""
    found = []
    for top in ["/usr/lib", "/usr/bin", "/opt"]:
        for path, _, names in os.walk(top):
            for name in sorted(names):
                file = os.path.join(path, name)
                if not os.path.islink(file) and os.path.isfile(file) and os.path.getsize(file) > MIB // 2:
                    found.append(file)
    random.Random(1).shuffle(found)
    for number, file in enumerate(found):
        if size <= 0:
            break
        part = min(size, os.path.getsize(file), 8 * MIB)
        with open(file, "rb") as source, open(os.path.join(folder, f"{number:04}"), "wb") as copy:
            copy.write(source.read(part))
        size -= part


def noise(folder, files=4, size=256 * MIB):
    """What can't be compressed."""
    for number in range(files):
        with open(os.path.join(folder, str(number)), "wb") as file:
            for _ in range(size // MIB):
                file.write(os.urandom(MIB))


def one_file(folder):
    noise(folder, files=1, size=1024 * MIB)


def mixed(folder):
    """1.5 GiB: half of it binaries, as far as the machine has them, the rest noise."""
    for name, make in [("binaries", binaries), ("noise", noise)]:
        os.makedirs(os.path.join(folder, name))
        make(os.path.join(folder, name))


def small(folder, count=50_000, words_max=1000):
    """Texts of some KiB, a hundred in a folder."""
    source = random.Random(2)
    letters = b"abcdefghijklmnopqrstuvwxyz"
    words = [bytes(source.choices(letters, k=source.randrange(2, 10))) for _ in range(5000)]
    for number in range(count):
        place = os.path.join(folder, f"{number // 100:04}")
        os.makedirs(place, exist_ok=True)
        with open(os.path.join(place, f"{number}.txt"), "wb") as file:
            file.write(b" ".join(source.choices(words, k=source.randrange(5, words_max))))


def many(folder):
    """300,000 files of some hundred bytes."""
    small(folder, count=300_000, words_max=100)


def hundred_thousand(folder):
    """100,000 of them."""
    small(folder, count=100_000, words_max=100)


def tiny(folder):
    """One file."""
    noise(folder, files=1, size=MIB)


def evolving(folder):
    """What changes from day to day: 150 MiB in some thousand files, and one file of 64 MiB."""
    small(folder, count=3000, words_max=20_000)
    with open(os.path.join(folder, "disk.img"), "wb") as file:
        for _ in range(64):
            file.write(os.urandom(MIB))


def evolve(folder):
    """A day later: a twentieth of the files written anew, some more, some gone, some blocks."""
    names = sorted(os.path.join(path, name) for path, _, names in os.walk(folder) for name in names)
    texts = [name for name in names if name.endswith(".txt")]
    for number, file in enumerate(random.sample(texts, len(texts) // 20)):
        with open(file, "rb") as open_file:
            text = open_file.read()
        with open(file, "wb") as open_file:
            open_file.write(os.urandom(200) + text[::-1])
        if number % 3 == 0:
            shutil.copyfile(file, f"{file[:-4]}-{random.randrange(1 << 30)}.txt")
        if number % 10 == 0:
            os.remove(file)
    with open(os.path.join(folder, "disk.img"), "r+b") as file:
        for block in random.sample(range(64 * 256), 300):
            file.seek(block * 4096)
            file.write(os.urandom(4096))


def change_files(folder, count=10):
    """Appends to some of the files."""
    names = [os.path.join(path, name) for path, _, names in os.walk(folder) for name in names]
    for file in random.sample(names, count):
        with open(file, "ab") as open_file:
            open_file.write(os.urandom(16))


def change_blocks(folder, share=0.01):
    """Writes a share of the blocks of each file anew."""
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), "r+b") as file:
            blocks = os.path.getsize(file.name) // 4096
            for block in random.sample(range(blocks), int(blocks * share)):
                file.seek(block * 4096)
                file.write(os.urandom(4096))


def make(maker, place):
    """The folder `place` with what `maker` makes, unless it is there."""
    if not os.path.isdir(place):
        scratch = place + ".new"
        shutil.rmtree(scratch, ignore_errors=True)
        os.makedirs(scratch)
        maker(scratch)
        os.rename(scratch, place)
    return place
