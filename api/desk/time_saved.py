"""How much time suggestions save: chats with them beside the share that went without, with an interval.

Two things are timed: how long a customer waited for each reply of their agent, and how long a chat was with its agent.
The interval is a bootstrap over whole chats (Efron 1979), since the replies of one chat resemble each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store.tables import HandOff, Message

ENOUGH = 5  # chats on either side; with fewer there is a difference but no interval
DRAWS = 4_000
SURE = 0.95


@dataclass(frozen=True, slots=True)
class Handled:
    """One stay with an agent."""

    aided: bool
    reply_s: float | None  # mean time from a customer's line to the agent's next one; None when there was no reply
    handling_s: float | None  # from taking to the end; None while it lasts


@dataclass(frozen=True, slots=True)
class Saved:
    """A mean with suggestions and without, in seconds, and the difference."""

    with_chats: int
    without_chats: int
    with_s: float | None
    without_s: float | None
    saved_s: float | None  # without minus with; None when one side is empty
    low_s: float | None  # of the 95 % interval; None with fewer than five chats on a side
    high_s: float | None


def handled(session: Session, *, since: datetime) -> list[Handled]:
    """Return the stays that were taken since a moment."""
    stays = session.scalars(select(HandOff).where(HandOff.taken_at >= since).order_by(HandOff.id)).all()
    rows = session.execute(
        select(Message.conversation_id, Message.sender, Message.created_at)
        .where(Message.conversation_id.in_({stay.conversation_id for stay in stays}))
        .where(Message.sender.in_(("customer", "agent")))
        .order_by(Message.conversation_id, Message.seq)
    )
    lines: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
    for row in rows:
        lines[row.conversation_id].append((row.sender, row.created_at))
    return [_handled(stay, lines[stay.conversation_id]) for stay in stays]


def saved(measured: Sequence[tuple[bool, float]], *, seed: int = 0) -> Saved:
    """Compare seconds of chats with suggestions and without.

    Args:
        measured: whether a chat had suggestions, and its seconds.
        seed: of the bootstrap; the same seed gives the same interval.
    """
    aided = np.array([seconds for has, seconds in measured if has])
    alone = np.array([seconds for has, seconds in measured if not has])
    low = high = None
    if min(len(aided), len(alone)) >= ENOUGH:
        draw = np.random.default_rng(seed)
        differences = _means(alone, draw) - _means(aided, draw)
        low, high = (float(np.quantile(differences, at)) for at in ((1 - SURE) / 2, (1 + SURE) / 2))
    both = len(aided) > 0 and len(alone) > 0
    return Saved(
        with_chats=len(aided),
        without_chats=len(alone),
        with_s=float(aided.mean()) if len(aided) else None,
        without_s=float(alone.mean()) if len(alone) else None,
        saved_s=float(alone.mean() - aided.mean()) if both else None,
        low_s=low,
        high_s=high,
    )


def _means(seconds: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Return the means of resamples, shape (DRAWS,)."""
    means: np.ndarray = draw.choice(seconds, (DRAWS, len(seconds))).mean(axis=1)
    return means


def _handled(stay: HandOff, lines: Sequence[tuple[str, datetime]]) -> Handled:
    waits: list[float] = []
    asked: datetime | None = None
    for sender, at in lines:
        if stay.taken_at is None or at < stay.taken_at or (stay.ended_at is not None and at > stay.ended_at):
            continue
        if sender == "customer":
            asked = asked or at
        elif asked is not None:
            waits.append((at - asked).total_seconds())
            asked = None
    taken_at, ended_at = stay.taken_at, stay.ended_at
    return Handled(
        aided=stay.aided,
        reply_s=sum(waits) / len(waits) if waits else None,
        handling_s=(ended_at - taken_at).total_seconds() if taken_at and ended_at else None,
    )
