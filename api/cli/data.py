"""Between the database and `data/`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.context import say, workshop

app = typer.Typer(help="Move between the database and its reviewable text form, data/.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="The text form's folder.")]


@app.command("diff")
def show_diff(folder: Folder = Path("data")) -> None:
    """Show what an export would change."""
    from api.worker.exchange import changes, diff

    text = diff(workshop().store.read_sync(lambda session: changes(session, folder)), folder)
    typer.echo(text, nl=False)
    if not text:
        say("The database and the folder say the same.")


@app.command("export")
def write_out(folder: Folder = Path("data")) -> None:
    """Write what the database says into the folder; files that say the same keep their bytes."""
    from api.security.audit import record_audit
    from api.worker.exchange import changes, export

    shop = workshop()
    what = shop.store.read_sync(lambda session: changes(session, folder))
    export(what, folder)
    now, details = shop.clock.now(), {"files": len(what)}
    shop.store.write_sync(lambda session: record_audit(session, "cli", "export_data", at=now, details=details))
    for path in what:
        say(f"  {path}")
    say(f"{len(what)} files changed.")


@app.command("import")
def read_in_folder(
    folder: Folder = Path("data"),
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask after the diff.")] = False,
    preview: Annotated[bool, typer.Option("--preview", help="Only show what would change.")] = False,
) -> None:
    """Make the database say what the folder says, after showing the diff; articles keep their earlier wordings."""
    from api.worker.exchange import changes, import_diff, read_in
    from api.worker.seed import read_seed

    shop = workshop()
    seed = read_seed(folder)
    text = import_diff(shop.store.read_sync(lambda session: changes(session, folder)), folder)
    if not text:
        say("The database and the folder say the same.")
        return
    typer.echo(text, nl=False)
    if preview or not (yes or typer.confirm("Change the database like this?")):
        say("Nothing was changed.")
        return
    counts = shop.store.write_sync(lambda session: read_in(session, seed, by="cli", now=shop.clock.now()))
    say(", ".join(f"{count} {kind}" for kind, count in counts.items()) + " changed.")
    if counts["articles"]:
        say("The index follows when the worker runs, or by: deskmate index")
    if counts["examples"] or counts["intents"]:
        say("To teach the bot: deskmate train")
