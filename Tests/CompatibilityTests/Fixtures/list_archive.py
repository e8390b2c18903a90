"""Prints all that a tar or zip archive holds, a line for each entry: list_archive.py ARCHIVE"""

import hashlib
import sys
import tarfile
import zipfile

archive = sys.argv[1]


def digest(content):
    return hashlib.sha256(content).hexdigest()


if zipfile.is_zipfile(archive):
    with zipfile.ZipFile(archive) as opened:
        for entry in opened.infolist():
            mode = entry.external_attr >> 16
            # The DOS time is local, the real one is in an extra field: both must be the same.
            print(repr(entry.filename), "%o" % mode, entry.file_size, digest(opened.read(entry)))
else:
    with tarfile.open(archive) as opened:
        for entry in opened:
            content = digest(opened.extractfile(entry).read()) if entry.isreg() else ""
            extra = {key: value for key, value in entry.pax_headers.items() if key.startswith("SCHILY")}
            for key in [key for key in extra if key.startswith("SCHILY.acl.")]:
                # Entries of an access list are set apart in two ways, and stand in any order.
                extra[key] = sorted(extra[key].replace(",", "\n").split())
            print(repr(entry.name), entry.type, "%o" % entry.mode, entry.uid, entry.gid, repr(entry.uname),
                  repr(entry.gname), entry.size, entry.mtime, repr(entry.linkname), content, sorted(extra.items()))
