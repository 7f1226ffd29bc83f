"""Reading telephone numbers and corrections, and the demo diary."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from actions.callback_form import change_in, phone_in
from actions.diary import Callback, DiaryUnavailable, FileDiary


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("07700 900123", "07700900123"),
        ("ring me on +44 (0)7700 900-123 please", "+447700900123"),
        ("+44 7700 900123", "+447700900123"),
        ("900123", None),
        ("my usual number", None),
    ],
)
def test_a_telephone_number_has_nine_to_fifteen_digits(text: str, phone: str | None) -> None:
    assert phone_in(text) == phone


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("no, 07700 900999", {"callback_phone": "07700900999"}),
        ("rather friday at 3", {"callback_time": "rather friday at 3"}),
        ("the number", {"callback_phone": None}),
        ("a different time", {"callback_time": None}),
        ("the topic", {"callback_topic": None}),
        ("hm", {}),
    ],
)
def test_a_correction_names_or_replaces_one_detail(text: str, change: dict[str, str | None]) -> None:
    assert change_in(text) == change


def test_the_same_call_back_is_booked_once_and_the_file_is_private(tmp_path: Path) -> None:
    diary = FileDiary(tmp_path / "var" / "callbacks.jsonl")
    callback = Callback("c1", "07700900123", "tomorrow morning", "my refund")
    first, second = asyncio.run(diary.book(callback)), asyncio.run(diary.book(callback))
    assert first == second
    assert first.startswith("CB-")
    assert len((tmp_path / "var" / "callbacks.jsonl").read_text().splitlines()) == 1
    assert (tmp_path / "var" / "callbacks.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_diary_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DiaryUnavailable):
        asyncio.run(FileDiary(tmp_path / "file" / "callbacks.jsonl").book(Callback("c", "1", "2", "3")))
