"""The whole path for all three users, on the real stack: nothing is fake here."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.crowd import SAID_IN_SLANG
from tests.browser.story import ASKED_AGAIN, MISUNDERSTOOD, Album, play
from tests.installation import ROOT, running_stack


def test_the_wordings_asked_again_are_nowhere_in_the_training_data() -> None:
    taught = "\n".join(file.read_text("utf-8").lower() for file in (ROOT / "data").rglob("*.yml"))
    for wording in (MISUNDERSTOOD, *ASKED_AGAIN, *SAID_IN_SLANG):
        assert wording.lower() not in taught
    assert not set(ASKED_AGAIN) & set(SAID_IN_SLANG)


def test_a_customer_is_answered_handed_over_and_understood_once_sixty_are_labelled_and_poison_is_refused(
    browser: Browser, tmp_path: Path
) -> None:
    with running_stack(tmp_path / "var") as stack:
        play(browser, stack, Album(ROOT / "build" / "screenshots"))
