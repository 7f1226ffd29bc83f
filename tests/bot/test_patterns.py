"""No text of a customer holds up one of the bot's patterns (F07)."""

from __future__ import annotations

import actions
import bot
from tests.patterns import hostile_texts, patterns_of, slowest_ms

MOST_MS = 4.0  # for 2,000 characters; what is linear takes less than one


def test_a_pattern_takes_milliseconds_whatever_a_message_holds() -> None:
    patterns = {where: one for package in (bot, actions) for where, one in patterns_of(package).items()}
    assert len(patterns) > 10
    slow = {
        (where, text[:6]): round(took, 1)
        for where, pattern in patterns.items()
        for text in hostile_texts()
        if (took := slowest_ms(pattern, text)) > MOST_MS
    }
    assert slow == {}
