"""A reply an agent can begin with: the customer's name, the feeling first when there is one, then the matter.

The sentences about feelings are fixed and few; the answer itself is quoted from the knowledge base, word for word. It
is a draft: nothing is ever sent that the agent has not seen in the composer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from api.hand_off.brief import UPSET
from api.strings.catalogue import say

Feeling = Literal["none", "waited", "upset", "upset_again"]

LONG_WAIT_S = 180  # somebody who has waited this long is told that we know


@dataclass(frozen=True, slots=True)
class Situation:
    """What a reply has to take into account."""

    name: str | None  # of the customer
    agent: str | None  # who writes; None where that is not known yet
    frustration: float = 0.0  # of the customer's last message
    failed: int = 0  # answers that did not help
    waited_s: int = 0
    first: bool = True  # the agent has not said anything yet


def feeling_of(situation: Situation) -> Feeling:
    """Return what to say about how the customer may feel; nothing is better than a feeling that is not there."""
    if situation.frustration >= UPSET:
        return "upset_again" if situation.failed else "upset"
    return "waited" if situation.first and situation.waited_s >= LONG_WAIT_S else "none"


def draft_reply(situation: Situation, answer: str | None) -> str:
    """Return a reply.

    Args:
        situation: who writes to whom, and how it went so far.
        answer: the words of an article that answer the question; None when there are none.
    """
    lines = [_opening(situation)] if situation.first or situation.frustration >= UPSET else []
    lines.append(answer if answer else say("reply.look_into_it"))
    if answer:
        lines.append(say("reply.closing"))
    return "\n\n".join(line for line in lines if line)


def _opening(situation: Situation) -> str:
    parts: list[str] = []
    if situation.first:
        known = {"name": situation.name, "agent": situation.agent}
        names = {key: _first_name(value) for key, value in known.items() if value and value.strip()}
        parts.append(say("_".join(["reply.hello", *names]), **names))
    feeling = feeling_of(situation)
    if feeling != "none":
        parts.append(say(f"reply.feeling_{feeling}"))
    return " ".join(parts)


def _first_name(name: str) -> str:
    """Return how somebody is addressed: the first of their names, or all of a name that has a title."""
    words: Sequence[str] = name.split()
    titled = words[0].rstrip(".").lower() in {"mr", "mrs", "ms", "miss", "mx", "dr", "prof"} if words else False
    return " ".join(words) if titled else words[0] if words else ""
