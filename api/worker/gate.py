"""The gate: everything a candidate is measured by, and whether it may serve.

A candidate is refused when it is worse than the serving model beyond chance on held-out examples or on the shop's own
questions, when it misses a golden message, when a golden dialogue goes wrong that went right, or when its
cross-validated accuracy fell by more than noise. The refusal names what got worse and which new labels are the likely
cause.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.worker.answers import Known, reached
from api.worker.blame import Suspect, Vectors, suspects
from api.worker.compare import MOST_SHOWN, Change, Comparison, Labelled, compare
from api.worker.dialogues import Played
from api.worker.golden import Golden, misunderstood, objections
from api.worker.own_report import OwnReport, fallen
from api.worker.training_data import Example
from api.worker.trial import Routes, Trial, meant_by, plain, taken_for

MOST_REASONS = 8  # golden messages, and dialogues, named in the refusal; the rest is in the comparison
UNTOLD = OwnReport()
UNPLAYED = Played()


@dataclass(frozen=True, slots=True)
class Material:
    """What both models are asked about.

    Attributes:
        held_out: examples neither was trained on.
        golden: what every model must understand.
        questions: the shop's own, which the search answers rightly.
        new: training examples the serving model has not seen.
    """

    held_out: Sequence[Example]
    golden: Sequence[Golden]
    questions: Sequence[Known]
    new: Sequence[Example]

    def texts(self) -> list[str]:
        """Return every message both models have to be asked."""
        held_out = [plain(example.text) for example in self.held_out]
        return [*held_out, *(one.text for one in self.golden), *(one.text for one in self.questions)]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A candidate beside the serving model, and what speaks against it."""

    intents: Comparison
    answers: Comparison | None
    golden_cases: int
    golden_wrong: Mapping[Golden, str]
    dialogues: Played
    own: tuple[OwnReport, OwnReport]  # the candidate's, the serving model's
    suspects: Sequence[Suspect]
    reasons: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the candidate may serve without anybody taking the responsibility."""
        return not self.reasons

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as the job and the model store it."""
        candidate, current = (one.as_json() for one in self.own)
        return {
            **self.intents.as_json(),
            "answers": None if self.answers is None else self.answers.as_json(),
            "golden": {
                "cases": self.golden_cases,
                "wrong": [{"text": m.text, "label": m.intent, "now": taken} for m, taken in self.golden_wrong.items()],
            },
            "dialogues": self.dialogues.as_json(),
            "cross_validation": {"candidate": candidate["intents"], "current": current["intents"]},
            "frustration": {
                side: {"candidate": candidate[side], "current": current[side]} for side in ("upset", "calm")
            },
            "suspects": [
                {"text": plain(one.example.text), "label": one.example.intent, "broke": list(one.broke[:MOST_SHOWN])}
                for one in self.suspects
            ],
            "gate": {"passed": self.passed, "reasons": list(self.reasons)},
        }


def judge(
    material: Material,
    candidate: Trial,
    current: Trial | None,
    *,
    routes: Routes,
    vectors: Vectors,
    played: Played = UNPLAYED,
    own: tuple[OwnReport, OwnReport] = (UNTOLD, UNTOLD),
) -> Verdict:
    """Compare a candidate with the serving model.

    Args:
        material: what both were asked.
        candidate: the new model's guesses.
        current: the serving model's; None when none serves.
        routes: where each intent leads.
        vectors: encodes messages, to find the labels that lie behind what broke.
        played: how the golden dialogues went.
        own: what the candidate's and the serving model's training found out about themselves.
    """
    examples = [Example(meant_by(one.intent, routes), plain(one.text)) for one in material.held_out]
    before = None if current is None else _taken(current, examples, routes)
    intents = compare(examples, _taken(candidate, examples, routes), before)
    answers = None
    if material.questions and current is not None:
        asked = [question.example for question in material.questions]
        new, old = (Labelled(t.model_version, reached(t, material.questions, routes)) for t in (candidate, current))
        answers = compare(asked, new, old)
    wrong = misunderstood(candidate, material.golden, routes)
    wrong_before = None if current is None else misunderstood(current, material.golden, routes)
    blamed: list[Suspect] = []
    reasons = [*intents.reasons]
    if answers is not None:
        reasons += [f"of the shop's own questions: {reason}" for reason in answers.reasons]
    reasons += objections(wrong, wrong_before)[:MOST_REASONS]
    reasons += played.reasons[:MOST_REASONS]
    reasons += fallen(*own)
    if reasons:
        broken = [*intents.broken, *(answers.broken if answers else ()), *_lost(played, routes)]
        blamed = suspects(broken, [_meaning(one, routes) for one in material.new], vectors)
        reasons += [f"{one.line}" for one in blamed[:3]]
    return Verdict(intents, answers, len(material.golden), wrong, played, own, tuple(blamed), tuple(reasons))


def _taken(trial: Trial, examples: Sequence[Example], routes: Routes) -> Labelled:
    labels = (taken_for(trial.guesses[example.text], routes) for example in examples)
    return Labelled(trial.model_version, tuple(labels))


def _lost(played: Played, routes: Routes) -> list[Change]:
    """Return the lines at which dialogues go wrong now, as far as it is written what they mean."""
    return [
        Change(one.text, meant_by(one.meant, routes), meant_by(one.meant, routes), one.came.intent or "")
        for one in played.lost
        if one.meant is not None
    ]


def _meaning(example: Example, routes: Routes) -> Example:
    return Example(meant_by(example.intent, routes), example.text)
