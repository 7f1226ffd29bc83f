"""Backup and restore: everything an installation cannot make again, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.context import places, read_settings, say, workshop


def backup(file: Annotated[Path, typer.Argument(help="The new file; it will hold secrets.")]) -> None:
    """Write database, secrets and models into one file, while chats go on."""
    from api.worker.backup import note_backup, write_backup

    settings = read_settings()
    size = write_backup(settings, places(settings), file)
    note_backup(workshop(settings), file)
    say(f"{file}: {size / 1_000_000:.1f} MB. It holds secrets: keep it where nobody else reads.")


def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="As `backup` wrote it.")],
    replace: Annotated[bool, typer.Option("--replace", help="Replace an installation that is there.")] = False,
) -> None:
    """Put a backup into the folder of this installation, which must not be running."""
    from api.worker.backup import read_backup
    from api.worker.erase import erase_again

    settings = read_settings()
    read_backup(settings, places(settings), file, replace=replace)
    if erased := erase_again(workshop(settings)):
        say(f"{erased} conversations of erased customers were in it and are erased again.")
    say("Restored. The next `deskmate up` builds the indexes anew; clients fetch everything again.")
