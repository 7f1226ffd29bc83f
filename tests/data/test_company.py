"""The company profile and the article customers read state the same hours and addresses."""

from __future__ import annotations

from datetime import date

import yaml

from tests.data.content import DATA, read_articles

COMPANY = yaml.safe_load((DATA / "company.yml").read_text(encoding="utf-8"))
CONTACT = read_articles()["contact-and-opening-hours"].body


def clock(hours: str) -> str:
    """`08:00-20:00` as the article writes it: `8:00 to 20:00`."""
    return " to ".join(part.removeprefix("0") for part in hours.split("-"))


def test_the_contact_article_states_the_hours_of_the_profile() -> None:
    chat = COMPANY["channels"]["chat"]["hours"]
    phone = COMPANY["channels"]["phone"]["hours"]
    assert f"Monday to Friday {clock(chat['monday'])}, Saturday {clock(chat['saturday'])}" in CONTACT
    assert f"Monday to Friday {clock(phone['friday'])}" in CONTACT
    assert "sunday" not in chat
    assert "saturday" not in phone


def test_the_contact_article_states_the_addresses_and_promises_of_the_profile() -> None:
    for channel in COMPANY["channels"].values():
        assert channel["promise"] in CONTACT
        assert channel.get("address", "") in CONTACT


def test_those_who_decide_exceptions_are_the_same_in_article_and_profile() -> None:
    article = read_articles()["ask-for-an-exception"].body
    assert COMPANY["exceptions"]["email"] in article
    assert COMPANY["exceptions"]["who"] in article
    assert "**three working days**" in article
    assert COMPANY["exceptions"]["promise"] == "within three working days"


def test_holidays_are_in_order_and_half_days_have_hours() -> None:
    days = [holiday["date"] for holiday in COMPANY["holidays"]]
    assert days == sorted(days)
    assert all(isinstance(day, date) for day in days)
    [eve] = [holiday for holiday in COMPANY["holidays"] if holiday["date"] == date(2026, 12, 24)]
    assert eve["hours"].endswith("13:00")
    assert "on 24 December we close at 13:00" in CONTACT
