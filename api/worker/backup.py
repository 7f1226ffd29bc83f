"""One file with everything an installation cannot make again: database, secrets, models.

Encoder and indexes are left out: they are built again from what is in the file.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath

from sqlalchemy import make_url

from api.processes.places import Places
from api.security.audit import record_audit
from api.settings import Settings
from api.worker.workshop import Workshop

DATABASE = "deskmate.db"
FOLDERS = ("secrets", "models")
REMADE = ("index", "epoch", "deskmate.db-wal", "deskmate.db-shm")  # of the database that was; must not meet the new one


class BackupRefused(Exception):
    """A backup cannot be written or put back; the message says why."""


def write_backup(settings: Settings, places: Places, file: Path) -> int:
    """Write a backup, whole or not at all, and return its size in bytes; nothing has to stop for it.

    Raises:
        BackupRefused: the database is not SQLite's, there is none, or `file` exists.
    """
    database = _database(settings)
    if not database.exists():
        raise BackupRefused(f"There is no database {database}.")
    if file.exists():
        raise BackupRefused(f"{file} exists already.")
    with tempfile.TemporaryDirectory(dir=file.resolve().parent, prefix=".backup-") as name:
        copy, archive = Path(name) / DATABASE, Path(name) / "backup"
        _copy_database(database, copy)
        handle = os.open(archive, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            with tarfile.open(fileobj=out, mode="w:gz", compresslevel=3) as tar:
                tar.add(copy, DATABASE)
                for folder in FOLDERS:
                    if (places.var / folder).is_dir():
                        tar.add(places.var / folder, folder)
            out.flush()
            os.fsync(out.fileno())
        archive.rename(file)
    return file.stat().st_size


def note_backup(workshop: Workshop, file: Path) -> None:
    """Keep in the audit log where a backup lies: whoever erases a customer is told that it holds them still."""
    where, now = str(file.resolve()), workshop.clock.now()
    workshop.store.write_sync(lambda session: record_audit(session, "cli", "backup", at=now, subject=where))


def read_backup(settings: Settings, places: Places, file: Path, *, replace: bool) -> None:
    """Put a backup in place of what is in `var`.

    Args:
        settings: names the database.
        places: the installation.
        file: from `write_backup`.
        replace: whether an installation that is there may be replaced.

    Raises:
        BackupRefused: it runs, it is there and may not be replaced, or the file is no whole backup; nothing changed.
    """
    database = _database(settings)
    if database.exists() and not replace:
        raise BackupRefused(f"There is a database in {places.var} already; --replace puts the backup in its place.")
    with _not_running(places), tempfile.TemporaryDirectory(dir=places.var, prefix=".restore-") as name:
        folder = Path(name)
        _unpack(file, folder)
        for remade in REMADE:
            _remove(places.var / remade)
        for part in FOLDERS:
            _remove(places.var / part)
            if (folder / part).is_dir():
                (folder / part).rename(places.var / part)
        (folder / DATABASE).replace(database)


def _database(settings: Settings) -> Path:
    url = make_url(settings.database)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise BackupRefused("This installation uses PostgreSQL: use pg_dump, and copy var/secrets and var/models.")
    return Path(url.database)


def _copy_database(source: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as one,
        closing(sqlite3.connect(target)) as other,
    ):
        one.backup(other)
    _check_database(target)


def _check_database(path: Path) -> None:
    try:
        with closing(sqlite3.connect(path)) as connection:
            verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise BackupRefused(f"The database in the file is damaged: {error}.") from error
    if verdict != "ok":
        raise BackupRefused(f"The database in the file is damaged: {verdict}.")


def _unpack(file: Path, folder: Path) -> None:
    try:
        with tarfile.open(file, "r:gz") as tar:
            for member in tar:
                first = PurePosixPath(member.name).parts[0]
                if first not in {DATABASE, *FOLDERS} or not (member.isfile() or member.isdir()):
                    raise BackupRefused(f"{file} is no backup of Deskmate: it holds {member.name!r}.")
                tar.extract(member, folder, filter="data")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise BackupRefused(f"{file} is no whole backup: {error}.") from error
    if not (folder / DATABASE).is_file():
        raise BackupRefused(f"{file} holds no database.")
    _check_database(folder / DATABASE)
    for secret in (folder / "secrets").glob("*"):
        secret.chmod(0o600)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def _not_running(places: Places) -> Iterator[None]:
    with (places.run / "up.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BackupRefused(f"Deskmate runs with {places.var}: end it first.") from error
        yield
