"""Changes a btrfs below a directory at random: churn.py DIRECTORY SEED COUNT"""

import fcntl, mmap, os, random, stat, subprocess, sys

root, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
chance = random.Random(seed)
FICLONE = 0x40049409


def entries():
    """All paths, directories and others; the tops of nested subvolumes are directories too."""
    directories, others = [root], []
    for folder, names, files in os.walk(root):
        for name in names + files:
            path = os.path.join(folder, name)
            kind = directories if stat.S_ISDIR(os.lstat(path).st_mode) else others
            kind.append(path)
    directories.sort()
    others.sort()
    return directories, others


def name():
    # Few names, so that what is removed is often made again.
    return "n%d" % chance.randrange(25)


def content():
    return chance.randbytes(chance.choice([0, 10, 1000, 3000, 9000]))


def opened(path, mode="wb"):
    if os.path.exists(path) and not os.path.isfile(path):
        raise OSError("opening a fifo would wait")
    return open(path, mode)


def write(path, mode="wb"):
    with opened(path, mode) as file:
        file.write(content())


def regular(others):
    files = [path for path in others if stat.S_ISREG(os.lstat(path).st_mode)]
    return chance.choice(files)


def store_mapped(others):
    with open(regular(others), "r+b") as file:
        size = os.fstat(file.fileno()).st_size
        with mmap.mmap(file.fileno(), size) as mapping:
            mapping[chance.randrange(size)] = chance.randrange(256)


def reflink(directories, others):
    with open(regular(others), "rb") as source:
        with opened(os.path.join(chance.choice(directories), name())) as target:
            fcntl.ioctl(target, FICLONE, source.fileno())


def remove(directories):
    path = chance.choice(directories[1:])
    if os.stat(path).st_ino == 256:
        subprocess.run(["btrfs", "-q", "subvolume", "delete", path], check=False, stderr=-3)
    else:
        subprocess.run(["rm", "-rf", path], check=False, stderr=-3)


def attribute(path):
    key = "user.k%d" % chance.randrange(3)
    if chance.random() < 0.4:
        os.removexattr(path, key, follow_symlinks=False)
    else:
        os.setxattr(path, key, chance.randbytes(20), follow_symlinks=False)


def keep_times(path):
    """Content that changes while size and modification time stay."""
    before = os.lstat(path)
    with open(path, "r+b") as file:
        file.seek(before.st_size // 2)
        file.write(b"#")
        file.truncate(before.st_size)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def rename(directories, others, exchange=False):
    source = chance.choice(directories[1:] + others)
    target = os.path.join(chance.choice(directories), name())
    os.rename(source, target)


def change(directories, others):
    anything = lambda: chance.choice(directories + others)
    place = lambda: os.path.join(chance.choice(directories), name())
    chance.choice(
        [
            lambda: write(place()),
            lambda: write(place(), "xb"),
            lambda: write(place(), "xb"),
            lambda: write(place(), "xb"),
            lambda: write(regular(others), "ab"),
            lambda: write(regular(others), "r+b"),
            lambda: os.mkdir(place()),
            lambda: os.mkdir(place()),
            lambda: os.makedirs(os.path.join(place(), name(), name())),
            lambda: os.symlink(name(), place()),
            lambda: os.link(regular(others), place(), follow_symlinks=False),
            lambda: os.mkfifo(place()),
            lambda: os.unlink(chance.choice(others)),
            lambda: rename(directories, others),
            lambda: rename(directories, others),
            lambda: chance.random() < 0.3 and remove(directories),
            lambda: os.truncate(regular(others), chance.randrange(50000)),
            lambda: store_mapped(others),
            lambda: keep_times(regular(others)),
            lambda: reflink(directories, others),
            lambda: os.chmod(anything(), chance.choice([0o700, 0o755, 0o4711]) ),
            lambda: os.lchown(anything(), chance.randrange(3), chance.randrange(3)),
            lambda: attribute(anything()),
            lambda: os.utime(anything(), (0, chance.randrange(10**9)), follow_symlinks=False),
            lambda: subprocess.run(
                ["btrfs", "property", "set", regular(others), "compression", "zstd"],
                check=True, stderr=-3,
            ),
            lambda: subprocess.run(
                ["btrfs", "-q", "filesystem", "defragment", regular(others)], stderr=-3, check=True
            ),
            lambda: chance.random() < 0.3
            and subprocess.run(
                ["btrfs", "-q", "subvolume", "create", place()], check=True, stdout=-3, stderr=-3
            ),
        ]
    )()


done = 0
while done < count:
    directories, others = entries()
    # What can't be done here and now is no change.
    try:
        change(directories, others)
        done += 1
    except (OSError, ValueError, IndexError, subprocess.CalledProcessError):
        pass
