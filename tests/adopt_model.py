"""Makes a model that was trained elsewhere the serving model of a new installation (`DESKMATE_VAR_DIR`)."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from api.cli.context import workshop
from api.store.tables import Model
from api.worker import models
from api.worker.promote import move_pointer


def main(trained: Path) -> None:
    shop = workshop()
    copy = shop.places.var / "adopted"
    shutil.copytree(trained, copy, ignore=shutil.ignore_patterns(".done", "snapshot"))
    manifest = models.install(shop.places, copy)
    version = str(manifest["model_version"])

    def register(session) -> None:
        session.add(Model(version=version, manifest=manifest, created_at=shop.clock.now()))
        session.flush()
        move_pointer(session, shop, version, None, "test")

    shop.store.write_sync(register)
    shop.store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
