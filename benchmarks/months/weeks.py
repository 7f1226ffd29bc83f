"""What a week came to, asked question by question, and as the line of text it is kept in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Marks = tuple[bool, ...]  # one for each question, in the same order every week


@dataclass(frozen=True, slots=True)
class Week:
    """One week's end.

    Attributes:
        number: 0 before anything was labelled.
        right: which of the answerable test questions are answered rightly.
        understood: which of the held-out examples are taken for what they mean.
        handed_off: which of the test questions end with a person or the offer of one.
        labelled: how many messages were labelled in it.
        refused: why the gate kept a model or an index out, a sentence each; empty when both serve.
    """

    number: int
    right: Marks
    understood: Marks
    handed_off: Marks
    labelled: int = 0
    refused: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """Say everything in one line of JSON: the shares for people, the marks for whoever judges again."""
        shares = {name: round(share(marks), 4) for name, marks in self._marks()}
        marks = {name: "".join("1" if mark else "0" for mark in marks) for name, marks in self._marks()}
        told = {"week": self.number, **shares, "labelled": self.labelled, "refused": list(self.refused), "marks": marks}
        return json.dumps(told, ensure_ascii=False)

    @classmethod
    def read(cls, line: str) -> Week:
        """Return the week of a line.

        Raises:
            ValueError: it is no such line.
        """
        try:
            told: dict[str, Any] = json.loads(line)
            marks = {name: tuple(mark == "1" for mark in told["marks"][name]) for name in MARKED}
            return cls(int(told["week"]), **marks, labelled=int(told["labelled"]), refused=tuple(told["refused"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"no week: {line[:80]}") from error

    def _marks(self) -> list[tuple[str, Marks]]:
        return [(name, getattr(self, name)) for name in MARKED]


MARKED = ("right", "understood", "handed_off")


def share(marks: Sequence[bool]) -> float:
    """Return the share that is marked; 0 of nothing."""
    return sum(marks) / len(marks) if marks else 0.0
