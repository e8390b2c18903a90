"""Changes a folder at random, the same way every time: change_tree.py FOLDER ROUND

Round 0 fills it. Every time is a whole second, because restic's archives hold no others.
"""

import os
import random
import shutil
import sys

top, turn = os.fsencode(sys.argv[1]), int(sys.argv[2])
chance = random.Random(turn + 1)
tree, special = os.path.join(top, b"tree"), os.path.join(top, b"special")
names = [b"a", b"B.txt", b"c d", b"\xc3\xa4.TXT", b"raw\xff\xfe", b"line\nbreak", b'"quoted"', b"x" * 120]


def content():
    size = chance.choice([0, 0, 1, 100, 5000, 5000, 300_000, 9_000_000])
    return chance.randbytes(size) if chance.random() < 0.7 else bytes(size)


def remove(path):
    shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)


def make(path, depth):
    kind = chance.choice(["file", "file", "file", "link", "dir", "copy"])
    if kind == "dir" and depth < 4:
        os.mkdir(path)
        for name in chance.sample(names, chance.randrange(0, 5)):
            make(os.path.join(path, name), depth + 1)
    elif kind == "link":
        os.symlink(chance.choice([b"nowhere", b"../a", b"umlaut \xc3\xa4"]), path)
    else:
        with open(path, "wb") as file:
            file.write(b"the same everywhere" * 1000 if kind == "copy" else content())
    if os.path.islink(path):
        return
    os.chmod(path, chance.choice([0o644, 0o755, 0o600, 0o4711, 0o2750]) if os.path.isfile(path) else 0o1755)
    for attribute in chance.sample([b"user.one", b"user.two"], chance.choice([0, 0, 1, 2])):
        os.setxattr(path, attribute, chance.randbytes(chance.randrange(0, 40)))


def change(folder, depth):
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        what = chance.choice(["keep", "keep", "keep", "remove", "rewrite", "replace", "mode"])
        if os.path.isdir(path) and not os.path.islink(path) and what != "remove":
            change(path, depth + 1)
        elif what == "remove":
            remove(path)
        elif what == "rewrite" and os.path.isfile(path) and not os.path.islink(path):
            with open(path, "r+b") as file:
                file.truncate()
                file.write(content())
        elif what == "replace":
            remove(path)
            make(path, depth)
        elif what == "mode" and not os.path.islink(path):
            os.chmod(path, 0o640)
    for name in chance.sample(names, 3):
        if not os.path.lexists(os.path.join(folder, name)):
            make(os.path.join(folder, name), depth)


def settle(path):
    if os.geteuid() == 0 and chance.random() < 0.3:
        mode = os.lstat(path).st_mode
        os.chown(path, chance.choice([0, 1, 1234]), 5678, follow_symlinks=False)
        if not os.path.islink(path):
            os.chmod(path, mode & 0o7777)
    if os.path.isdir(path) and not os.path.islink(path):
        for name in sorted(os.listdir(path)):
            settle(os.path.join(path, name))
    moment = 1_600_000_000 + chance.randrange(0, 100_000_000)
    os.utime(path, (moment, moment), follow_symlinks=False)


if turn == 0:
    for folder in [tree, special]:
        os.mkdir(folder)
    os.mkfifo(os.path.join(special, b"fifo"), 0o640)
    for name in names:
        make(os.path.join(tree, name), 0)
    for name in [b"linked", b"linked too"]:
        path = os.path.join(tree, name)
        if name == b"linked":
            with open(path, "wb") as file:
                file.write(b"one content, two names")
        else:
            os.link(os.path.join(tree, b"linked"), path)
else:
    change(tree, 0)
settle(tree)
