"""Puts a model that was trained elsewhere into an installation (`DESKMATE_VAR_DIR`).

usage: python -m tests.adopt_model FOLDER [--as-candidate]
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from sqlalchemy.orm import Session

from api.cli.context import workshop
from api.store.tables import Model
from api.worker import models
from api.worker.promote import move_pointer


def main(trained: Path, *, candidate: bool) -> None:
    """Sign it, and let it serve unless it is only a candidate."""
    shop = workshop()
    copy = shop.places.var / "adopted"
    shutil.copytree(trained, copy, ignore=shutil.ignore_patterns(".done", "snapshot"))
    manifest = models.install(shop.places, copy)
    version = str(manifest["model_version"])

    def register(session: Session) -> None:
        session.add(Model(version=version, manifest=dict(manifest), created_at=shop.clock.now()))
        session.flush()
        if not candidate:
            move_pointer(session, shop, version, None, "test")

    shop.store.write_sync(register)
    shop.store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), candidate="--as-candidate" in sys.argv)
