"""Golden dialogues: whole conversations that have to go as they are written down (`data/dialogues.yml`)."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from api.worker.training_data import TrainingDataInvalid, read_yaml
from api.worker.trial import ASK

FILE = "dialogues.yml"
OUTCOMES = ("answer", "clarify", "form", "response", "fallback", "queue")  # of a message, as customers meet them
NOTHING = "nothing"  # what a form that is filled asks for
SEARCHED = frozenset({"answer", "clarify", "fallback"})  # outcomes of what is looked up


@dataclass(frozen=True, slots=True)
class Came:
    """What came of one line of a customer; what is None was not looked at, or not there.

    Attributes:
        outcome: one of `OUTCOMES`.
        intent: what the message was taken for.
        article: id of the article that was quoted.
        asks: the detail the bot's form asks for next; `NOTHING` without one.
        offers: whether a person was offered.
        upset: whether the customer was taken for upset.
    """

    outcome: str | None = None
    intent: str | None = None
    article: str | None = None
    asks: str | None = None
    offers: bool | None = None
    upset: bool | None = None

    def differs(self, came: Came) -> tuple[Came, Came] | None:
        """Return what was expected and what came instead, only where the two differ; None where all is as it should."""
        names = [field.name for field in fields(self)]
        wrong = [n for n in names if getattr(self, n) is not None and getattr(self, n) != getattr(came, n)]
        if not wrong:
            return None
        expected, instead = ({n: getattr(one, n) for n in wrong} for one in (self, came))
        return Came(**expected), Came(**instead)

    def as_json(self) -> dict[str, Any]:
        """Return what is known."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @property
    def line(self) -> str:
        """Say it in a few words."""
        told = [f"{name} {_word(value)}" for name, value in self.as_json().items()]
        return ", ".join(told) or "nothing"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the customer, and what has to come of it."""

    text: str
    pressed: bool  # whether it is the title of a button of the bot's last line
    expected: Came


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A conversation from its first line."""

    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Derailed:
    """Where a dialogue first goes otherwise than written.

    Attributes:
        dialogue: its name.
        number: of the customer's line, from 1.
        text: the line.
        meant: the intent it should be taken for; None where that is not written.
        expected: what should have come, as far as it did not.
        came: what came instead.
    """

    dialogue: str
    number: int
    text: str
    meant: str | None
    expected: Came
    came: Came

    @property
    def line(self) -> str:
        """Say it in one line."""
        return (
            f"the golden dialogue “{self.dialogue}” goes wrong at line {self.number}, “{self.text}”: "
            f"expected {self.expected.line}, came {self.came.line}"
        )

    def as_json(self) -> dict[str, Any]:
        """Return it as the model's comparison keeps it."""
        return {
            "dialogue": self.dialogue,
            "line": self.number,
            "text": self.text,
            "expected": self.expected.as_json(),
            "came": self.came.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Played:
    """How the golden dialogues went with the candidate, and with the serving model where that had to be asked.

    Attributes:
        dialogues: how many were played.
        lost: what goes wrong with the candidate and goes right with the serving model.
        wrong_before: what goes wrong with both; nothing to hold against the candidate.
        problem: why they could not be played; empty when they were.
    """

    dialogues: int = 0
    lost: tuple[Derailed, ...] = ()
    wrong_before: tuple[Derailed, ...] = ()
    problem: str = ""

    @property
    def reasons(self) -> list[str]:
        """What speaks against the candidate, one line each."""
        unplayed = [f"the golden dialogues could not be played: {self.problem}"] if self.problem else []
        return [*unplayed, *(one.line for one in self.lost)]

    def as_json(self) -> dict[str, Any]:
        """Return it as the model's comparison keeps it."""
        return {
            "cases": self.dialogues,
            "lost": [one.as_json() for one in self.lost],
            "wrong_before": [one.as_json() for one in self.wrong_before],
            "problem": self.problem,
        }


def derailed(dialogue: Dialogue, came: Sequence[Came]) -> Derailed | None:
    """Return where a dialogue first went wrong, or None; lines after that prove nothing.

    Args:
        dialogue: as it has to go.
        came: what came of its lines, in order; fewer when a button that was to be pressed was not there.
    """
    for number, line in enumerate(dialogue.lines, start=1):
        missing = Came(outcome="no such button") if line.pressed else Came(outcome="no answer")
        found = line.expected.differs(came[number - 1]) if number <= len(came) else (line.expected, missing)
        if found is not None:
            meant = line.expected.intent or (ASK if line.expected.outcome in SEARCHED else None)
            return Derailed(dialogue.name, number, line.text, meant, *found)
    return None


def read_dialogues(data: Path) -> list[Dialogue]:
    """Read the golden dialogues of `data/`, in order; none when there is no such file.

    Raises:
        TrainingDataInvalid: the file is not in the format it describes itself.
    """
    path = data / FILE
    if not path.exists():
        return []
    content = read_yaml(path)
    if not isinstance(content, list):
        raise TrainingDataInvalid(f"{path}: wants a list of dialogues")
    dialogues = [dialogue_of(entry, str(path)) for entry in content]
    names = [one.name for one in dialogues]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise TrainingDataInvalid(f"{path}: two dialogues are called {twice[0]!r}")
    return dialogues


def dialogue_of(entry: Any, where: str) -> Dialogue:
    """Read one dialogue.

    Args:
        entry: as in the file.
        where: for the message of what is raised.

    Raises:
        TrainingDataInvalid: it is in another form.
    """
    if not isinstance(entry, Mapping) or set(entry) != {"dialogue", "lines"} or not isinstance(entry["lines"], list):
        raise TrainingDataInvalid(f"{where}: a dialogue wants 'dialogue' (its name) and 'lines', nothing else")
    name = " ".join(str(entry["dialogue"]).split())
    lines = tuple(_line(line, f"{where}: {name}") for line in entry["lines"])
    if not name or not lines:
        raise TrainingDataInvalid(f"{where}: {name!r} has no name or no lines")
    return Dialogue(name, lines)


def entry_of(line: Line) -> dict[str, Any]:
    """Return a line as the file has it."""
    return {"presses" if line.pressed else "says": line.text, **line.expected.as_json()}


def dialogue_file(data: Path, stored: Sequence[Dialogue]) -> dict[str, str | None]:
    """Return the file's new text by its path under `data/`, with what is stored besides below its own; or nothing."""
    known = {one.name for one in read_dialogues(data)}
    fresh = [one for one in stored if one.name not in known]
    if not fresh:
        return {}
    path = data / FILE
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    return {FILE: before + "".join(map(_text_of, fresh))}


def _text_of(dialogue: Dialogue) -> str:
    quoted = functools.partial(json.dumps, ensure_ascii=False)
    lines = (", ".join(f"{name}: {quoted(value)}" for name, value in entry_of(line).items()) for line in dialogue.lines)
    return f"- dialogue: {quoted(dialogue.name)}\n  lines:\n" + "".join(f"    - {{{line}}}\n" for line in lines)


def _line(entry: Any, where: str) -> Line:
    given: Mapping[str, Any] = entry if isinstance(entry, Mapping) else {}
    expected = {field.name: given[field.name] for field in fields(Came) if field.name in given}
    said = [name for name in ("says", "presses") if name in given]
    if len(said) != 1 or set(given) - set(expected) - set(said):
        raise TrainingDataInvalid(f"{where}: a line wants 'says' or 'presses', and what is expected: {_names()}")
    if expected.get("outcome") not in OUTCOMES:
        raise TrainingDataInvalid(
            f"{where}: 'outcome' is one of {', '.join(OUTCOMES)}, not {expected.get('outcome')!r}"
        )
    for name, value in expected.items():
        if not isinstance(value, bool if name in {"offers", "upset"} else str):
            raise TrainingDataInvalid(f"{where}: {name!r} cannot be {value!r}")
    return Line(" ".join(str(given[said[0]]).split()), said[0] == "presses", Came(**expected))


def _names() -> str:
    return ", ".join(field.name for field in fields(Came))


def _word(value: str | bool) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
