"""Prints all that a backup must bring back of a folder, a line for each path: describe_tree.py FOLDER"""

import hashlib
import os
import stat
import sys

top = os.fsencode(sys.argv[1])
names = {}


def content(path, size):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        descriptor, position = file.fileno(), 0
        while position < size:
            try:
                start = os.lseek(descriptor, position, os.SEEK_DATA)
            except OSError:
                break
            end = os.lseek(descriptor, start, os.SEEK_HOLE)
            os.lseek(descriptor, start, os.SEEK_SET)
            while start < end:
                block = os.read(descriptor, min(1 << 20, end - start))
                # Only what isn't zero counts, with its place: a hole and zeros are the same.
                for offset in range(0, len(block), 4096):
                    page = block[offset:offset + 4096]
                    if page.strip(b"\0"):
                        digest.update(b"%d" % (start + offset) + page.rstrip(b"\0"))
                start += len(block)
            position = end
    return digest.hexdigest()


def describe(path, name):
    found = os.lstat(path)
    parts = [name, "%o" % found.st_mode, found.st_uid, found.st_gid, found.st_mtime_ns]
    if stat.S_ISREG(found.st_mode):
        parts += [found.st_size, found.st_nlink, content(path, found.st_size)]
        if found.st_nlink > 1:
            parts.append(names.setdefault((found.st_dev, found.st_ino), name))
    if stat.S_ISLNK(found.st_mode):
        parts.append(os.readlink(path))
    if stat.S_ISBLK(found.st_mode) or stat.S_ISCHR(found.st_mode):
        parts.append(found.st_rdev)
    for attribute in sorted(os.listxattr(path, follow_symlinks=False)):
        parts.append((attribute, os.getxattr(path, attribute, follow_symlinks=False)))
    print(*map(repr, parts))


def walk(path, name):
    describe(path, name)
    if stat.S_ISDIR(os.lstat(path).st_mode):
        for entry in sorted(os.listdir(path)):
            walk(os.path.join(path, entry), os.path.join(name, entry))


walk(top, b".")
