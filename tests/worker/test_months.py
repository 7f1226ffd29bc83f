"""The simulated months: a young shop, its customers, an oracle, and the plot. Trainings are left out here."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
from sqlalchemy import select

from api.store.tables import Label, TrainingExample
from api.worker.seed import Seed, sow
from api.worker.training_data import Example, held_out
from api.worker.trial import Guess
from benchmarks.months.plot import Week, svg_of
from benchmarks.months.shop import MovedClock, Shop
from benchmarks.months.traffic import FEWEST_KEPT, Said, weeks, young
from kb_index.search import Finding

EXAMPLES = tuple(Example(intent, f"{intent} number {n}") for intent in ("greet", "legal") for n in range(20))


def test_a_young_shop_has_its_share_and_customers_say_the_rest() -> None:
    seed = Seed((), (), (), (), (), (), EXAMPLES)
    less, taken = young(seed, 0.3, random.Random(1))
    kept_back = held_out(EXAMPLES)
    learnt = Counter(one.intent for one in less.examples if one not in kept_back)
    met = Counter(one.intent for one in EXAMPLES if one not in kept_back)
    [well_known] = [intent for intent in met if learnt[intent] == round(0.6 * met[intent])]
    assert learnt.total() == learnt[well_known] + FEWEST_KEPT
    assert kept_back <= set(less.examples)
    assert {one.text for one in taken} == {one.text for one in EXAMPLES} - {one.text for one in less.examples}
    both, _ = young(seed, 0.3, random.Random(1), sure=met)
    assert all(sum(e.intent == i and e not in kept_back for e in both.examples) == round(0.6 * met[i]) for i in met)
    spread = list(weeks(taken, [], 4))
    assert sorted(one.text for week in spread for one in week) == sorted(one.text for one in taken)


def test_the_oracle_gives_a_cluster_its_meaning_and_leaves_what_does_not_fit(shop, monkeypatch) -> None:
    from api.worker.seed import IntentEntry

    entries = (IntentEntry("greet", "response"), IntentEntry("legal", "hand_off"), IntentEntry("ask", "search"))
    clock = MovedClock()
    shop.store.write_sync(lambda s: sow(s, Seed((), (), (), (), (), entries, ()), now=clock.now()))
    young_shop = Shop(shop, clock)
    said = [
        Said("good morning to you", "greet"),
        Said("good morning all", "greet"),
        Said("good morning lawyer", "legal"),
    ]
    nothing = Finding("none", 0.1, (), (), "kb-1", "words-1")
    monkeypatch.setattr(young_shop, "answers", lambda texts: {text: (Guess("greet", 0.2), nothing) for text in texts})

    class OneDirection:
        def encode(self, texts):
            return np.ones((len(texts), 2), dtype=np.float32) / np.sqrt(2)

    shop.__dict__["encoder"] = OneDirection()
    young_shop.hear(said)
    assert young_shop.review() == 2
    labels, texts = shop.store.read_sync(
        lambda s: (list(s.scalars(select(Label.intent))), sorted(s.scalars(select(TrainingExample.text))))
    )
    assert labels == ["greet", "greet"]
    assert texts == ["good morning all", "good morning to you"]


def test_the_plot_says_every_week_and_marks_a_refusal() -> None:
    lived = [
        Week(0, 0.5, 0.6, 0.4, 0, True),
        Week(1, 0.7, 0.8, 0.2, 90, True),
        Week(2, 0.7, 0.8, 0.2, 60, False, ("worse",)),
    ]
    drawn = svg_of(lived)
    assert drawn.count("<circle") == 9
    assert drawn.count('fill="#ffffff" stroke') == 3
    assert "answered rightly 70%" in drawn
    assert "requests understood 80%" in drawn
    assert "to a person 20%" in drawn
