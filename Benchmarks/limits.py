"""What the machine needs at least for the same bytes: the libraries at work on every core, one step
after the other, with nothing between them.

    limits.py store|restore|check FOLDER SCRATCH

prints seconds. It is a program of its own: what Linux says of a program's peak memory is never less
than what the one that started it had.
"""

import hashlib
import multiprocessing
import os
import sys
import time

import zstandard
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.poly1305 import Poly1305

CHUNK = 1 << 20
# One chunk in so many is tried.
SHARE = 4
KEY = bytes(32)


def read(chunk, scratch):
    with open(os.path.join(scratch, f"limit-{os.getpid()}"), "r+b", buffering=0) as file:
        file.read(len(chunk.stored))


def sha256_of_stored(chunk, scratch):
    hashlib.sha256(chunk.stored).digest()


def sha256(chunk, scratch):
    hashlib.sha256(chunk.plain).digest()


def aes(chunk, scratch):
    Cipher(algorithms.AES(KEY), modes.CTR(bytes(16))).encryptor().update(chunk.stored)


def poly1305(chunk, scratch):
    Poly1305.generate_tag(KEY, chunk.stored)


def unzstd(chunk, scratch):
    if chunk.stored is not chunk.plain:
        zstandard.ZstdDecompressor().decompress(chunk.stored, max_output_size=len(chunk.plain))


def write(chunk, scratch):
    with open(os.path.join(scratch, f"limit-{os.getpid()}"), "ab", buffering=0) as file:
        file.write(chunk.plain)


def write_durably(chunk, scratch):
    with open(os.path.join(scratch, f"limit-{os.getpid()}"), "ab", buffering=0) as file:
        file.write(chunk.stored)
        # As large as a pack.
        if file.tell() % (16 * CHUNK) < len(chunk.stored):
            os.fsync(file.fileno())


STEPS = {
    "store": [read, sha256, poly1305, aes, sha256_of_stored, write_durably],
    "restore": [read, poly1305, aes, unzstd, sha256, write],
    "check": [read, sha256_of_stored, poly1305, aes, unzstd, sha256],
}


class Chunk:
    """A piece of a file and what it is in a pack."""

    def __init__(self, plain):
        self.plain = plain
        packed = zstandard.ZstdCompressor(level=3).compress(plain)
        self.stored = packed if len(packed) < len(plain) else plain


def chunks(folder):
    paths = [os.path.join(path, name) for path, _, names in os.walk(folder) for name in names]
    number = 0
    for path in sorted(paths):
        with open(path, "rb") as file:
            while plain := file.read(CHUNK):
                if number % SHARE == 0:
                    yield Chunk(plain)
                number += 1


def work(step, mine, scratch, begin):
    own = os.path.join(scratch, f"limit-{os.getpid()}")
    with open(own, "wb") as file:
        if step is read:
            file.write(bytes(CHUNK))
    begin.wait()
    for chunk in mine:
        step(chunk, scratch)
    begin.wait()
    os.unlink(own)


def seconds(steps, folder, scratch):
    """How long `steps` take for all files in `folder`, with every core busy."""
    cores = os.cpu_count()
    found = list(chunks(folder))
    total = 0
    for step in steps:
        begin = multiprocessing.Barrier(cores + 1)
        parts = [found[core::cores] for core in range(cores)]
        workers = [
            multiprocessing.Process(target=work, args=(step, part, scratch, begin)) for part in parts
        ]
        for worker in workers:
            worker.start()
        begin.wait()
        start = time.monotonic()
        begin.wait()
        total += time.monotonic() - start
        for worker in workers:
            worker.join()
    return total * SHARE


if __name__ == "__main__":
    print(seconds(STEPS[sys.argv[1]], sys.argv[2], sys.argv[3]))
