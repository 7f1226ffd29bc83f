"""What a model makes of messages: its guess, and what the customer would then get."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from api.store.tables import Intent
from api.worker import models
from api.worker.child import run_bot
from api.worker.workshop import Workshop

ASK = "ask"  # what a message is taken for when the search is to answer it
SEARCH = "search"
CUT_OFF = 0.5  # of an intent that names none, as in the bot
MARKUP = re.compile(r"\[([^\]\[]+)\](?:\([^)]*\)|\{[^}]*\})")  # of entities in Rasa's examples


@dataclass(frozen=True, slots=True)
class Guess:
    """What a model takes a message for."""

    intent: str
    confidence: float  # calibrated chance that it is right, in [0, 1]


@dataclass(frozen=True, slots=True)
class Route:
    """What happens on an intent."""

    outcome: str  # search | article | form | response | hand_off
    target: str | None
    cut_off: float


Routes = Mapping[str, Route]  # by intent


@dataclass(frozen=True, slots=True)
class Trial:
    """One model's guesses, by message."""

    model_version: str
    guesses: Mapping[str, Guess]


def routes_of(intents: Iterable[Intent]) -> dict[str, Route]:
    """Return where each intent leads."""
    return {
        row.name: Route(row.outcome, row.target, CUT_OFF if row.cut_off is None else row.cut_off) for row in intents
    }


def taken_for(guess: Guess, routes: Routes, *, search_confidence: float | None = None) -> str:
    """Return the intent that decides what the customer gets; `ask` when the search answers.

    The same rule as the bot's own: an intent that does not lead to the search wins from its cut-off on, and only above
    the search's confidence.
    """
    route = routes.get(guess.intent)
    if route is None or route.outcome == SEARCH or guess.confidence < route.cut_off:
        return ASK
    if search_confidence is not None and guess.confidence <= search_confidence:
        return ASK
    return guess.intent


def meant_by(intent: str, routes: Routes) -> str:
    """Return what a message with this intent should be taken for."""
    route = routes.get(intent)
    return ASK if route is None or route.outcome == SEARCH else intent


def plain(text: str) -> str:
    """Return an example as a customer would write it: one line, without the marks of entities."""
    return " ".join(MARKUP.sub(r"\1", text).split())


def ask_model(workshop: Workshop, version: str, texts: Iterable[str], folder: Path) -> Trial:
    """Have a model guess what messages mean, all in one run.

    Args:
        workshop: the installation.
        version: the model.
        texts: messages; each is asked once.
        folder: for the files that go between.

    Raises:
        ModelRefused: its archive may not be loaded.
        JobFailed: it could not be run.
    """
    archive = models.verified_archive(workshop.places, version)
    asked = list(dict.fromkeys(texts))
    if not asked:
        return Trial(version, {})
    tests, output = folder / "messages.jsonl", folder / f"guesses-{version}.jsonl"
    lines = (json.dumps({"text": text}, ensure_ascii=False) for text in asked)
    tests.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    options = ["--model", archive, "--test", tests, "--output", output, "--encoder", workshop.places.encoder]
    log = workshop.places.logs / "training.log"
    run_bot(workshop.settings, workshop.places, ["bot.evaluate", "model", *map(str, options)], log=log)
    return Trial(version, dict(zip(asked, read_guesses(output), strict=True)))


def read_guesses(path: Path) -> list[Guess]:
    """Read what `bot.evaluate` wrote, in order."""
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return [Guess(str(row["label"]), float(row["confidence"])) for row in rows]
