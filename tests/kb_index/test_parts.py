from __future__ import annotations

import dataclasses
import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kb_index.confidence import CutOffs
from kb_index.parts import FindingInParts, parts_of, suggest_parts
from kb_index.search import Search


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ("How long does a refund take? Do you deliver to Norway?", 2),
        ("how long does a refund take and do you deliver to norway", 2),
        ("Hi, can I return worn boots? And what does delivery to Jersey cost?", 2),
        ("what does express cost, and also how do I use my gift card?", 2),
        ("Do you repair tents? Where is my nearest shop? How can I pay by card?", 3),
        ("My jacket tore at the seam. Can I get it repaired? How much does delivery to France cost?", 2),
        ("what about worn boots and what about gift cards", 2),
    ],
)
def test_two_questions_are_found(message: str, parts: int) -> None:
    assert len(parts_of(message)) == parts


@pytest.mark.parametrize(
    "message",
    [
        "How long does a refund take?",
        "My parcel is late. Where is it?",
        "Can I return boots and how long does that take?",
        "Do you deliver to Norway? How much is it?",
        "Do you know when and where the parcel arrives?",
        "Can you tell me what the jacket costs and when it arrives?",
        "I want to know whether the tent is waterproof and how heavy",
        "Where is my order? I paid on Monday. The bank took the money.",
        "Why? How long does a refund take?",
        "what if I am not at home when the parcel comes",
        "hello, how are you? how long does a refund take?",
        "",
        "???",
    ],
)
def test_one_question_stays_whole(message: str) -> None:
    assert parts_of(message) == (message,)


def test_what_is_said_between_belongs_to_the_question_it_leads_to() -> None:
    message = "I moved house. How do I change my address? My card expired too. How do I pay by gift card? Thanks."
    assert parts_of(message) == (
        "I moved house. How do I change my address?",
        "My card expired too. How do I pay by gift card? Thanks.",
    )


def test_a_stop_within_a_price_or_an_address_ends_nothing() -> None:
    message = "I paid 4.50 on tarnwick.example for wax. Can I get a refund? How do I change my address?"
    assert parts_of(message) == (
        "I paid 4.50 on tarnwick.example for wax. Can I get a refund?",
        "How do I change my address?",
    )


@given(some.text(alphabet="ab4.,;?! \n", max_size=60))
def test_no_letter_is_lost_in_parting(said: str) -> None:
    message = f"{said}\nHow long does a refund take? Do you deliver to Norway?"
    assert re.findall(r"\w", " ".join(parts_of(message))) == re.findall(r"\w", message)


@pytest.fixture(scope="module")
def sure(search: Search) -> Search:
    """The shelf, with cut-offs that let every first article answer."""
    calibration = dataclasses.replace(search.calibration, cut_offs=CutOffs(0.0, 0.0))
    return Search(search.index, search.encoder, calibration, kb_version=search.kb_version)


def test_each_question_is_answered_from_its_own_article(sure: Search) -> None:
    found = suggest_parts(sure, "does a parcel get to norway? how long is a gift card valid?")
    assert isinstance(found, FindingInParts)
    assert [(part.decision, part.article_ids) for part in found.parts] == [
        ("answer", ("norway",)),
        ("answer", ("vouchers",)),
    ]
    assert [one.article_id for one in found.suggestions[:2]] == ["norway", "vouchers"]


def test_two_unsure_questions_are_offered_as_a_choice_between_them(search: Search) -> None:
    calibration = dataclasses.replace(search.calibration, cut_offs=CutOffs(1.1, 0.0))
    unsure = Search(search.index, search.encoder, calibration, kb_version=search.kb_version)
    found = suggest_parts(unsure, "does a parcel get to norway? how long is a gift card valid?")
    assert found.decision == "clarify"
    assert [one.article_id for one in found.suggestions[:2]] == ["norway", "vouchers"]
    assert getattr(found, "parts", ()) == ()


def test_two_questions_about_one_article_get_one_answer(sure: Search) -> None:
    found = suggest_parts(sure, "do you deliver to norway? how does a norway parcel travel?")
    assert not isinstance(found, FindingInParts)


def test_a_single_question_is_searched_for_as_ever(sure: Search) -> None:
    question = "does a parcel get to norway"
    assert suggest_parts(sure, question) == sure.suggest(question)
