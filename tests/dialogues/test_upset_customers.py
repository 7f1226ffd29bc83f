"""Conversations of upset, refused and persistent customers with the trained bot: how it is said, turn by turn."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bot.apologies import is_apology, key_of
from tests.dialogues.bot import Bot, Conversation, responses_of
from tests.dialogues.stub_api import REFUSAL
from tests.dialogues.test_wording import ARGUING

FELT = {
    "utter_upset",
    "utter_insult",
    "utter_make_complaint",
    "utter_already_told",
    "utter_feelings_first",
    "utter_feelings_repeated",
    "utter_feelings_waiting",
}
JOKES = re.compile(r"doctor|in stitches", re.IGNORECASE)
EXCEPTIONS = "write to exceptions@tarnwick.example"

# What the customer says; "*" before a message: the bot must speak to the feeling first.
DIALOGUES = {
    "furious about a refund": ["*WHERE IS MY REFUND?! this is absolutely disgraceful, I am furious!!!", "ok thanks"],
    "anger without a question": [
        "*I am so fed up with you lot, this is a complete disgrace!!!",
        "when is my refund due",
    ],
    "anger five times": [
        "*this is useless!!",
        "*this is ridiculous!!",
        "*I'm furious with you!!",
        "*worst service ever!!",
        "*I've had enough of this!!",
    ],
    "insults": ["*you stupid useless bot", "*you're an idiot", "how much is delivery to norway"],
    "a joke asked for in anger": ["*this is an absolute disgrace, I'm furious!!!", "tell me a joke"],
    "a joke asked for later": ["*I'm so angry with you!!", "when will my refund be in my account?", "tell me a joke"],
    "goodbye after anger": ["*terrible, just terrible, I'm so angry!!", "bye"],
    "praise after anger": ["*I am really angry about this!!", "well done"],
    "thanks after anger": ["*you've let me down again, I'm furious!!", "how much is delivery to norway", "thank you"],
    "how are you after anger": ["*I'm furious, this is a disgrace!!", "how are you?"],
    "a complaint": ["*I want to make a complaint", "my parcel came three weeks late and nobody cared"],
    "the same answer rejected twice": [
        "when will my refund be in my account?",
        "that's not what I asked",
        "that didn't help either",
        "when will my refund be in my account?",
    ],
    "rejected, then rephrased": [
        "when will my refund be in my account?",
        "no",
        "no",
        "how long does a refund take to arrive?",
    ],
    "nothing found again and again": [
        "do you sell submarines",
        "submarines with periscopes I mean",
        "the yellow submarine ones",
        "a submarine!",
        "sub marine",
    ],
    "two questions at once": ["how long does a refund take and how much is delivery to norway", "yes thanks"],
    "two questions, not answered": ["how long does a refund take and how much is delivery to norway", "no"],
    "told already": ["where is my order?", "*I already told you that!!", "cancel"],
    "neither of two": ["it does not fit, can i send it back?", "neither", "it does not fit, can i send it back?"],
    "the second of two": ["it does not fit, can i send it back?", "the second one", "thank you"],
    "a refusal": ["can I return worn socks?", "but that's unfair"],
    "a refusal in anger": ["*can I return worn socks?! I'm furious, your shop is a disgrace!!!", "bye"],
    "fed up within a form": ["where is my order?", "*for goodness sake this is ridiculous, I'm furious!!", "cancel"],
    "nothing but noise": ["*!!!! USELESS !!!! WHAT IS WRONG WITH YOU PEOPLE", "???", "hello"],
}


def played(bot: Bot, title: str) -> list[tuple[str, dict[str, Any]]]:
    conversation = Conversation(bot, exceptions=EXCEPTIONS)
    return [(message, conversation.say(message.lstrip("*"))) for message in DIALOGUES[title]]


def texts(turns: list[tuple[str, dict[str, Any]]]) -> list[str]:
    return [reply["text"] for _, answer in turns for reply in answer["replies"] if "suggestion_id" not in reply]


@pytest.mark.parametrize("title", DIALOGUES)
def test_feelings_come_first_and_sorry_is_never_said_twice_in_the_same_words(bot: Bot, title: str) -> None:
    turns = played(bot, title)
    for message, answer in turns:
        assert answer["replies"], message
        if message.startswith("*"):
            assert responses_of(answer)[0] in FELT, (message, answer["understanding"], answer["replies"])
    said = [sentence for text in texts(turns) for sentence in re.findall(r"[^.!?:]+", text) if is_apology(sentence)]
    keys = [key_of(sentence) for sentence in said]
    assert len(keys) == len(set(keys)), said
    assert [text for text in texts(turns) if ARGUING.search(text)] == []


@pytest.mark.parametrize("title", [title for title, said in DIALOGUES.items() if "*" in "".join(said)])
def test_nobody_jokes_with_an_upset_customer(bot: Bot, title: str) -> None:
    assert [text for text in texts(played(bot, title)) if JOKES.search(text) or "Enjoy the outdoors" in text] == []


def test_a_joke_is_told_to_who_is_not_upset(bot: Bot) -> None:
    [reply] = Conversation(bot).say("tell me a joke")["replies"]
    assert JOKES.search(reply["text"])


def test_a_rejected_answer_is_never_said_again(bot: Bot) -> None:
    turns = played(bot, "the same answer rejected twice")
    shown = [reply["text"] for _, answer in turns for reply in answer["replies"] if "suggestion_id" in reply]
    assert len(shown) == len(set(shown)) == 2
    assert responses_of(turns[-1][1]) == ["utter_same_again"]


def test_a_refusal_is_stated_with_the_way_to_an_exception(bot: Bot) -> None:
    answer = played(bot, "a refusal")[0][1]
    assert answer["replies"][0]["text"] == REFUSAL
    assert responses_of(answer) == ["answer", "utter_ask_for_exception", "utter_did_this_help"]
    assert EXCEPTIONS in answer["replies"][1]["text"]


def test_two_questions_in_one_message_get_two_answers(bot: Bot) -> None:
    answer = played(bot, "two questions at once")[0][1]
    assert responses_of(answer) == ["answer", "utter_other_question", "answer", "utter_did_both_help"]


def test_two_answers_that_do_not_help_lead_to_one_question_at_a_time(bot: Bot) -> None:
    answer = played(bot, "two questions, not answered")[1][1]
    assert responses_of(answer) == ["utter_which_is_open"]


def test_a_typed_choice_counts_as_the_button(bot: Bot) -> None:
    first, second, _ = (answer for _, answer in played(bot, "the second of two"))
    assert responses_of(first) == ["utter_clarify"]
    assert second["replies"][0]["suggestion_id"] == "s-refund-times"


def test_a_pair_turned_down_is_not_offered_again(bot: Bot) -> None:
    _, _, again = (answer for _, answer in played(bot, "neither of two"))
    assert responses_of(again) == ["utter_not_found"]
