"""Reading order numbers and postcodes, and the demo order service."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from actions.order_form import order_number_in, postcode_in
from actions.orders import STATES, DemoOrders, orders


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("TW-2045184", "TW-2045184"),
        ("tw2045184", "TW-2045184"),
        ("it's TW 2045184, thanks", "TW-2045184"),
        ("2045184", "TW-2045184"),
        ("number: 2045184.", "TW-2045184"),
        ("07700900123", None),
        ("204518", None),
        ("I can't find it", None),
    ],
)
def test_an_order_number_is_read_in_any_usual_spelling(text: str, number: str | None) -> None:
    assert order_number_in(text) == number


@pytest.mark.parametrize(
    ("text", "postcode"),
    [
        ("ls62dx", "LS6 2DX"),
        ("my postcode is BD23 1QE", "BD23 1QE"),
        ("0150", "0150"),
        ("75 001", "75 001"),
        ("I don't know", None),
        ("2045184", None),
    ],
)
def test_a_postcode_is_read_from_a_sentence_or_alone_if_foreign(text: str, postcode: str | None) -> None:
    assert postcode_in(text) == postcode


def test_an_order_is_shown_only_with_its_postcode() -> None:
    demo = DemoOrders(today=date(2026, 3, 2))
    found = asyncio.run(demo.find("TW-2045184", "ls6 2dx"))
    assert found is not None
    assert (found.state, found.day, found.carrier) == ("on_its_way", date(2026, 3, 3), "Dales Parcels")
    assert asyncio.run(demo.find("TW-2045184", "LS1 1AA")) is None
    assert asyncio.run(demo.find("TW-0000000", "LS6 2DX")) is None


def test_the_demo_has_an_order_in_every_state() -> None:
    demo = DemoOrders()
    assert {row["state"] for row in demo._orders.values()} == set(STATES)


def test_a_company_names_its_own_order_system(monkeypatch: pytest.MonkeyPatch) -> None:
    orders.cache_clear()
    monkeypatch.setenv("DESKMATE_ORDERS", "actions.orders:nothing")
    with pytest.raises(ValueError, match=r"DESKMATE_ORDERS='actions\.orders:nothing' must be module:Class"):
        orders()
    monkeypatch.setenv("DESKMATE_ORDERS", "actions.orders:DemoOrders")
    assert isinstance(orders(), DemoOrders)
    orders.cache_clear()
