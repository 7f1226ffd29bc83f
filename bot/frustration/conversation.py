"""What the conversation adds to a message: the same question again, answers that failed, waiting, earlier anger."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from bot.intents.vectors import Floats

REMEMBERED = 3  # earlier messages of the customer that are looked at
SAME_QUESTION = 0.72  # cosine from which two messages of three words or more ask the same
# What goes on from the last answer repeats nothing.
FOLLOW_UP = re.compile(r"^\s*(?:ok,? )?(?:and|or|also|what about|how about|but what)\b", re.IGNORECASE)
LONG_WAIT_S = 120.0  # a customer who writes again after this long without an answer is waiting
CARRIED = 0.5  # share of the earlier messages' log-odds that stays, when they were above 0
MOST_CARRIED = 1.0


@dataclass(frozen=True)
class Said:
    """One message said before."""

    sender: str  # customer, bot or agent
    text: str
    at: datetime | None = None


@dataclass(frozen=True)
class Conversation:
    """What happened before a message; empty for the first one."""

    history: tuple[Said, ...] = ()  # oldest first, without the message itself
    failed_turns: int = 0  # answers in a row that failed or were rejected
    now: datetime | None = None  # when the message itself was written


@dataclass(frozen=True)
class Pressure:
    """One thing that weighs on the customer."""

    code: str
    words: str  # for the agent
    log_odds: float  # what it adds


def pressures(
    conversation: Conversation, text: str, vector: Floats, *, encode: Callable[[str], Floats], earlier: Sequence[float]
) -> list[Pressure]:
    """List what weighs on the customer.

    The amounts are set by hand: none of them alone makes a calm message a frustrated one.

    Args:
        conversation: what happened before.
        text: the message.
        vector: its sentence vector.
        encode: gives an earlier message's sentence vector.
        earlier: log-odds of the customer's earlier messages by themselves, oldest first.
    """
    found = []
    repeated = repeats(conversation, text, vector, encode=encode)
    if repeated:
        words = "asks the same again" if repeated == 1 else "asks the same for the third time or more"
        found.append(Pressure("rephrasing", words, 0.8 if repeated == 1 else 1.2))
    if conversation.failed_turns > 0:
        turns = min(3, conversation.failed_turns)
        answers = "answer" if turns == 1 else "answers"
        found.append(Pressure("failed_answers", f"{conversation.failed_turns} {answers} did not help", 0.5 * turns))
    if is_waiting(conversation):
        found.append(Pressure("waiting", "has been waiting for an answer", 0.4))
    carried = min(MOST_CARRIED, CARRIED * max((odds for odds in earlier), default=0.0))
    if carried > 0:
        found.append(Pressure("already_upset", "was already upset earlier in this chat", carried))
    return found


def customer_texts(conversation: Conversation) -> list[str]:
    """Return the customer's latest messages before this one, oldest first."""
    return [said.text for said in conversation.history if said.sender == "customer"][-REMEMBERED:]


def repeats(conversation: Conversation, text: str, vector: Floats, *, encode: Callable[[str], Floats]) -> int:
    """Count earlier messages that ask the same in other, or the same, words."""
    if len(text.split()) < 3 or FOLLOW_UP.match(text):
        return 0
    earlier = [said for said in customer_texts(conversation) if len(said.split()) >= 3]
    return sum(float(np.dot(vector, encode(said))) >= SAME_QUESTION for said in earlier)


def is_waiting(conversation: Conversation) -> bool:
    """Say whether the customer's last message got no answer for `LONG_WAIT_S`."""
    if not conversation.history or conversation.now is None:
        return False
    last = conversation.history[-1]
    return (
        last.sender == "customer"
        and last.at is not None
        and (conversation.now - last.at).total_seconds() >= LONG_WAIT_S
    )
