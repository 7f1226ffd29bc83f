"""What customers write, week by week: the shop's examples the bot has not seen, and other companies' questions."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from api.worker.seed import Seed
from api.worker.training_data import held_out
from api.worker.trial import ASK, plain
from benchmarks.replay.conversations import read_conversations

OUT_OF_SCOPE = "out_of_scope"
FOREIGN_SHARE = 0.1  # of a week's messages, where recorded ones of other companies are at hand
FEWEST_KEPT = 2  # examples of an intent that a young shop has at least


@dataclass(frozen=True, slots=True)
class Said:
    """A message and what it means: an intent, and the article that answers it where one does."""

    text: str
    intent: str
    article_id: str | None = None


def young(seed: Seed, share: float, chance: random.Random) -> tuple[Seed, list[Said]]:
    """Take most examples and phrasings out of a shop's data; return the young shop and what was taken, shuffled.

    What is held out for measuring stays, and so do the articles.
    """
    kept_back = held_out(seed.examples)
    by_intent: dict[str, list[int]] = {}
    for place, example in enumerate(seed.examples):
        if example not in kept_back:
            by_intent.setdefault(example.intent, []).append(place)
    kept = {
        place
        for places in by_intent.values()
        for place in chance.sample(places, min(len(places), max(FEWEST_KEPT, round(share * len(places)))))
    }
    examples = tuple(one for place, one in enumerate(seed.examples) if place in kept or one in kept_back)
    phrasings = set(chance.sample(range(len(seed.phrasings)), round(share * len(seed.phrasings))))
    taken = [
        Said(plain(seed.examples[place].text), seed.examples[place].intent.partition("/")[0])
        for places in by_intent.values()
        for place in places
        if place not in kept
    ]
    taken += [Said(one.text, ASK, one.article_id) for place, one in enumerate(seed.phrasings) if place not in phrasings]
    chance.shuffle(taken)
    less = tuple(one for place, one in enumerate(seed.phrasings) if place in phrasings)
    return replace(seed, examples=examples, phrasings=less), taken


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
