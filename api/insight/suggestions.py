"""What agents did with the suggestions they saw, counted by question."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from api.insight.cases import Case, Offered
from api.insight.refs import Ref


def _questions(case: Case, holds: Callable[[list[Offered]], bool]) -> Iterator[Ref]:
    """Return the questions whose suggestions an agent saw, and of these the ones for which something holds."""
    sets: dict[str, list[Offered]] = {}
    for one in case.offered:
        if one.displayed or one.sent or one.dismissed:
            sets.setdefault(one.set_id, []).append(one)
    for seen in sets.values():
        if holds(seen):
            yield Ref(case.conversation_id, seen[0].message_id)


def offered(case: Case, _now: datetime) -> Iterator[Ref]:
    """Questions for which an agent saw suggestions."""
    return _questions(case, lambda seen: True)  # noqa: ARG005


def used(case: Case, _now: datetime) -> Iterator[Ref]:
    """Those that were answered with one of them."""
    return _questions(case, lambda seen: any(one.sent for one in seen))


def used_as_is(case: Case, _now: datetime) -> Iterator[Ref]:
    """Those that were answered with one of them, word for word."""
    return _questions(case, lambda seen: any(one.sent and not one.reworded for one in seen))


def dismissed(case: Case, _now: datetime) -> Iterator[Ref]:
    """Those whose suggestions were put aside."""
    return _questions(case, lambda seen: any(one.dismissed for one in seen) and not any(one.sent for one in seen))
