"""The epoch: a random word that says which history of the database clients have seen.

It is kept in the database and beside it. After a restore of either one the two differ, and a new epoch tells every
client to forget what it has and to fetch the conversation again.
"""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy.orm import Session

from api.store.database import Store
from api.store.ids import new_id
from api.store.tables import Meta

KEY = "epoch"


def ensure_epoch(store: Store, var_dir: Path) -> str:
    """Return the epoch; a new one, written to both places, unless both hold the same."""
    file = var_dir / "epoch"
    beside = file.read_text("utf-8").strip() if file.exists() else None
    kept = store.read_sync(_read)
    if kept and kept == beside:
        return kept
    epoch = new_id()
    _write_file(file, epoch)  # a crash between the two leaves them different, so the next start makes another
    store.write_sync(lambda session: _write(session, epoch))
    return epoch


def _read(session: Session) -> str | None:
    row = session.get(Meta, KEY)
    return row.value if row else None


def _write(session: Session, epoch: str) -> None:
    session.merge(Meta(key=KEY, value=epoch))


def _write_file(file: Path, epoch: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name("epoch.new")
    with draft.open("w", encoding="utf-8") as out:
        out.write(epoch + "\n")
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)
