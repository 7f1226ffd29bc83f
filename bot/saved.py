"""Trained parts on disk: arrays without pickle, and a manifest with checksums and the encoder's version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

MANIFEST = "manifest.json"

Arrays = dict[str, npt.NDArray[Any]]


class SavedUnusable(Exception):
    """A trained part is missing, damaged, of another format, or was made with another encoder."""


@dataclass(frozen=True)
class Saved:
    """What one folder holds."""

    arrays: Arrays
    manifest: Mapping[str, Any]


def checksum(path: Path) -> str:
    """Return a file's sha256, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def save_arrays(
    arrays: Arrays, facts: Mapping[str, object], folder: Path, name: str, *, texts: Mapping[str, str] | None = None
) -> None:
    """Write arrays, text files beside them, and the manifest that names facts and checksums.

    Args:
        arrays: none of them of objects.
        facts: goes into the manifest; `encoder_version` must be among them.
        folder: made if it is missing.
        name: file name of the arrays, ending in .npz.
        texts: further files by name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / name, **arrays)
    for other, text in (texts or {}).items():
        (folder / other).write_text(text, encoding="utf-8")
    checksums = {file: checksum(folder / file) for file in (name, *(texts or {}))}
    manifest = {**facts, "checksums": checksums}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def load_arrays(folder: Path, name: str, *, encoder_version: str, written_as: int | None = None) -> Saved:
    """Read what `save_arrays` wrote, once every file fits its checksum.

    Args:
        folder: where it was written.
        name: file name of the arrays.
        encoder_version: of the encoder that will serve; it must be the one of training.
        written_as: the `format` the manifest must name; None asks for none.

    Raises:
        SavedUnusable: see there.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if written_as is not None and (found := manifest.get("format", 1)) != written_as:
            raise SavedUnusable(f"{folder}: format {found!r}, this program reads {written_as}")
        if manifest["encoder_version"] != encoder_version:
            made_with = manifest["encoder_version"]
            raise SavedUnusable(f"{folder}: made with encoder {made_with!r}, asked to serve with {encoder_version!r}")
        for file in {name, *manifest["checksums"]}:
            if Path(file).name != file or checksum(folder / file) != manifest["checksums"][file]:
                raise SavedUnusable(f"{folder / file}: checksum differs from the manifest's")
        with np.load(folder / name, allow_pickle=False) as archive:
            return Saved({key: archive[key] for key in archive.files}, manifest)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SavedUnusable(f"{folder}: {error}") from error
