"""The commands that run things, and where all commands meet."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from api.cli import data, evaluate, keep, models, people, privacy
from api.cli.context import read_settings, run_job, say, workshop
from api.cli.problems import line_for

app = typer.Typer(
    name="deskmate",
    help="Customer support with one source of answers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(data.app, name="data")
app.add_typer(models.app, name="model")
app.add_typer(people.agents, name="agent")
app.add_typer(people.tokens, name="token")
app.add_typer(people.identity, name="identity")
app.add_typer(privacy.app, name="privacy")
app.add_typer(privacy.audit, name="audit")
app.command("backup")(keep.backup)
app.command("restore")(keep.restore)

Kb = Annotated[str, typer.Option("--kb", help="The knowledge base's slug.")]


def main() -> None:
    """Run the command line; what a person can mend is one line, without a traceback."""
    try:
        app()
    except Exception as error:
        line = line_for(error)
        if line is None:
            raise
        sys.stderr.write(f"deskmate: {line}\n")
        sys.exit(1)


@app.command()
def up() -> None:
    """Set up what is missing and start everything; Ctrl-C ends it."""
    from api.processes.up import run_everything

    sys.exit(run_everything(read_settings(), say))


@app.command()
def prepare() -> None:
    """Set up what is missing, without starting anything: encoder, database, index, first model."""
    from api.cli.prepare import prepare_everything

    prepare_everything(read_settings(), say)


@app.command()
def api() -> None:
    """Serve customers, agents and administrators (started by `up`)."""
    from api.cli.serve import serve_api

    serve_api(read_settings())


@app.command()
def worker() -> None:
    """Do long work and watch Rasa's processes (started by `up`)."""
    from api.cli.serve import serve_worker

    serve_worker(read_settings())


@app.command()
def train(seed: Annotated[int, typer.Option(help="Makes the training repeatable.")] = 42) -> None:
    """Train a candidate from the database and compare it with the model that serves."""
    outcome = run_job(workshop(), "train", {"seed": seed})
    say(f"Candidate {outcome['model_version']}: deskmate model promote {outcome['model_version']}")


@app.command()
def index(
    kb: Kb = "main",
    show: Annotated[bool, typer.Option("--list", help="Only list the versions that are kept.")] = False,
    rollback: Annotated[bool, typer.Option("--rollback", help="Let the version serve again that did before.")] = False,
    version: Annotated[str, typer.Option("--version", help="Let this kept version serve.")] = "",
    reason: Annotated[str, typer.Option(help="Why, for an index that answers worse; it is logged.")] = "",
) -> None:
    """Rebuild a knowledge base's index from the articles in the database, or go back to an earlier one."""
    from api.worker.versions import roll_back_index, serve_version, versions_of_index

    shop = workshop()
    if show:
        for one in versions_of_index(shop, kb):
            say(f"{one.kb_version}  {one.created_at}  {one.articles} articles{'  serves' if one.serves else ''}")
        return
    if rollback or version:
        if version:
            serve_version(shop, kb, version, actor="cli", deed="serve_index", reason=reason)
        say(f"Index {version or roll_back_index(shop, kb, actor='cli')} of {kb} serves.")
        return
    outcome = run_job(shop, "index", {"kb": kb, **({"reason": reason} if reason else {})})
    say(f"Index {outcome['kb_version']} of {kb}")


@app.command("import")
def import_articles(
    source: Annotated[
        str, typer.Argument(help="A folder, a web address, or a Markdown, HTML, text, CSV, PDF, Word or zip file.")
    ],
    kb: Kb = "main",
    preview: Annotated[bool, typer.Option("--preview", help="Only show what would change.")] = False,
    draft: Annotated[bool, typer.Option("--draft", help="Keep them for administrators until published.")] = False,
    sitemap: Annotated[bool, typer.Option("--sitemap", help="The address is a sitemap: take its pages.")] = False,
) -> None:
    """Import articles into a knowledge base, made if it is new, and build its index."""
    from api.worker.imports import import_from, preview_of, source_of

    shop, named = workshop(), source_of(source, sitemap=sitemap)
    if preview:
        say(preview_of(shop, named, kb))
        return
    count = import_from(shop, named, kb, draft=draft)
    for name, why in count.refused.items():
        say(f"  not read: {name}: {why}")
    say(f"{count.read} articles read, {count.changed} new or changed in {kb}.")
    if draft:
        return
    outcome = run_job(shop, "index", {"kb": kb})
    say(f"Index {outcome['kb_version']} of {kb}")
