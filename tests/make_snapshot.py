"""Writes what the first training of a new installation reads: `python -m tests.make_snapshot FOLDER`."""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from api.processes.places import ROOT
from api.store.database import Store
from api.store.migrate import migrate
from api.worker.seed import read_seed, sow
from api.worker.snapshot import known, write_snapshot


def main(folder: Path) -> None:
    """Seed a database that is thrown away, and write its snapshot: examples kept back for measuring stay out."""
    with tempfile.TemporaryDirectory() as name:
        store = Store(f"sqlite:///{name}/seed.db")
        migrate(store)
        seed = read_seed(ROOT / "data")
        store.write_sync(lambda session: sow(session, seed, now=datetime.now(UTC)))
        what = store.read_sync(known)
        store.close()
    write_snapshot(ROOT, what, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
