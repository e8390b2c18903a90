"""Makes a folder with every kind of file that a backup must bring back.

    make_tree.py FOLDER [huge] [raw-links]

With "huge" there is a sparse file of more than 4 GiB, with "raw-links" a link whose target is
not UTF-8, which old versions of restic can't store.
"""

import os
import random
import sys

top = os.fsencode(sys.argv[1])


def path(*names):
    return os.path.join(top, *names)


def write(name, data, mode=0o644):
    with open(path(name), "wb") as file:
        file.write(data)
    os.chmod(path(name), mode)


os.makedirs(path(b"sub", b"deep", b"deeper"))
os.makedirs(path(b"empty directory"))
write(b"empty", b"")
write(b"text", b"hello\n" * 1000)
write(b"no rights", b"secret", 0o000)
write(b"set ids", b"#!/bin/sh\n", 0o6755)
write(b"sub/read only", b"x", 0o400)
os.chmod(path(b"sub", b"deep"), 0o1777)

odd = [b"a\xffb", b"new\nline", b'quote"back\\slash', b"<html>&", b"tab\there", b"\xe2\x80\xa8sep",
       b"e\xcc\x81", b"\xc3\xa9", b" leading", b"trailing ", b"-dash", b"*star?", b"\x01\x7f", b"\xed\xa0\x80"]
for number, name in enumerate(odd):
    write(name, b"odd %d" % number)

source = random.Random(7)
for number in range(8):
    write(b"chunks-%d" % number, source.randbytes(source.randrange(1 << 20, 12 << 20)))
write(b"zeros", bytes(3 << 20))

if "huge" in sys.argv:
    with open(path(b"sparse"), "wb") as file:
        file.seek((4 << 30) + 1)
        file.write(b"end")
with open(path(b"holes"), "wb") as file:
    for block in range(6):
        file.seek(block << 20)
        file.write(source.randbytes(4096))

write(b"linked", b"one content, three names")
os.link(path(b"linked"), path(b"linked too"))
os.link(path(b"linked"), path(b"sub", b"linked three"))
os.symlink(b"text", path(b"link"))
os.symlink(b"nowhere/at all", path(b"dangling"))
if "raw-links" in sys.argv:
    os.symlink(b"bad\xff\xfebytes", path(b"link to bytes"))
os.mkfifo(path(b"fifo"), 0o640)
for name, value in [(b"user.plain", b"value"), (b"user.empty", b""), (b"user.bytes", bytes(range(256)))]:
    os.setxattr(path(b"text"), name, value)
os.setxattr(path(b"sub"), b"user.of directory", b"yes")

if os.geteuid() == 0:
    os.mknod(path(b"block device"), 0o060660, os.makedev(7, 300))
    os.mknod(path(b"character device"), 0o020600, os.makedev(1, 3))
    os.chown(path(b"text"), 1234, 5678)
    os.chown(path(b"link"), 65534, 4321, follow_symlinks=False)
    os.setxattr(path(b"text"), b"trusted.stillpoint", b"root only")

times = [(b"text", -1_000_000_000), (b"empty", 0), (b"linked", 1), (b"zeros", 4_102_444_800_123_456_789),
         (b"link", 1_600_000_000_000_000_001), (b"sub", 1_500_000_000_999_999_999),
         (b"empty directory", 1_400_000_000_120_000_000), (b"fifo", 1_300_000_000_000_001_000)]
for name, moment in times:
    os.utime(path(name), ns=(moment, moment), follow_symlinks=False)
