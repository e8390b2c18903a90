"""Puts an index of many blobs into a repository in restic's format, as if they were stored there."""

import base64
import hashlib
import json
import os

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.poly1305 import Poly1305

BLOBS_IN_FILE = 50_000
BLOBS_IN_PACK = 20


def seal(plain, key):
    """AES-256-CTR and Poly1305-AES, as in restic's design.rst."""
    nonce = os.urandom(16)
    cipher = Cipher(algorithms.AES(base64.b64decode(key["encrypt"])), modes.CTR(nonce)).encryptor()
    sealed = cipher.update(plain) + cipher.finalize()
    block = Cipher(algorithms.AES(base64.b64decode(key["mac"]["k"])), modes.ECB()).encryptor()
    mac_key = base64.b64decode(key["mac"]["r"]) + block.update(nonce)
    return nonce + sealed + Poly1305.generate_tag(mac_key, sealed)


def index_file(count):
    """JSON that names `count` blobs of about 1 MiB that don't exist."""
    ids = os.urandom(32 * count).hex()
    packs = []
    for first in range(0, count, BLOBS_IN_PACK):
        blobs = ",".join(
            '{"id":"%s","type":"data","offset":%d,"length":900000,"uncompressed_length":1000000}'
            % (ids[64 * number : 64 * number + 64], (number - first) * 900_000)
            for number in range(first, min(first + BLOBS_IN_PACK, count))
        )
        packs.append('{"id":"%s","blobs":[%s]}' % (os.urandom(32).hex(), blobs))
    return ('{"packs":[' + ",".join(packs) + "]}").encode()


def fill(repository, key_text, count):
    key = json.loads(key_text)
    for first in range(0, count, BLOBS_IN_FILE):
        sealed = seal(index_file(min(BLOBS_IN_FILE, count - first)), key)
        path = os.path.join(repository, "index", hashlib.sha256(sealed).hexdigest())
        with open(path, "wb") as file:
            file.write(sealed)
