"""No text of a customer holds up one of our own patterns (F07)."""

from __future__ import annotations

import api
import kb_index
from tests.patterns import hostile_texts, patterns_of, slowest_ms

# Patterns over articles' pages, which an administrator imports: a child with its own limits reads those.
OF_PAGES = ("kb_index.markup.", "kb_index.articles.", "api.articles.")
MOST_MS = 4.0  # for 2,000 characters; what is linear takes less than one


def test_a_pattern_takes_milliseconds_whatever_a_message_holds() -> None:
    patterns = {where: one for package in (api, kb_index) for where, one in patterns_of(package).items()}
    ours = {where: one for where, one in patterns.items() if not where.startswith(OF_PAGES)}
    assert len(ours) > 20
    slow = {
        (where, text[:6]): round(took, 1)
        for where, pattern in ours.items()
        for text in hostile_texts()
        if (took := slowest_ms(pattern, text)) > MOST_MS
    }
    assert slow == {}
