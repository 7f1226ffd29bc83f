"""The simulated months: a young shop, its customers, an oracle, and the plot. Trainings are left out here."""

from __future__ import annotations

import itertools
import random
from collections import Counter

import numpy as np
import pytest
from sqlalchemy import select

from api.store.tables import Label, TrainingExample
from api.worker.compare import NOISE, chance_of_breaking
from api.worker.seed import Seed, sow
from api.worker.training_data import Example, held_out
from api.worker.trial import Guess, Trial
from benchmarks.months.__main__ import main, read_weeks
from benchmarks.months.judgement import drops, step, table
from benchmarks.months.plot import svg_of
from benchmarks.months.shop import JobRefused, MovedClock, Shop
from benchmarks.months.traffic import FEWEST_KEPT, Said, weeks, young
from benchmarks.months.weeks import Week
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


def week(number: int, right: str, understood: str = "1111", refused: tuple[str, ...] = ()) -> Week:
    marks = (tuple(mark == "1" for mark in one) for one in (right, understood, "0001"))
    return Week(number, *marks, labelled=30 if number else 0, refused=refused)


def test_a_week_is_compared_question_by_question_and_chance_is_named_as_the_gate_would() -> None:
    assert step((True,) * 4, (True,) * 4).verdict == "unchanged"
    for gained, lost in itertools.product(range(9), range(9)):
        before = (False,) * gained + (True,) * lost + (True,) * 20
        after = (True,) * gained + (False,) * lost + (True,) * 20
        taken = step(before, after)
        assert (taken.gained, taken.lost, taken.cases) == (gained, lost, 20 + gained + lost)
        assert (taken.verdict == "fell") == (lost > gained and chance_of_breaking(gained, lost) < NOISE)
        assert (taken.verdict == "rose") == (gained > lost and chance_of_breaking(lost, gained) < NOISE)
        assert taken.interval[0] <= taken.change <= taken.interval[1]
    five = step((True,) * 5 + (False,) * 5, (False,) * 10)  # .05 ** (1 / 5) = .549: the share that stays wrong at least
    assert (five.verdict, five.words) == ("fell", "FELL: -50.0 (-50.0 to -4.9)")


def test_noise_is_no_drop_but_a_slow_leak_is() -> None:
    shaken = [week(0, "1" * 20), week(1, "1" * 18 + "00"), week(2, "1" * 20)]
    assert drops(shaken) == []
    leaking = [week(n, "1" * (20 - 2 * n) + "0" * 2 * n) for n in range(4)]  # 6 lost of 20, 2 a week
    assert drops(leaking) == ["questions answered rightly, week 3 against start: FELL: -30.0 (-30.0 to -6.4)"]
    fallen = [week(0, "1" * 20), week(1, "1" * 14 + "0" * 6)]
    assert [one.partition(":")[0] for one in drops(fallen)] == ["questions answered rightly, week 1 against start"]
    assert "| 1 | 30 | 100.0% | unchanged | 90.0% | within noise: -10.0" in table(shaken)


def test_a_run_that_was_cut_short_is_judged_again_by_its_lines(tmp_path, monkeypatch, capsys) -> None:
    lived = [week(0, "1" * 20), week(1, "1" * 14 + "0" * 6, refused=("model: worse",))]
    lines = tmp_path / "lines.txt"
    lines.write_text("WARNING a line of a library\n" + "".join(f"{one.line}\n" for one in lived))
    assert read_weeks(lines) == lived
    picture = tmp_path / "months.svg"
    monkeypatch.setattr("sys.argv", ["months", "--judge", str(lines), "--picture", str(picture)])
    assert main() == 1
    assert "model: worse |" in capsys.readouterr().out
    assert "Week 1, refused by the gate: model: worse" in picture.read_text()
    with pytest.raises(ValueError, match="holds no week"):
        read_weeks(picture)


def test_the_plot_says_every_week_and_marks_a_refusal_with_its_reason() -> None:
    lived = [week(0, "1100"), week(1, "1110"), week(2, "1110", "1110", ("model: <worse>",))]
    drawn = svg_of(lived)
    assert drawn.count("<circle") == 9
    assert drawn.count('fill="#ffffff" stroke') == 3
    assert "answered rightly 75%" in drawn
    assert "requests understood 75%" in drawn
    assert "to a person 25%" in drawn
    assert "Week 2, refused by the gate: model: &lt;worse&gt;" in drawn


def test_what_the_serving_model_was_asked_it_is_not_asked_again(shop, monkeypatch) -> None:
    young_shop = Shop(shop, MovedClock())
    asked: list[tuple[str, ...]] = []

    def guess(workshop, version, texts, folder):
        asked.append((version, *texts))
        return Trial(version, {text: Guess("greet", 0.9) for text in texts})

    serving = iter(["m1", "m1", "m2"])
    monkeypatch.setattr("benchmarks.months.shop.serving_version", lambda session: next(serving))
    monkeypatch.setattr("benchmarks.months.shop.ask_model", guess)
    for texts in (["hello", "hello"], ["hello", "good day"], ["hello"]):
        assert set(texts) <= set(young_shop.guesses(texts))
    assert asked == [("m1", "hello"), ("m1", "good day"), ("m2", "hello")]


def test_a_gate_that_could_not_play_the_dialogues_is_asked_again(shop, monkeypatch) -> None:
    young_shop, done = Shop(shop, MovedClock()), []
    unplayed = {"dialogues": {"problem": "not ready"}, "gate": {"passed": False, "reasons": ["not played"]}}
    worse = {"dialogues": {"problem": ""}, "gate": {"passed": False, "reasons": ["9 are wrong now"]}}
    compared = iter([unplayed, unplayed, worse])

    def job(kind, arguments):
        done.append(kind)
        if kind == "index":
            raise JobRefused("the new index does not serve: it answers worse")
        return {"model_version": "m2"}

    monkeypatch.setattr(young_shop, "job", job)
    monkeypatch.setattr(young_shop, "comparison", lambda version: next(compared))
    assert young_shop.learn() == ("index: the new index does not serve: it answers worse", "model: 9 are wrong now")
    assert done == ["index", "train", "compare", "compare"]
