"""The guess of a wait: by hand where it can be, and against queues that move at random."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from api.conversations.waits import ENOUGH, MEDIAN_Z, NINE_TENTHS_Z, Pace, Stay, guess, pace_of

NOON = datetime(2026, 6, 2, 12, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_only_time_in_which_somebody_waits_since_the_first_departure_counts() -> None:
    stays = [Stay(at(0), at(60)), Stay(at(30), at(90)), Stay(at(1000), at(1010)), Stay(at(1100), None)]
    assert pace_of(stays, now=at(1150)) == Pace(steps=2, busy_s=30 + 10 + 50)


def test_a_queue_that_stands_still_slows_the_guess() -> None:
    stays = [Stay(at(60 * n), at(60 * n + 60)) for n in range(4)] + [Stay(at(240), None)]
    likely = [found[0] for now in (300, 600, 1800) if (found := guess(stays, 1, now=at(now)))]
    assert likely == [60, 120, 360]


def test_with_too_few_departures_there_is_no_guess() -> None:
    stays = [Stay(at(60 * n), at(60 * n + 60)) for n in range(ENOUGH)]
    assert guess([], 1, now=at(200)) is None
    assert guess(stays[:-1], 1, now=at(200)) is None
    assert guess(stays, 1, now=at(200)) == (30, 270)


def test_with_much_to_learn_from_the_first_place_is_exponential() -> None:
    pace = Pace(steps=100_000, busy_s=100_000 * 60.0)
    assert pace.wait_s(1, MEDIAN_Z) == pytest.approx(60 * 0.693, rel=0.03)  # log 2
    assert pace.wait_s(1, NINE_TENTHS_Z) == pytest.approx(60 * 2.303, rel=0.02)  # log 10


def test_with_less_to_learn_from_the_longer_guess_is_longer() -> None:
    few, many = Pace(4, 240.0), Pace(400, 24_000.0)
    assert few.wait_s(5, NINE_TENTHS_Z) > 1.1 * many.wait_s(5, NINE_TENTHS_Z)


@pytest.mark.parametrize("place", [1, 3, 10])
def test_both_guesses_hold_as_often_as_they_say(place: int) -> None:
    dice, within = random.Random(place), [0, 0]
    for _ in range(4000):
        learned = [dice.expovariate(1 / 45) for _ in range(30)]
        waited = sum(dice.expovariate(1 / 45) for _ in range(place))
        pace = Pace(len(learned), sum(learned))
        within[0] += waited <= pace.wait_s(place, MEDIAN_Z)
        within[1] += waited <= pace.wait_s(place, NINE_TENTHS_Z)
    assert within[0] / 4000 == pytest.approx(0.5, abs=0.03)
    assert within[1] / 4000 == pytest.approx(0.9, abs=0.025)
