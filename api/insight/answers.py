"""The answers the bot gave: right, wrong or not judged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from api.insight.cases import Case, Offered
from api.insight.refs import Ref


def said_by_bot(case: Case) -> list[Offered]:
    """Return the suggestions the bot said in a conversation, each once, in order."""
    known = {one.suggestion_id: one for one in case.offered}
    said = dict.fromkeys(line.suggestion_id for line in case.lines if line.sender == "bot" and line.suggestion_id)
    return [known[suggestion_id] for suggestion_id in said if suggestion_id in known]


def given(case: Case, _now: datetime) -> Iterator[Ref]:
    """Each answer from an article that the bot gave."""
    for one in said_by_bot(case):
        yield Ref(case.conversation_id, one.message_id)


def judged(case: Case, _now: datetime) -> Iterator[Ref]:
    """Those that the customer or an agent judged; an agent's word counts more."""
    for one in said_by_bot(case):
        if one.wrong is not None:
            yield Ref(case.conversation_id, one.message_id)


def right(case: Case, _now: datetime) -> Iterator[Ref]:
    """Those judged right."""
    for one in said_by_bot(case):
        if one.wrong is False:
            yield Ref(case.conversation_id, one.message_id)


def wrong(case: Case, _now: datetime) -> Iterator[Ref]:
    """Those judged wrong."""
    for one in said_by_bot(case):
        if one.wrong is True:
            yield Ref(case.conversation_id, one.message_id)


def unknown(case: Case, _now: datetime) -> Iterator[Ref]:
    """Those that nobody judged."""
    for one in said_by_bot(case):
        if one.wrong is None:
            yield Ref(case.conversation_id, one.message_id)
