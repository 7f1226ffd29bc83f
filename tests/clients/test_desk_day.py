"""A short day at the desk with the shop's own conversations, and the reckoning that would notice what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from api.processes.places import ROOT
from benchmarks.desk.day import simulate
from benchmarks.desk.people import Habits
from benchmarks.desk.reckoning import Wait, calibration_of, chat_seconds, two_owners
from benchmarks.replay.conversations import read_conversations
from deskmate_client import Event

IN_A_HURRY = Habits(
    between_customers_s=5, patience_s=3000, customer_types_s=8, agent_types_s=8, works_s=1000, break_s=60
)


def test_on_a_short_day_no_chat_is_lost_and_none_has_two_owners(tmp_path: Path) -> None:
    recorded = read_conversations(ROOT / "data" / "conversations.jsonl", limit=5, seed=7)
    texts = [one.customer_texts[:3] for one in recorded]
    day = simulate(texts, tmp_path, agents=2, speed=60, habits=IN_A_HURRY, seed=7)
    assert day.report["endings"].get("served", 0) + day.report["endings"].get("left", 0) == 5
    assert day.report["endings"]["served"] >= 3
    assert (day.report["lost"], day.report["unfinished"], day.report["two_owners"]) == ([], [], [])
    assert day.report["messages"] >= 8
    assert 0 < day.report["occupancy"] <= 1.5  # an agent on a break keeps their chats


def owner(number: int, version: int, owner: str, name: str | None = None) -> Event:
    payload = {"owner": owner, "owner_version": version, "agent": name and {"agent_id": name, "name": name}}
    return Event(number, "owner", "c", f"2026-06-02T10:00:{number:02d}+00:00", payload)


def says(number: int, sender: str, name: str | None = None) -> Event:
    return Event(number, "message", "c", f"2026-06-02T10:00:{number:02d}+00:00", {"sender": sender, "name": name})


GOOD = [owner(1, 2, "queue"), owner(2, 3, "agent", "Ana"), says(3, "agent", "Ana"), owner(12, 4, "closed")]


@pytest.mark.parametrize(
    ("events", "wrong"),
    [
        (GOOD, None),
        ([*GOOD[:2], says(4, "agent", "Ben")], "Ben spoke while agent Ana had it"),
        ([*GOOD[:2], says(4, "bot")], "the bot spoke while agent had it"),
        ([*GOOD[:2], owner(4, 4, "agent", "Ben")], "Ben took it from Ana"),
        ([*GOOD[:2], owner(4, 3, "queue")], "owner 3 after 3"),
    ],
)
def test_two_owners_are_noticed(events: list[Event], wrong: str | None) -> None:
    assert two_owners(events) == ([f"c: {wrong}"] if wrong else [])


def test_an_agents_time_with_chats_is_counted_by_owners() -> None:
    assert chat_seconds(GOOD) == {"Ana": 10.0}


def test_guesses_are_compared_by_shares_and_by_quantile_loss() -> None:
    waits = [Wait(0, waited, 1, 60, 120) for waited in (30.0, 60.0, 90.0, 150.0)] + [Wait(0, 5.0, 1, None, None)]
    measured: Any = calibration_of(waits)
    assert (measured.told, measured.within_likely, measured.within_most, measured.median_error_s) == (4, 0.5, 0.75, 30)
    assert measured.pinball_likely_s == 18.8  # (15 + 0 + 15 + 45) / 4
    assert (
        measured.pinball_most_s == 11.2
    )  # (9 + 6 + 3 + 27) / 4: a tenth of what was too long, nine tenths of what was too short
    assert calibration_of([]) is None
