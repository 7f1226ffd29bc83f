"""How customers are served: how long until a reply, in the queue, with people; and what they thought of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from api.insight.cases import Case
from api.insight.endings import HAPPY_STARS
from api.insight.refs import Ref

SPEAKERS = frozenset({"bot", "agent"})


def first_reply(case: Case, _now: datetime) -> Iterator[Ref]:
    """Seconds from the customer's first line to the first of the bot or an agent below it."""
    asked = case.asked[0]
    below = case.lines[case.lines.index(asked) + 1 :]
    reply = next((line for line in below if line.sender in SPEAKERS), None)
    if reply is not None:
        yield Ref(case.conversation_id, asked.message_id, (reply.at - asked.at).total_seconds())


def hand_offs(case: Case, _now: datetime) -> Iterator[Ref]:
    """Each stay with people."""
    for stay in case.stays:
        yield Ref(case.conversation_id, stay.message_id)


def waits(case: Case, _now: datetime) -> Iterator[Ref]:
    """Seconds in the queue of those whom somebody took."""
    for stay in case.stays:
        if stay.taken_at is not None:
            yield Ref(case.conversation_id, stay.message_id, (stay.taken_at - stay.requested_at).total_seconds())


def left(case: Case, _now: datetime) -> Iterator[Ref]:
    """Those who left the queue before anybody came; seconds they had waited."""
    for stay in case.stays:
        if stay.left and stay.ended_at is not None:
            yield Ref(case.conversation_id, stay.message_id, (stay.ended_at - stay.requested_at).total_seconds())


def person_reply(case: Case, _now: datetime) -> Iterator[Ref]:
    """Seconds from the call for a person to an agent's first line."""
    for stay in case.stays:
        said = (line.at for line in case.lines if line.sender == "agent" and line.at >= stay.requested_at)
        if (first := next(said, None)) is not None and (stay.ended_at is None or first <= stay.ended_at):
            yield Ref(case.conversation_id, stay.message_id, (first - stay.requested_at).total_seconds())


def handled(case: Case, _now: datetime) -> Iterator[Ref]:
    """Seconds from an agent's taking to the end of the stay."""
    for stay in case.stays:
        if stay.taken_at is not None and stay.ended_at is not None:
            yield Ref(case.conversation_id, stay.message_id, (stay.ended_at - stay.taken_at).total_seconds())


def rated(case: Case, _now: datetime) -> Iterator[Ref]:
    """Stars."""
    if case.stars is not None:
        yield Ref(case.conversation_id, None, float(case.stars))


def rated_bot(case: Case, now: datetime) -> Iterator[Ref]:
    """Stars of chats with the bot alone."""
    yield from rated(case, now) if not case.stays else ()


def rated_people(case: Case, now: datetime) -> Iterator[Ref]:
    """Stars of chats with people."""
    yield from rated(case, now) if case.stays else ()


def rated_happy(case: Case, now: datetime) -> Iterator[Ref]:
    """Four or five stars."""
    yield from rated(case, now) if (case.stars or 0) >= HAPPY_STARS else ()
