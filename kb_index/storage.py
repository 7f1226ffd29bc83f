"""Index folders on disk: written whole or not at all, checked byte for byte before anything reads them.

<root>/<kb>/CURRENT                  the version that serves
<root>/<kb>/<kb_version>/manifest.json, manifest.sha256, and the files that the manifest lists
<root>/<kb>/.building-*              a build under way, or what a crash left of one; never read
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

FORMAT = 6
CURRENT = "CURRENT"
MANIFEST = "manifest.json"
MANIFEST_CHECKSUM = "manifest.sha256"
VERSIONS_KEPT = 3
MOST_KEPT = 50  # however often articles change

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_BUILDING = ".building-"


class IndexUnusable(Exception):
    """There is no index, or it is damaged, or it was made for another encoder; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index folder says about itself."""

    kb_version: str
    encoder_version: str
    checksums: Mapping[str, str]  # sha256 by file name


def checked_name(name: str) -> str:
    """Return `name` if it may be a folder's: lower-case letters, digits and hyphens.

    Raises:
        ValueError: it may not.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a name of lower-case letters, digits and hyphens: {name!r}")
    return name


def current_version(root: Path, kb: str) -> str:
    """Return the version that `CURRENT` names.

    Raises:
        IndexUnusable: no index was published, or the pointer is damaged.
    """
    path = root / checked_name(kb) / CURRENT
    try:
        return checked_name(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise IndexUnusable(f"{path}: {error}") from error


def read_index(folder: Path) -> tuple[Manifest, dict[str, bytes]]:
    """Read an index folder into memory; what is returned is exactly what was checked.

    Raises:
        IndexUnusable: a file is missing, or one byte of it differs from what was written.
    """
    try:
        raw = (folder / MANIFEST).read_bytes()
        if hashlib.sha256(raw).hexdigest().encode() != (folder / MANIFEST_CHECKSUM).read_bytes():
            raise IndexUnusable(f"{folder / MANIFEST}: checksum differs")
        fields = json.loads(raw)
        if fields["format"] != FORMAT:
            raise IndexUnusable(f"{folder}: format {fields['format']!r}, this program reads {FORMAT}")
        manifest = Manifest(fields["kb_version"], fields["encoder_version"], fields["checksums"])
        contents = {name: (folder / checked_file(name)).read_bytes() for name in manifest.checksums}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexUnusable(f"{folder}: {error}") from error
    for name, content in contents.items():
        if hashlib.sha256(content).hexdigest() != manifest.checksums[name]:
            raise IndexUnusable(f"{folder / name}: checksum differs from the manifest's")
    return manifest, contents


def checked_file(name: str) -> str:
    """Return a file's name if it stays inside its folder.

    Raises:
        ValueError: it does not.
    """
    if not re.fullmatch(r"[a-z0-9_]+\.[a-z0-9]+", name):
        raise ValueError(f"not a file of an index: {name!r}")
    return name


def is_whole(folder: Path) -> bool:
    """Say whether an index folder is there and undamaged."""
    try:
        read_index(folder)
    except IndexUnusable:
        return False
    return True


@contextmanager
def building(root: Path, kb: str) -> Iterator[Path]:
    """Hold the one right to build for a knowledge base; give its folder, cleared of what crashes left."""
    folder = root / checked_name(kb)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        for left in folder.glob(f"{_BUILDING}*"):
            shutil.rmtree(left, ignore_errors=True)
        yield folder


def write_index(
    folder: Path,
    manifest: Mapping[str, object],
    contents: Mapping[str, bytes],
    reached: Callable[[str], None] = lambda _: None,
) -> None:
    """Write the folder of a version beside the others: into a new folder, to the disk, then into place in one step.

    Args:
        folder: the knowledge base's folder, held by `building`.
        manifest: `kb_version`, `encoder_version` and whatever else is worth telling.
        contents: every file's bytes by name.
        reached: told the name of each step as it is done.
    """
    work = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=folder))
    try:
        for name, content in contents.items():
            write_durably(work / checked_file(name), content)
            reached(name)
        checksums = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
        raw = json.dumps({"format": FORMAT, **manifest, "checksums": checksums}, indent=1).encode() + b"\n"
        write_durably(work / MANIFEST, raw)
        write_durably(work / MANIFEST_CHECKSUM, hashlib.sha256(raw).hexdigest().encode())
        sync_folder(work)
        reached(MANIFEST)
        target = folder / checked_name(str(manifest["kb_version"]))
        if target.exists():  # a damaged one: a whole one would not be built again
            target.rename(work.with_name(work.name + "-damaged"))
        work.rename(target)
        sync_folder(folder)
        reached("rename")
    finally:
        shutil.rmtree(work, ignore_errors=True)
        shutil.rmtree(work.with_name(work.name + "-damaged"), ignore_errors=True)


def publish(root: Path, kb: str, version: str, *, kept_s: float = 0.0) -> None:
    """Let a version serve, by replacing `CURRENT` in one step; then drop versions older than the newest few.

    Args:
        root: where the indexes of all knowledge bases are.
        kb: the knowledge base's slug.
        version: which.
        kept_s: a version that served is kept for so many seconds more, to say later what was answered then; at most
            `MOST_KEPT` are.

    Raises:
        IndexUnusable: the version is missing or damaged; what served goes on serving.
    """
    folder = root / checked_name(kb)
    read_index(folder / checked_name(version))
    _note_end(folder)
    pointer = folder / f"{_BUILDING}current"
    write_durably(pointer, version.encode() + b"\n")
    pointer.replace(folder / CURRENT)
    sync_folder(folder)
    others = [
        path for path in folder.iterdir() if path.is_dir() and _NAME.fullmatch(path.name) and path.name != version
    ]
    newest = sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)
    now = time.time()
    for place, old in enumerate(newest, start=1):
        recent = place < MOST_KEPT and now - old.stat().st_mtime < kept_s
        if place >= VERSIONS_KEPT and not recent:
            shutil.rmtree(old, ignore_errors=True)


def _note_end(folder: Path) -> None:
    """Stamp the version that served so far with the time at which it ended."""
    with contextlib.suppress(OSError, ValueError):
        os.utime(folder / checked_name((folder / CURRENT).read_text(encoding="ascii").strip()))


def drop_others(root: Path, kb: str) -> None:
    """Remove every version but the one that serves.

    Raises:
        IndexUnusable: none serves.
    """
    serving = current_version(root, kb)
    for path in (root / kb).iterdir():
        if path.is_dir() and _NAME.fullmatch(path.name) and path.name != serving:
            shutil.rmtree(path, ignore_errors=True)


def write_durably(path: Path, content: bytes) -> None:
    """Write a file and wait until the disk has it."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the disk has a folder's list of names."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
