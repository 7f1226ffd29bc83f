"""The installation's secrets in `var/secrets/`: made at first start, for their owner alone, never an example."""

from __future__ import annotations

import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

SECRET_BYTES = 32
SHORTEST = 32  # characters; shorter ones can be guessed offline from one signed token
NAMES = ("internal", "signing", "identity")
# Words of keys that documentation and examples print, and people then paste.
EXAMPLE_WORDS = (
    "example",
    "change",
    "secret",
    "password",
    "replace",
    "your-",
    "your_",
    "insert",
    "placeholder",
    "0123456789abcdef",
)


class SecretUnusable(Exception):
    """A secret is missing, too short, an example, or readable by others; the message names the file and the way out."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The three keys of one installation."""

    internal: str = field(repr=False)  # bearer of the calls between our own processes
    signing: str = field(repr=False)  # signs model manifests
    identity: str = field(repr=False)  # the host site signs customers' identities with it


def ensure_secrets(folder: Path) -> Secrets:
    """Read the secrets in `folder`, making those that are missing.

    Raises:
        SecretUnusable: one may not be used; nothing is repaired silently, because something else may hold the old key.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return Secrets(**{name: ensure_secret(folder / name) for name in NAMES})


def ensure_secret(path: Path) -> str:
    """Return the secret in `path`, making a random one, 0600, when there is no file.

    Raises:
        SecretUnusable: as `read_secret`.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return read_secret(path)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(SECRET_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return read_secret(path)


def read_secret(path: Path) -> str:
    """Return the secret in `path`.

    Raises:
        SecretUnusable: the file is missing, readable by others, or holds a short or example key.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretUnusable(f"cannot read the secret {path}: {error}") from error
    if mode & 0o077:
        raise SecretUnusable(f"{path} can be read by other users (mode {mode:03o}): run chmod 600 {path}")
    check_secret(text, name=str(path))
    return text


def check_secret(text: str, *, name: str) -> None:
    """Refuse a key that is short or comes from an example.

    Raises:
        SecretUnusable: with the name of the key, never the key itself.
    """
    folded = text.casefold()
    if len(text) < SHORTEST or len(set(text)) < 8:
        raise SecretUnusable(f"{name} is too short or too plain to be a secret: delete the file and start again")
    if any(word in folded for word in EXAMPLE_WORDS):
        raise SecretUnusable(f"{name} holds an example key: delete the file and start again")
