"""How conversations end: solved by the bot and for how long, with people, unhappy or turned round, and who comes back.

Every conversation is one of five: still open, without a question, with people, solved by the bot, or unsolved.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from api.hand_off.rules import ANGER_AT
from api.insight.cases import SILENCE, Case
from api.insight.refs import Ref

DURABLE = timedelta(days=7)
DEALT_WITH = frozenset({"answer", "form"})
FAILED = frozenset({"fallback", "clarify"})
HAPPY_STARS, UNHAPPY_STARS = 4, 2


def every(case: Case, _now: datetime) -> Iterator[Ref]:
    """Each conversation in which the customer wrote something."""
    yield Ref(case.conversation_id)


def ending(case: Case, now: datetime) -> str:
    """Return which of the five a conversation is.

    Solved by the bot means: no person was ever called; something was answered or a form was filled in; after the last
    of these neither a fallback nor a question back came, the customer did not reject the last answer and did not rate
    the chat with one or two stars; and the chat is over. Silence after an answer therefore counts as solved, which
    `solved_said` and `solved_held` are there to check.
    """
    if case.stays:
        return "with_people"
    if not case.is_over(now):
        return "open"
    outcomes = [line.outcome for line in case.asked if line.outcome]
    dealt = [place for place, outcome in enumerate(outcomes) if outcome in DEALT_WITH]
    if not dealt and not FAILED & set(outcomes):
        return "no_question"
    if not dealt or FAILED & set(outcomes[dealt[-1] :]):
        return "unsolved"
    said = [line.suggestion_id for line in case.lines if line.sender == "bot" and line.suggestion_id]
    last = next((one for one in case.offered if said and one.suggestion_id == said[-1]), None)
    rejected = last is not None and bool(last.wrong)
    return "unsolved" if rejected or (case.stars or HAPPY_STARS) <= UNHAPPY_STARS else "solved"


def still_open(case: Case, now: datetime) -> Iterator[Ref]:
    """With the bot, and the customer wrote within a day."""
    yield from every(case, now) if ending(case, now) == "open" else ()


def no_question(case: Case, now: datetime) -> Iterator[Ref]:
    """Greetings and the like: nothing was asked that an article or a form could have dealt with."""
    yield from every(case, now) if ending(case, now) == "no_question" else ()


def with_people(case: Case, now: datetime) -> Iterator[Ref]:
    """A person was called, whoever did it."""
    yield from every(case, now) if ending(case, now) == "with_people" else ()


def solved(case: Case, now: datetime) -> Iterator[Ref]:
    """Solved by the bot."""
    yield from every(case, now) if ending(case, now) == "solved" else ()


def unsolved(case: Case, now: datetime) -> Iterator[Ref]:
    """The bot failed, and the customer went without a person."""
    yield from every(case, now) if ending(case, now) == "unsolved" else ()


def solved_said(case: Case, now: datetime) -> Iterator[Ref]:
    """Solved, and the customer said so: an answer helped, or four or five stars."""
    said = any(one.helped for one in case.offered) or (case.stars or 0) >= HAPPY_STARS
    yield from solved(case, now) if said else ()


def returned(case: Case) -> bool:
    """Say whether the customer wrote again within seven days of a visit's end, here or in another conversation."""
    again = (later.at - line.at for line, later in pairwise(case.lines) if later.sender == "customer")
    if any(SILENCE <= pause <= DURABLE for pause in again):
        return True
    return any(timedelta() < at - case.last_at <= DURABLE for at in case.others)


def solved_settled(case: Case, now: datetime) -> Iterator[Ref]:
    """Solved, and known whether it lasted: the customer came back, or seven days have passed."""
    known = returned(case) or now - case.last_at >= DURABLE
    yield from solved(case, now) if known else ()


def solved_held(case: Case, now: datetime) -> Iterator[Ref]:
    """Solved, and still closed after seven days."""
    yield from solved_settled(case, now) if not returned(case) else ()


def came_back(case: Case, now: datetime) -> Iterator[Ref]:
    """Solved, but the customer wrote again within seven days, about whatever."""
    yield from solved(case, now) if returned(case) else ()


def understood(case: Case, now: datetime) -> Iterator[Ref]:
    """The customer's mood is known: at least one of their messages was scored."""
    yield from every(case, now) if case.moods else ()


def began_unhappy(case: Case, _now: datetime) -> Iterator[Ref]:
    """The first message that was scored was an unhappy one."""
    if case.moods and case.moods[0].score >= ANGER_AT:
        yield Ref(case.conversation_id, case.moods[0].message_id, case.moods[0].score)


def ended_unhappy(case: Case, _now: datetime) -> Iterator[Ref]:
    """The last message that was scored was an unhappy one."""
    if case.moods and case.moods[-1].score >= ANGER_AT:
        yield Ref(case.conversation_id, case.moods[-1].message_id, case.moods[-1].score)


def unhappy(case: Case, _now: datetime) -> Iterator[Ref]:
    """Some message was an unhappy one; the unhappiest."""
    if case.moods and (worst := max(case.moods, key=lambda mood: mood.score)).score >= ANGER_AT:
        yield Ref(case.conversation_id, worst.message_id, worst.score)


def turned_round(case: Case, now: datetime) -> Iterator[Ref]:
    """Unhappy at some time, and calm in the last message that was scored."""
    yield from unhappy(case, now) if not list(ended_unhappy(case, now)) else ()


def made_unhappy(case: Case, now: datetime) -> Iterator[Ref]:
    """Calm at the start and unhappy at the end."""
    yield from ended_unhappy(case, now) if not list(began_unhappy(case, now)) else ()


def known(case: Case, now: datetime) -> Iterator[Ref]:
    """The customer is known: signed in at the host site, or by the e-mail address they left."""
    yield from every(case, now) if case.customer else ()


def returning(case: Case, now: datetime) -> Iterator[Ref]:
    """The customer had a conversation before this one, whenever that was."""
    yield from every(case, now) if any(at < case.created_at for at in case.others) else ()
