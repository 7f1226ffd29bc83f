"""Which department a conversation goes to, and how urgent it is: two pure functions whose every step has a reason.

Urgency is counted in minutes of waiting. A chat that counts as ten minutes longer comes before one that really waited
nine minutes more, and after one that waited eleven: whoever waits long enough is always served.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.company import Desk
from api.hand_off.rules import ANGER_AT, COMPANY_RULES

COMPANY_RULE_MIN = 60  # safety and law: before everybody who has waited less than an hour
ANGER_MIN = 10  # of full frustration; half of it counts half, and below the threshold of anger nothing does
FIRST_IN_LINE_MIN = 24 * 60  # a chat that was with a person already and comes back


@dataclass(frozen=True, slots=True)
class Clues:
    """What is known about the subject of a conversation, the newest first."""

    reason_codes: Sequence[str] = ()
    intents: Sequence[str] = ()
    topics: Sequence[str] = ()  # articles found for the customer's messages, and the categories they are in


@dataclass(frozen=True, slots=True)
class Routed:
    """A department, or None for everybody, and why."""

    department: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Urgency:
    """By how many minutes a chat counts as waiting longer than it does, and why."""

    minutes: int
    why: tuple[str, ...]


def route(desk: Desk, clues: Clues) -> Routed:
    """Return where a conversation belongs.

    The company's rules come first, then what the customer wants, then what it is about; of several intents or topics
    the newest, and of several departments that claim the same one the first in the file.
    """
    for words, given, claimed in (
        ("the reason", clues.reason_codes, "rules"),
        ("the intent", clues.intents, "intents"),
        ("the topic", clues.topics, "topics"),
    ):
        for clue in given:
            for name, department in desk.departments.items():
                if clue in getattr(department, claimed):
                    return Routed(name, f"{words} {clue}")
    return Routed(None, "no department claims it")


def urgency(reason_codes: Sequence[str], frustration: float | None) -> Urgency:
    """Return how urgent a hand-off is."""
    minutes, why = 0, []
    if rules := [code for code in reason_codes if code in COMPANY_RULES]:
        minutes += COMPANY_RULE_MIN
        why.append(f"{rules[0]}: +{COMPANY_RULE_MIN} min")
    if frustration is not None and frustration >= ANGER_AT:
        added = round(ANGER_MIN * frustration)
        minutes += added
        why.append(f"frustration {frustration:.2f}: +{added} min")
    return Urgency(minutes, tuple(why))
