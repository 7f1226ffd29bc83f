"""What customers write, week by week: the shop's examples the bot has not seen, and other companies' questions."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from api.worker.seed import Seed
from api.worker.training_data import held_out
from api.worker.trial import ASK, plain
from benchmarks.replay.conversations import read_conversations

OUT_OF_SCOPE = "out_of_scope"
FOREIGN_SHARE = 0.1  # of a week's messages, where recorded ones of other companies are at hand
FEWEST_KEPT = 2  # examples of an intent that a young shop hardly knows


@dataclass(frozen=True, slots=True)
class Said:
    """A message and what it means: an intent, and the article that answers it where one does."""

    text: str
    intent: str
    article_id: str | None = None


def young(seed: Seed, share: float, chance: random.Random, sure: Collection[str] = ()) -> tuple[Seed, list[Said]]:
    """Take most examples and phrasings out of a shop's data; return the young shop and what was taken, shuffled.

    A young shop does not know a little of everything: it knows some things well, and of others nearly nothing. So half
    of the intents, and half of the articles, keep twice the share of their wordings, the other half the fewest. What is
    held out for measuring stays, and so do the articles.

    Args:
        seed: the shop's data.
        share: of all wordings that it keeps, at most a half.
        chance: chooses.
        sure: intents that it knows well in any case.
    """
    kept_back = held_out(seed.examples)
    by_intent = _places([one.intent for one in seed.examples], [one in kept_back for one in seed.examples])
    by_article = _places([one.article_id for one in seed.phrasings], [False] * len(seed.phrasings))
    examples = _kept(by_intent, 2 * share, FEWEST_KEPT, chance, sure)
    phrasings = _kept(by_article, 2 * share, 0, chance)
    taken = [
        Said(plain(seed.examples[place].text), seed.examples[place].intent.partition("/")[0])
        for places in by_intent.values()
        for place in places
        if place not in examples
    ]
    taken += [Said(one.text, ASK, one.article_id) for place, one in enumerate(seed.phrasings) if place not in phrasings]
    chance.shuffle(taken)
    left = tuple(one for place, one in enumerate(seed.examples) if place in examples or one in kept_back)
    less = tuple(one for place, one in enumerate(seed.phrasings) if place in phrasings)
    return replace(seed, examples=left, phrasings=less), taken


def _places(topics: Sequence[str], left_out: Sequence[bool]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for place, topic in enumerate(topics):
        if not left_out[place]:
            found.setdefault(topic, []).append(place)
    return found


def _kept(
    by_topic: Mapping[str, Sequence[int]], share: float, fewest: int, chance: random.Random, sure: Collection[str] = ()
) -> set[int]:
    """Return what is kept: `share` of every other topic, the fewest of the rest."""
    topics = [topic for topic in sorted(by_topic) if topic not in sure]
    chance.shuffle(topics)
    known = {*topics[::2], *sure}
    kept: set[int] = set()
    for topic, places in by_topic.items():
        count = max(fewest, round(share * len(places)) if topic in known else 0)
        kept.update(chance.sample(list(places), min(len(places), count)))
    return kept


def foreign(evaluation: Path | None, chance: random.Random) -> list[Said]:
    """Return what customers of other companies said in recorded conversations; none of it is the shop's business."""
    if evaluation is None:
        return []
    found = read_conversations(evaluation / "livechat" / "star.jsonl", limit=200, seed=chance.randrange(2**31))
    return [Said(text, OUT_OF_SCOPE) for one in found for text in one.customer_texts[:1] if len(text.split()) >= 4]


def weeks(own: Sequence[Said], others: Sequence[Said], count: int) -> Iterator[list[Said]]:
    """Spread the messages evenly over weeks."""
    for week in range(count):
        mine = own[week::count]
        theirs = others[week::count][: round(FOREIGN_SHARE * len(mine))]
        yield [*mine, *theirs]
