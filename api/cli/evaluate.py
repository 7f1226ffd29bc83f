"""Figures on labelled files, with no service running."""

from __future__ import annotations

import json
import subprocess
import sys
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from api.cli.context import places, read_settings, say, workshop
from api.cli.problems import Problem

app = typer.Typer(help="Measure on labelled files; no service needs to run.", no_args_is_help=True)

In = Annotated[Path, typer.Option(exists=True, dir_okay=False)]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False)]
Out = Annotated[Path, typer.Option(dir_okay=False)]


class Answer(str, Enum):
    """Which text of the best passage is shown as the answer."""

    ours = "ours"
    whole = "whole"
    sentence = "sentence"


class Task(str, Enum):
    """What a file of predictions is about."""

    retrieval = "retrieval"
    intents = "intents"
    frustration = "frustration"


class Split(str, Enum):
    """Which labelled questions are asked; the index calibrates itself on those of dev."""

    test = "test"
    dev = "dev"
    all = "all"


@app.command()
def retrieval(documents: In, queries: In, output: Out, answer: Answer = Answer.ours) -> None:
    """Rank documents for queries by the search customers get."""
    from kb_index.evaluate import main as evaluate_main

    options = ["--documents", documents, "--queries", queries, "--output", output, "--answer", answer.value]
    status = evaluate_main(["retrieval", *map(str, options), "--encoder", str(ready_encoder())])
    if status != 0:
        raise typer.Exit(status)


@app.command()
def intents(train: In, test: In, output: Out) -> None:
    """Train the bot's intent classifier on one file and label another."""
    _in_bot("intents", "--train", train, "--test", test, "--output", output)


@app.command()
def frustration(turns: In, output: Out) -> None:
    """Score frustration, turn by turn."""
    _in_bot("frustration", "--turns", turns, "--output", output)


@app.command()
def score(task: Task, gold: File, predicted: File, budget: float = 0.05) -> None:
    """Compare predictions with labels; prints one JSON object."""
    from api.evaluation.score import score_frustration, score_intents, score_retrieval
    from kb_index.lines import read_lines

    labelled, said = read_lines(gold), read_lines(predicted)
    if task is Task.retrieval:
        figures = score_retrieval(labelled, said, budget=budget)
    elif task is Task.intents:
        figures = score_intents(labelled, said)
    else:
        figures = score_frustration(labelled, said)
    say(json.dumps(figures, indent=1))


@app.command()
def calibrators(documents: In, queries: In) -> None:
    """Compare the shipped calibrator with one fitted to the other half of the documents; prints one JSON object."""
    from kb_index.calibrators import as_json, compare
    from kb_index.encoder import Encoder
    from kb_index.evaluate import show_progress, show_warning

    encoder = Encoder.load(ready_encoder())
    try:
        found = compare(documents, queries, encoder, warn=show_warning, progress=show_progress)
    except (ValueError, KeyError) as error:
        raise Problem(str(error)) from error
    typer.echo(err=True)
    say(json.dumps(as_json(found), indent=1))


@app.command()
def shop(
    questions: Annotated[Path, typer.Option(exists=True, dir_okay=False)] = Path("data/questions.jsonl"),
    split: Annotated[str, typer.Option(help="dev or test")] = "test",
    kb: Annotated[str, typer.Option("--kb")] = "main",
) -> None:
    """Ask the built index a file of labelled questions; prints one JSON object."""
    from api.evaluation.score import score_retrieval
    from api.evaluation.shop import ask_questions
    from kb_index.lines import read_lines

    asked = [line for line in read_lines(questions) if line.get("split") == split]
    if not asked:
        raise Problem(f"{questions} has no question of the split {split!r}.")
    say(json.dumps(score_retrieval(asked, ask_questions(places(), asked, kb=kb)), indent=1))


@app.command()
def suggestions(
    conversations: In = Path("data/conversations.jsonl"),
    kb: Annotated[str, typer.Option("--kb")] = "main",
) -> None:
    """Say how often agents are offered the right article in conversations of several turns; prints one JSON object."""
    from api.evaluation.shop import ask_questions
    from api.evaluation.suggestions import figures_of, questions_of
    from kb_index.encoder import EncoderUnusable
    from kb_index.lines import read_lines
    from kb_index.search import IndexUnusable

    asked = list(questions_of(read_lines(conversations)))
    try:
        rankings = ask_questions(places(), asked, kb=kb)
    except (IndexUnusable, EncoderUnusable) as error:
        raise Problem(f"{error}. Run: deskmate index --kb {kb}") from error
    say(json.dumps(figures_of(asked, rankings), indent=1))


@app.command("kb")
def knowledge_base(
    kb: Annotated[str, typer.Option("--kb")] = "main",
    split: Annotated[Split, typer.Option(help="Which of the labelled questions.")] = Split.test,
    questions: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A file instead of the company's own questions.")
    ] = None,
) -> None:
    """Report how good a knowledge base's answers are: a page with plots, and JSON beside it."""
    from api.evaluation.quality import from_lines, labelled_questions, write_report
    from kb_index.encoder import EncoderUnusable
    from kb_index.evaluate import show_progress
    from kb_index.lines import read_lines
    from kb_index.search import IndexUnusable

    if questions is not None:
        asked = from_lines(read_lines(questions), split.value)
    else:
        asked = workshop().store.read_sync(lambda session: labelled_questions(session, kb, split.value))
    try:
        report, page = write_report(places(), asked, kb=kb, progress=show_progress)
    except (IndexUnusable, EncoderUnusable) as error:
        raise Problem(f"{error}. Run: deskmate index --kb {kb}") from error
    typer.echo(err=True)
    for name, figure in report.figures.items():
        shown = "no such question" if figure is None else f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"
        say(f"{name:<26}{shown}")
    say(str(page))


def ready_encoder() -> Path:
    """Return the folder of the exported encoder, exporting it first where it is missing."""
    from kb_index.encoder import EncoderUnusable, check_files, read_manifest

    found = places()
    try:
        check_files(found.encoder, read_manifest(found.encoder))
    except EncoderUnusable:
        typer.echo("Exporting the sentence encoder (once, about a minute) ...", err=True)
        command = [sys.executable, "-m", "kb_index.export", "--output", str(found.encoder)]
        if subprocess.run(command, cwd=found.root, check=False).returncode != 0:
            raise Problem("The sentence encoder could not be exported; see above.") from None
    return found.encoder


def _in_bot(what: str, *options: str | Path) -> None:
    from api.processes.launch import bot_environment

    encoder, settings = ready_encoder(), read_settings()
    found = places(settings)
    if not found.bot_python.exists():
        raise Problem(f"The bot's Python environment is missing ({found.bot_python}). Run: make setup")
    absolute = [str(option.resolve()) if isinstance(option, Path) else option for option in options]
    command = [str(found.bot_python), "-m", "bot.evaluate", what, *absolute, "--encoder", str(encoder)]
    status = subprocess.run(command, cwd=found.root, env=bot_environment(settings, found), check=False).returncode
    if status != 0:
        raise typer.Exit(status)
