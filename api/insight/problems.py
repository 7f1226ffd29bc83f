"""What customers keep asking about, week by week, and whether the last week has more of it than chance explains."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from api.insight.intervals import chance_of_as_many

WEEKS = 8
FEWEST = 3  # conversations in the last week; below, a rise is nobody's concern yet
FALSE_ALARMS = 0.05  # greatest expected share of topics called rising that are not (Benjamini and Hochberg, 1995)

Kind = Literal["article", "intent", "meaning"]


@dataclass(frozen=True, slots=True)
class Topic:
    """What a message is about: an article, an intent, or, where neither is known, messages that mean the same."""

    kind: Kind
    key: str
    title: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One message of a customer with its topic."""

    conversation_id: str
    message_id: str
    week: int  # 0 is the first
    topic: Topic
    text: str  # as it may be shown: without personal data once it is
    unhappy: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """A topic over the weeks."""

    topic: Topic
    weeks: tuple[int, ...]  # conversations in each
    usual: float  # conversations a week before the last one, were they as many as in the last
    chance: float  # of as many in the last week or more, did nothing change; in [0, 1]
    rising: bool
    handed_over: int  # of the last week's conversations
    unhappy: int
    asked: tuple[Asked, ...]  # of the last week, one of each conversation

    @property
    def last(self) -> int:
        """Conversations in the last week."""
        return self.weeks[-1]

    @property
    def factor(self) -> float | None:
        """How many times as much as usual; None where it was never asked before."""
        return self.last / self.usual if self.usual else None


def problems_of(asked: Sequence[Asked], totals: Sequence[int], handed_over: Collection[str]) -> list[Problem]:
    """Return every topic of the weeks, rising ones first, then the most frequent of the last week.

    The test compares the last week with all before it by their share of all conversations: were nothing new, a topic's
    conversations would fall into the last week as all conversations do (exact binomial test, one-sided).

    Args:
        asked: messages with their topics.
        totals: all conversations of each week.
        handed_over: ids of the conversations that went to people.
    """
    topics: dict[Topic, list[Asked]] = defaultdict(list)
    for one in asked:
        topics[one.topic].append(one)
    made = [_problem(topic, said, totals, handed_over) for topic, said in topics.items()]
    alarms = _alarms([one.chance for one in made])
    told = [one if not alarm or one.last < FEWEST else _as_rising(one) for one, alarm in zip(made, alarms, strict=True)]
    return sorted(told, key=lambda one: (not one.rising, one.chance if one.rising else 0.0, -one.last, one.topic.key))


def _problem(topic: Topic, said: Sequence[Asked], totals: Sequence[int], handed_over: Collection[str]) -> Problem:
    chats: list[dict[str, Asked]] = [{} for _ in totals]
    for one in said:
        chats[one.week].setdefault(one.conversation_id, one)
    weeks = tuple(len(found) for found in chats)
    before, earlier, whole = sum(weeks[:-1]), sum(totals[:-1]), sum(totals)
    unhappy = {one.conversation_id for one in said if one.unhappy and one.week == len(totals) - 1}
    return Problem(
        topic=topic,
        weeks=weeks,
        usual=before * totals[-1] / earlier if earlier else 0.0,
        chance=chance_of_as_many(weeks[-1], sum(weeks), totals[-1] / whole) if earlier else 1.0,
        rising=False,
        handed_over=len(set(chats[-1]) & set(handed_over)),
        unhappy=len(unhappy),
        asked=tuple(chats[-1].values()),
    )


def _as_rising(one: Problem) -> Problem:
    return Problem(one.topic, one.weeks, one.usual, one.chance, True, one.handed_over, one.unhappy, one.asked)


def _alarms(chances: Sequence[float]) -> list[bool]:
    """Return which of many tests raise an alarm, with at most `FALSE_ALARMS` false ones among them expected."""
    order = sorted(range(len(chances)), key=lambda place: chances[place])
    passed = [rank for rank, place in enumerate(order, 1) if chances[place] <= FALSE_ALARMS * rank / len(chances)]
    last = max(passed, default=0)
    raised = set(order[:last])
    return [place in raised for place in range(len(chances))]
