"""Entities found by pattern, in their one form."""

from datetime import date

import pytest

from bot.components.products import Products
from bot.components.shop_entities import find_entities

MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("my order is TW-204183", "order_number", "TW-204183"),
        ("tw 204183 please", "order_number", "TW-204183"),
        ("TW204183", "order_number", "TW-204183"),
        ("order number 204183", "order_number", "TW-204183"),
        ("order #204183 is late", "order_number", "TW-204183"),
        ("write to Ann.Lee@Example.co.uk.", "email", "ann.lee@example.co.uk"),
        ("to la229su please", "postcode", "LA22 9SU"),
        ("SW1A 1AA", "postcode", "SW1A 1AA"),
        ("it cost £1,249.5", "money", "1249.50 GBP"),
        ("20 quid", "money", "20.00 GBP"),
        ("about 30 euros", "money", "30.00 EUR"),
        ("50p short", "money", "0.50 GBP"),
        ("ordered on 3rd of February", "date", "2026-02-03"),
        ("since 28 December", "date", "2025-12-28"),
        ("on 05/04/26", "date", "2026-04-05"),
        ("2026-01-09", "date", "2026-01-09"),
        ("it came yesterday", "date", "2026-03-01"),
        ("last Monday", "date", "2026-02-23"),
        ("next Friday", "date", "2026-03-06"),
        ("ring 01539 496 000", "phone", "01539496000"),
        ("ring +44 (0)1539 496000", "phone", "+441539496000"),
    ],
)
def test_is_found_and_normalised(text, entity, value):
    [found] = find_entities(text, today=MONDAY)
    assert (found.entity, found.value) == (entity, value)


@pytest.mark.parametrize("text", ["I bought 2 tents", "31/02/2026", "size 12 boots", "room 204183", "call 999"])
def test_is_nothing_of_the_kind(text):
    assert find_entities(text, today=MONDAY) == []


def test_several_come_in_order_and_never_over_one_another():
    found = find_entities("TW-204183 for £20 to la22 9su by 4 March", today=MONDAY)
    assert [(f.entity, f.value) for f in found] == [
        ("order_number", "TW-204183"),
        ("money", "20.00 GBP"),
        ("postcode", "LA22 9SU"),
        ("date", "2026-03-04"),
    ]
    assert [f.start for f in found] == sorted(f.start for f in found)


PRODUCTS = Products(
    {"rucksack": ["backpack"], "sleeping bag": [], "sleeping bag liner": [], "head torch": ["headlamp"]}
)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("my Backpack tore", ["rucksack"]),
        ("two rucksacks and a headtorch", ["rucksack", "head torch"]),
        ("head-torches", ["head torch"]),
        ("a sleeping bag liner for my sleeping bag", ["sleeping bag liner", "sleeping bag"]),
        ("my unbackpacked things", []),
    ],
)
def test_a_product_has_one_name_whatever_it_is_called(text, values):
    assert [found.value for found in PRODUCTS.find(text, [])] == values


def test_a_product_is_not_looked_for_inside_something_else():
    [email] = find_entities("write to rucksack@example.com", today=MONDAY)
    assert PRODUCTS.find("write to rucksack@example.com", [email]) == []
    assert Products({}).find("a rucksack", []) == []
