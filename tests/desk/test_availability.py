"""What is said about reaching a person is true at every hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.availability import availability
from api.company import CompanyUnusable, Span, load_company, spans_of
from tests.desk.world import COMPANY

LONDON = ZoneInfo("Europe/London")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        ("2026-11-24 10:00", "Our team is in until 18:00 today."),
        ("2026-11-24 03:00", "Nobody is in until 9:00 today; e-mail is answered within one working day"),
        ("2026-11-23 20:00", "Nobody is in until tomorrow 9:00; e-mail is answered within one working day"),
        ("2026-11-20 18:00", "Nobody is in until Monday 9:00; e-mail is answered within one working day"),
        ("2026-11-21 11:00", "Nobody is in until Monday 9:00; by phone we are there until 16:00 today on 0800 000"),
        ("2026-12-24 12:59", "Our team is in until 13:00 today."),
        ("2026-12-24 13:00", "Nobody is in until Tuesday 9:00; e-mail is answered within one working day"),
    ],
)
def test_the_sentence_is_true_at_night_at_weekends_and_on_holidays(when: str, sentence: str) -> None:
    assert availability(COMPANY, at(when)).sentence.startswith(sentence)


def test_nine_oclock_is_nine_by_the_wall_clock_on_both_sides_of_a_clock_change() -> None:
    before = availability(COMPANY, at("2026-03-27 19:00"))  # Friday in winter time; Monday is summer time
    assert before.next_open_at == datetime(2026, 3, 30, 8, 0, tzinfo=UTC)
    assert before.hours == "Closed until Monday 9:00"
    assert availability(COMPANY, datetime(2026, 3, 30, 8, 0, tzinfo=UTC)).open
    assert not availability(COMPANY, datetime(2026, 10, 26, 8, 0, tzinfo=UTC)).open
    assert availability(COMPANY, datetime(2026, 10, 26, 9, 0, tzinfo=UTC)).open


def test_an_empty_desk_within_hours_is_not_called_open() -> None:
    nobody = availability(COMPANY, at("2026-11-24 10:00"), agents_present=0)
    assert not nobody.open
    assert nobody.sentence.startswith("Nobody is at the desk at the moment, though our hours run until 18:00 today")
    assert availability(COMPANY, at("2026-11-24 10:00"), agents_present=1).open


def test_somebody_at_the_desk_after_hours_is_not_called_nobody_and_promises_nothing() -> None:
    late = availability(COMPANY, at("2026-11-20 18:30"), agents_present=1)
    assert not late.open
    assert late.sentence.startswith(
        "We are closed until Monday 9:00, but somebody is still at the desk and may answer before then; "
        "e-mail is answered within one working day"
    )
    assert late.hours == "Closed until Monday 9:00"
    closed = COMPANY.model_copy(update={"channels": {"email": COMPANY.channels["email"]}})
    sentence = availability(closed, at("2026-11-24 10:00"), agents_present=2).sentence
    assert sentence.startswith("We are closed, but somebody is still at the desk and may answer; e-mail is")


def test_hours_that_meet_at_midnight_are_one_opening() -> None:
    always = COMPANY.model_copy(
        update={"channels": {"chat": COMPANY.channels["chat"].model_copy(update={"hours": _all_week()})}}
    )
    now = availability(always, at("2026-11-24 10:00"))
    assert (now.open, now.sentence, now.hours) == (True, "Our team is in all day.", "Open all day")


def test_a_company_without_chat_hours_promises_no_time() -> None:
    closed = COMPANY.model_copy(update={"channels": {"email": COMPANY.channels["email"]}})
    now = availability(closed, at("2026-11-24 10:00"))
    assert (now.open, now.next_open_at, now.hours) == (False, None, "Closed")
    assert now.sentence.startswith("Nobody is in at the moment; e-mail is answered within one working day")


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC)))
def test_nothing_changes_before_the_moment_it_is_said_to_change(now: datetime) -> None:
    first = availability(COMPANY, now)
    assert first.changes_at is not None
    assert first.changes_at > now
    assert availability(COMPANY, first.changes_at - timedelta(microseconds=1)).open == first.open
    assert availability(COMPANY, first.changes_at).open != first.open


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        availability(COMPANY, datetime(2026, 1, 1))


@pytest.mark.parametrize("text", ["9-18", "18:00-09:00", "09:00", "09:00-12:00, 11:00-13:00", "", "25:00-26:00"])
def test_hours_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        spans_of(text)


def test_two_spans_are_read_earliest_first() -> None:
    assert spans_of("13:30-24:00, 09:00-12:30") == (Span(540, 750), Span(810, 1440))


@pytest.mark.parametrize("text", ["", "name: [", "name: Tarnwick", "- a list"])
def test_an_unusable_file_is_named_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "company.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CompanyUnusable, match=r"company\.yml"):
        load_company(path)


def _all_week() -> dict[str, tuple[Span, ...]]:
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return dict.fromkeys(days, spans_of("00:00-24:00"))
