"""What a model's training found out about itself, on examples left out of it, as far as the gate compares it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

NOISE_DEVIATIONS = 2.0  # standard errors by which a share may fall: 1 in 40 refusals of an equal model
LEAST_VARIANCE = 1e-4  # of one case; all right of a few is no certainty


@dataclass(frozen=True, slots=True)
class Share:
    """How often a model was right about examples it was not shown."""

    examples: int
    accuracy: float  # in [0, 1]

    @classmethod
    def of(cls, right: int, wrong: int) -> Share | None:
        """Return the share of the right ones; None of nothing."""
        return cls(right + wrong, right / (right + wrong)) if right + wrong else None


@dataclass(frozen=True, slots=True)
class OwnReport:
    """One model about itself; what its report does not tell is None.

    Attributes:
        intents: examples given the right intent.
        upset: frustrated messages that are noticed.
        calm: calm messages that are left alone.
    """

    intents: Share | None = None
    upset: Share | None = None
    calm: Share | None = None

    @classmethod
    def read(cls, report: Mapping[str, Any] | None) -> OwnReport:
        """Read it from a training report; empty without one."""
        crossed = (report or {}).get("cross_validation") or {}
        intents = None
        if crossed.get("examples") and crossed.get("accuracy") is not None:
            intents = Share(int(crossed["examples"]), float(crossed["accuracy"]))
        counted = ((report or {}).get("frustration") or {}).get("confusion") or {}
        noticed, missed = int(counted.get("noticed", 0)), int(counted.get("missed", 0))
        left, alarms = int(counted.get("left_alone", 0)), int(counted.get("false_alarms", 0))
        return cls(intents, Share.of(noticed, missed), Share.of(left, alarms))

    def as_json(self) -> dict[str, Any]:
        """Return the three shares, each None or its examples and accuracy."""
        return asdict(self)


def fallen(candidate: OwnReport, current: OwnReport) -> list[str]:
    """Say which shares fell by more than noise; what only one of the two tells is not compared."""
    named = (
        ("cross-validated accuracy", candidate.intents, current.intents),
        ("the share of frustrated messages that are noticed", candidate.upset, current.upset),
        ("the share of calm messages that are left alone", candidate.calm, current.calm),
    )
    return [
        f"{name} fell from {old.accuracy:.1%} to {new.accuracy:.1%}"
        for name, new, old in named
        if new is not None and old is not None and _fell(new, old)
    ]


def _fell(new: Share, old: Share) -> bool:
    """Compare two shares by a normal approximation of their difference."""
    variance = sum(max(one.accuracy * (1 - one.accuracy), LEAST_VARIANCE) / one.examples for one in (new, old))
    return old.accuracy - new.accuracy > NOISE_DEVIATIONS * sqrt(variance)
