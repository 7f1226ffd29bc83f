"""Who may own a conversation after whom: the pure table, and the same table as the database lives it."""

from __future__ import annotations

from typing import get_args

import pytest

from api.conversations.owners import OWNERS, TRANSITIONS, Step, bot_may_speak, next_owner

STEPS = get_args(Step)


def test_every_pair_of_owner_and_step_is_decided() -> None:
    allowed = {(owner, step) for owner in OWNERS for step in STEPS if next_owner(owner, step)}
    assert allowed == set(TRANSITIONS)
    assert len(allowed) == 12


def test_no_step_keeps_the_owner() -> None:
    assert all(owner != after for (owner, _), after in TRANSITIONS.items())


def test_a_closed_chat_can_only_be_reopened() -> None:
    assert {step for owner, step in TRANSITIONS if owner == "closed"} == {"reopen_to_bot", "reopen_to_queue"}


@pytest.mark.parametrize(("owner", "may"), [("bot", True), ("queue", False), ("agent", False), ("closed", False)])
def test_the_bot_speaks_only_while_it_owns_the_chat(owner: str, may: bool) -> None:
    assert bot_may_speak(owner) is may
