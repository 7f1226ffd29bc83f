"""Trained models on disk: signed when they are made, checked before every load.

A model is a folder `var/models/<model_version>/` with `model.tar.gz`, `manifest.json` and `manifest.sig`. The manifest
holds the archive's SHA-256; the signature is HMAC-SHA256 of the manifest's bytes with the installation's signing key.
So a damaged, half-written or foreign archive is refused before anything unpacks it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import stat
from collections.abc import Mapping
from io import BufferedReader
from pathlib import Path
from typing import Any

from api.processes.places import Places
from api.security.secrets import SecretUnusable, read_secret

ARCHIVE, MANIFEST, SIGNATURE = "model.tar.gz", "manifest.json", "manifest.sig"
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
REPORT = "training_report.json"  # cross-validation, doubtful labels, confusions; for people, never loaded
LARGEST_MANIFEST = 1_000_000  # bytes
LARGEST_REPORT = 20_000_000

Manifest = Mapping[str, Any]


class ModelRefused(Exception):
    """A model may not be loaded; the message says why, for the administrator."""


def install(places: Places, trained: Path) -> Manifest:
    """Sign a freshly trained model and move it among the models, whole or not at all.

    Args:
        places: the installation.
        trained: folder with `model.tar.gz` and `manifest.json`, on the same file system as `var/models`.

    Returns:
        The manifest, which now holds the archive's checksum.

    Raises:
        ModelRefused: there is no usable archive or manifest, or the version exists already.
    """
    manifest = dict(_read_manifest(trained / MANIFEST))
    version = checked_version(str(manifest.get("model_version", "")))
    archive = trained / ARCHIVE
    manifest["archive"] = {"sha256": _sha256(archive), "bytes": archive.stat().st_size}
    text = json.dumps(manifest, indent=2, sort_keys=True).encode()
    (trained / MANIFEST).write_bytes(text)
    (trained / SIGNATURE).write_text(_signature(places, text) + "\n", encoding="ascii")
    home = places.models / version
    if home.exists():
        raise ModelRefused(f"there is a model {version} already")
    for name in (ARCHIVE, MANIFEST, SIGNATURE):
        _flush(trained / name)
    trained.rename(home)
    _flush(places.models)
    return manifest


def verified_manifest(places: Places, version: str) -> Manifest:
    """Return a model's manifest after checking its signature.

    Raises:
        ModelRefused: it is missing, damaged or signed by someone else.
    """
    home = places.models / checked_version(version)
    text = _bytes(home / MANIFEST, LARGEST_MANIFEST)
    signature = _bytes(home / SIGNATURE, 1_000).decode("ascii", "replace").strip()
    if not hmac.compare_digest(signature.encode(), _signature(places, text).encode()):
        raise ModelRefused("the manifest's signature is wrong: it was changed, or made by another installation")
    manifest = _parse(text)
    if manifest.get("model_version") != version:
        raise ModelRefused(f"the manifest is that of {manifest.get('model_version')!r}")
    return manifest


def verified_archive(places: Places, version: str) -> Path:
    """Return the path of a model's archive after checking the manifest's signature and the archive's checksum.

    Raises:
        ModelRefused: as `verified_manifest`, or the archive is not the one the manifest describes.
    """
    manifest = verified_manifest(places, version)
    archive = places.models / version / ARCHIVE
    wanted = manifest.get("archive", {}).get("sha256")
    found = _sha256(archive)
    if wanted != found:
        raise ModelRefused(f"the archive's checksum is {found[:12]}..., the manifest says {str(wanted)[:12]}...")
    return archive


def loadable_archive(places: Places, version: str) -> Path:
    """Return the path of a model's archive if this installation can load it: whole, and made for its encoder.

    Raises:
        ModelRefused: as `verified_archive`, or the model was trained with another encoder than the one installed.
    """
    archive = verified_archive(places, version)
    wanted = verified_manifest(places, version).get("encoder_version")
    installed = _read_manifest(places.encoder / MANIFEST).get("encoder_version")
    if wanted != installed:
        raise ModelRefused(f"it was trained with encoder {wanted}, installed is {installed}")
    return archive


def read_report(places: Places, version: str) -> Mapping[str, Any] | None:
    """Return what a model's training tells of itself, or None when it left no report."""
    try:
        return _parse(_bytes(places.models / checked_version(version) / REPORT, LARGEST_REPORT))
    except ModelRefused:
        return None


def checked_version(version: str) -> str:
    """Return `version` if it can name a model.

    Raises:
        ModelRefused: it cannot, for example because it would lead out of the folder.
    """
    if not VERSION.fullmatch(version) or ".." in version:
        raise ModelRefused(f"{version[:80]!r} is no model version")
    return version


def _read_manifest(path: Path) -> Manifest:
    return _parse(_bytes(path, LARGEST_MANIFEST))


def _parse(text: bytes) -> Manifest:
    try:
        manifest = json.loads(text)
    except ValueError as error:
        raise ModelRefused(f"the manifest is no JSON: {error}") from error
    if not isinstance(manifest, dict):
        raise ModelRefused("the manifest is no JSON object")
    return manifest


def _bytes(path: Path, most: int) -> bytes:
    with _regular(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ModelRefused(f"{path.name} is too large")
    return content


def _sha256(path: Path) -> str:
    with _regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _regular(path: Path) -> BufferedReader:
    """Open a file for reading; a link, a folder or a device is refused, never followed."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise ModelRefused(f"{path.name} cannot be read: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise ModelRefused(f"{path.name} is not a plain file")
    return os.fdopen(handle, "rb")


def _signature(places: Places, text: bytes) -> str:
    try:
        key = read_secret(places.var / "secrets" / "signing")
    except SecretUnusable as error:
        raise ModelRefused(str(error)) from error
    return hmac.new(key.encode(), text, hashlib.sha256).hexdigest()


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
