"""Zips, read in memory and member by member within limits; nothing is ever unpacked to a disk."""

from __future__ import annotations

import io
import lzma
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from api.articles.limits import HIGHEST_RATIO, LARGEST_TOTAL, LARGEST_UPLOAD, MOST_FILES, Refused

UNZIPPING_FAILS = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
    *(NotImplementedError, EOFError, OSError, RuntimeError, ValueError),
)


def is_zip(content: bytes) -> bool:
    """Say whether a file begins as zips do, Office documents included."""
    return content[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def members(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Read a zip's files, in memory.

    Raises:
        Refused: it is damaged, locked, too large, packed too tightly, or holds a name or link that leads elsewhere.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            check_entries(entries)
            read = 0
            for entry in entries:
                if _is_hidden(entry.filename):
                    continue
                with archive.open(entry) as file:
                    inside = file.read(LARGEST_UPLOAD + 1)  # what the directory says of its size is not believed
                read += len(inside)
                if len(inside) > LARGEST_UPLOAD or read > LARGEST_TOTAL:
                    raise Refused("a file in it unpacks to more than it may")
                yield entry.filename, inside
    except UNZIPPING_FAILS as error:
        if isinstance(error, Refused):
            raise
        raise Refused(f"the zip cannot be read: {error}") from error


def check_entries(entries: Sequence[zipfile.ZipInfo]) -> None:
    """Look at a zip's directory before anything is unpacked.

    Raises:
        Refused: too many or too large files, one locked or packed too tightly, or a name or link that leads elsewhere.
    """
    if len(entries) > MOST_FILES:
        raise Refused(f"it holds more than {MOST_FILES} files")
    if sum(entry.file_size for entry in entries) > LARGEST_TOTAL:
        raise Refused(f"it unpacks to more than {LARGEST_TOTAL // 2**20} MB")
    for entry in entries:
        name, mode = entry.filename, entry.external_attr >> 16
        if entry.flag_bits & 1:
            raise Refused("it is locked with a password")
        if mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
            raise Refused(f"{name[:80]!r} is a link or a device")
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\0" in entry.orig_filename:
            raise Refused(f"{name[:80]!r} leads out of the folder")
        if entry.file_size > HIGHEST_RATIO * max(entry.compress_size, 1) and entry.file_size > 100_000:
            raise Refused(f"{name[:80]!r} is packed more tightly than text is")


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)
