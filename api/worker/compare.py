"""Is a candidate better than the model that serves? Both label the same held-out examples; a worse one is refused.

The gate is McNemar's exact test on the examples the two disagree about (McNemar 1947,
https://doi.org/10.1007/BF02295996), one-sided: a candidate fails when it broke more than it fixed, and a fair coin
would do so in fewer than 1 of 20 tries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import comb
from typing import Any

from api.worker.training_data import Example

NOISE = 0.05  # chance of refusing a candidate that is just as good
MOST_SHOWN = 50  # changed examples listed in a comparison
WORST_FIRST_MODEL = 0.5  # share right below which even the first model is refused: it learnt nothing useful


@dataclass(frozen=True, slots=True)
class Change:
    """A held-out example the two models disagree about."""

    text: str
    label: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A candidate against the model that serves, on examples neither was trained on."""

    cases: int
    candidate_version: str
    candidate_accuracy: float
    current_version: str | None
    current_accuracy: float | None
    fixed: tuple[Change, ...]
    broken: tuple[Change, ...]
    reasons: tuple[str, ...]  # against the candidate; empty when it passes

    @property
    def passed(self) -> bool:
        """Whether the candidate may be promoted."""
        return not self.reasons

    def as_json(self) -> dict[str, Any]:
        """Return the comparison as the job and the model store it."""
        current = self.current_version and {"model_version": self.current_version, "accuracy": self.current_accuracy}
        return {
            "cases": self.cases,
            "current": current,
            "candidate": {"model_version": self.candidate_version, "accuracy": self.candidate_accuracy},
            "fixed": [asdict(change) for change in self.fixed[:MOST_SHOWN]],
            "broken": [asdict(change) for change in self.broken[:MOST_SHOWN]],
            "gate": {"passed": self.passed, "reasons": list(self.reasons)},
        }


@dataclass(frozen=True, slots=True)
class Labelled:
    """What one model made of the held-out examples, in their order."""

    model_version: str
    labels: tuple[str, ...]


def compare(examples: Sequence[Example], candidate: Labelled, current: Labelled | None) -> Comparison:
    """Compare two models' labels of the same examples.

    Args:
        examples: held-out examples with their true intents.
        candidate: the new model's labels.
        current: the serving model's labels; None when none serves.
    """
    truth = [example.intent for example in examples]
    new = [label == true for label, true in zip(candidate.labels, truth, strict=True)]
    if current is None:
        share = _share(new)
        weak = [f"only {share:.0%} of {len(new)} held-out examples are right"] if share < WORST_FIRST_MODEL else []
        return Comparison(len(new), candidate.model_version, share, None, None, (), (), tuple(weak if new else []))
    old = [label == true for label, true in zip(current.labels, truth, strict=True)]
    changes = [
        (Change(example.text, example.intent, was, now), was_right, now_right)
        for example, was, now, was_right, now_right in zip(
            examples, current.labels, candidate.labels, old, new, strict=True
        )
        if was_right != now_right
    ]
    fixed = tuple(change for change, _, now_right in changes if now_right)
    broken = tuple(change for change, was_right, _ in changes if was_right)
    return Comparison(
        cases=len(truth),
        candidate_version=candidate.model_version,
        candidate_accuracy=_share(new),
        current_version=current.model_version,
        current_accuracy=_share(old),
        fixed=fixed,
        broken=broken,
        reasons=tuple(_reasons(len(fixed), len(broken))),
    )


def chance_of_breaking(fixed: int, broken: int) -> float:
    """Return how likely a fair coin breaks at least `broken` of the `fixed + broken` examples that changed."""
    changed = fixed + broken
    return float(sum(comb(changed, count) for count in range(broken, changed + 1)) / 2**changed)


def _reasons(fixed: int, broken: int) -> list[str]:
    chance = chance_of_breaking(fixed, broken)
    if broken > fixed and chance < NOISE:
        return [
            f"{broken} held-out examples that were right are wrong now, only {fixed} became right "
            f"(chance would do that {chance:.1%} of the time)"
        ]
    return []


def _share(right: Sequence[bool]) -> float:
    return sum(right) / len(right) if right else 0.0
