"""How things are said: fresh apologies, no jokes, no arguing, and typed choices."""

from __future__ import annotations

import re

import pytest

from bot.apologies import is_apology, key_of, without_repeats
from bot.choices import chosen
from bot.replies import Reply
from bot.wording import _one_of_twins
from tests.dialogues.bot import domain

OFFERED = [
    {"article_id": "return-an-item", "title": "Return an item"},
    {"article_id": "refund-times", "title": "When your refund arrives"},
]
# What an argument sounds like; none of it is ever said to a customer.
ARGUING = re.compile(
    r"\b(?:calm down|as i said|as i told you|like i said|actually|obviously|you should have|you must have|"
    r"you are wrong|you're wrong|that's not true|with respect|policy is policy|there's no need to|you misunderstood)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize(
    ("text", "article_id"),
    [
        ("the second one", "refund-times"),
        ("first", "return-an-item"),
        ("2", "refund-times"),
        ("the refund", "refund-times"),
        ("return an item please", "return-an-item"),
        ("when your refund arrives", "refund-times"),
        ("neither", None),
        ("yes", None),
        ("delivery to norway", None),
        ("return or refund", None),
        ("", None),
        ("no I want to know about my refund and nothing else", None),
    ],
)
def test_a_typed_choice_is_read(text: str, article_id: str | None) -> None:
    assert chosen(text, OFFERED) == article_id


def test_a_choice_of_nothing_is_none() -> None:
    assert chosen("the first one", []) is None


def test_an_apology_is_said_once_and_the_rest_stays() -> None:
    first, keys = without_repeats([Reply("I'm sorry that wasn't it. What is missing?")], [])
    again, after = without_repeats([Reply("I'm sorry, that wasn't it! What is missing?")], keys)
    assert [reply.text for reply in first] == ["I'm sorry that wasn't it. What is missing?"]
    assert [reply.text for reply in again] == ["What is missing?"]
    assert after == keys


def test_an_apology_with_a_name_is_the_same_apology() -> None:
    _, keys = without_repeats([Reply("I'm sorry, that's really frustrating.")], [])
    said, _ = without_repeats(
        [Reply("I'm sorry, Margaret, that's really frustrating."), Reply("Five days.")], keys, "Margaret"
    )
    assert [reply.text for reply in said] == ["Five days."]


def test_the_same_regret_about_another_order_is_no_repetition() -> None:
    late = "I'm sorry, TW-{} is late: the van broke down. We now expect it on Friday."
    _, keys = without_repeats([Reply(late.format(1234567))], [])
    other = [Reply(late.format(7654321))]
    assert without_repeats(other, keys)[0] == other


def test_there_is_always_something_said() -> None:
    _, keys = without_repeats([Reply("I'm sorry.")], [])
    assert without_repeats([Reply("I'm sorry.")], keys)[0] == [Reply("I'm sorry.")]


@pytest.mark.parametrize(
    "text", ["...", "Sorry for the wait: it comes at 9:30. Costs £3.95!", "no full stop", "a.b@c.example"]
)
def test_nothing_but_apologies_is_ever_left_out(text: str) -> None:
    assert without_repeats([Reply(text)], [])[0] == [Reply(text)]


def test_an_articles_words_are_never_cut() -> None:
    article = Reply("We are sorry to hear it. Write to us.", suggestion_id="s1")
    assert without_repeats([article], [key_of("We are sorry to hear it.")])[0] == [article]


def test_a_named_variant_stands_for_its_nameless_twin() -> None:
    twins = [{"text": "Glad it helped."}, {"text": "Glad it helped, {customer_name}."}, {"text": "Good."}]
    assert [variant["text"] for variant in _one_of_twins(twins)] == ["Glad it helped, {customer_name}.", "Good."]


def test_no_response_argues() -> None:
    for name, variants in domain()["responses"].items():
        assert [variant["text"] for variant in variants if ARGUING.search(variant["text"])] == [], name


@pytest.mark.parametrize("name", ["utter_did_both_help", "utter_which_is_open"])
def test_what_follows_several_answers_fits_three_as_well_as_two(name: str) -> None:
    texts = [variant["text"] for variant in domain()["responses"][name]]
    assert [text for text in texts if re.search(r"\b(?:both|two)\b", text, re.IGNORECASE)] == []


def test_no_two_responses_share_an_apology() -> None:
    seen: dict[int, str] = {}
    for name, variants in domain()["responses"].items():
        for variant in variants:
            for sentence in re.findall(r"[^.!?:]+[.!?:]*", variant["text"].replace("{customer_name}", "")):
                if is_apology(sentence):
                    assert seen.setdefault(key_of(sentence), name) == name, sentence


@pytest.mark.parametrize(
    "name", ["utter_tell_joke", "utter_goodbye", "utter_helped", "utter_how_are_you", "utter_compliment"]
)
def test_an_upset_customer_has_words_of_their_own(name: str) -> None:
    conditions = [variant.get("condition") for variant in domain()["responses"][name]]
    assert [{"type": "slot", "name": "is_upset", "value": True}] in conditions


def test_there_are_enough_words_for_feelings() -> None:
    feelings = [variant for variant in domain()["responses"]["utter_feelings_first"] if "{" not in variant["text"]]
    assert len(feelings) >= 8
