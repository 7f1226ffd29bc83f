"""Conversations with the trained bot: what is said, and which responses follow."""

from __future__ import annotations

import pytest

from tests.dialogues.bot import Bot, Conversation, play, response_of, responses_of

ASK_NUMBER, ASK_POSTCODE = (f"utter_ask_order_status_form_order_{part}" for part in ("number", "postcode"))
ASK_PHONE, ASK_TIME, ASK_TOPIC = (f"utter_ask_callback_form_callback_{part}" for part in ("phone", "time", "topic"))
ANSWERED = ["answer", "utter_did_this_help"]

TRANSCRIPTS = {
    "an answer that helps": [
        ("hello", "utter_greet"),
        ("when will my refund be in my account?", ANSWERED),
        ("yes thanks", "utter_helped"),
        ("thank you very much", "utter_thanks"),
        ("bye", "utter_goodbye"),
    ],
    "an answer that does not help, nor the next": [
        ("when will my refund be in my account?", ANSWERED),
        ("[Not really]", ["utter_next_suggestion", *ANSWERED]),
        ("no", "utter_rejected"),
    ],
    "no, typed in other words": [
        ("when will my refund be in my account?", ANSWERED),
        ("that's not what I asked", ["utter_next_suggestion", *ANSWERED]),
        ("that helped", "utter_helped"),
    ],
    "two close articles": [
        ("it does not fit, can i send it back?", "utter_clarify"),
        ("[Return an item]", ANSWERED),
        ("[Yes, thanks]", "utter_helped"),
    ],
    "two close articles, neither of them": [
        ("it does not fit, can i send it back?", "utter_clarify"),
        ("[Something else]", "utter_none_of_these"),
        ("how much is delivery to norway", ANSWERED),
    ],
    "nothing found": [("do you sell submarines with periscopes", "utter_not_found")],
    "a yes belongs to the last question only": [
        ("when will my refund be in my account?", ANSWERED),
        ("are you a bot?", "utter_are_you_a_bot"),
        ("yes", "utter_affirm"),
    ],
    "order status": [
        ("where is my order?", ASK_NUMBER),
        ("TW-2045184", ASK_POSTCODE),
        ("LS6 2DX", "utter_order_on_its_way"),
    ],
    "order status with everything at once": [
        ("where is my order TW-7712034", ASK_POSTCODE),
        ("m4 1hn", "utter_order_delayed"),
    ],
    "order status with a slip": [
        ("where is my order?", ASK_NUMBER),
        ("TW-20", "utter_order_number_unclear"),
        ("TW-2045185", ASK_POSTCODE),
        ("sorry I meant TW-2045184", ["utter_detail_changed", ASK_POSTCODE]),
        ("ls62dx", "utter_order_on_its_way"),
    ],
    "order status of an order that is not there": [
        ("where is my order?", ASK_NUMBER),
        ("TW-9999999", ASK_POSTCODE),
        ("LS6 2DX", ["utter_order_unknown", ASK_NUMBER]),
        ("cancel", "utter_cancelled"),
    ],
    "a question within the form": [
        ("where is my order?", ASK_NUMBER),
        ("how much is delivery to norway?", ["answer", ASK_NUMBER]),
        ("TW-3309124", ASK_POSTCODE),
        ("EH3 9GG", "utter_order_delivered"),
    ],
    "the same wish again within its form": [
        ("where is my order?", ASK_NUMBER),
        ("where is my order???", ASK_NUMBER),
        ("where is my order though", "utter_form_left"),
    ],
    "words that are no detail": [
        ("where is my order?", ASK_NUMBER),
        ("asdf qwer", "utter_order_number_unclear"),
        ("qwer asdf", "utter_form_left"),
    ],
    "two questions within the form": [
        ("where is my order?", ASK_NUMBER),
        ("how much is delivery to norway?", ["answer", ASK_NUMBER]),
        ("and when will my refund be in my account?", ANSWERED),
        ("thank you", "utter_thanks"),
    ],
    "small talk within the form": [
        ("where is my order?", ASK_NUMBER),
        ("are you a robot?", ["utter_are_you_a_bot", ASK_NUMBER]),
        ("never mind", "utter_cancelled"),
        ("never mind", "utter_nothing_to_cancel"),
    ],
    "a person asked for within the form": [
        ("where is my order?", ASK_NUMBER),
        ("let me speak to a person please", "utter_request_person"),
    ],
    "a call-back": [
        ("can you ring me back please", ASK_PHONE),
        ("07700 900123", ASK_TIME),
        ("tomorrow morning", ASK_TOPIC),
        ("a refund that never came", "utter_confirm_callback"),
        ("yes please", "utter_callback_booked"),
    ],
    "a call-back corrected twice": [
        ("can you ring me back please", ASK_PHONE),
        ("12", "utter_phone_unclear"),
        ("07700 900123", ASK_TIME),
        ("tomorrow morning", ASK_TOPIC),
        ("my tent", "utter_confirm_callback"),
        ("[Change something]", "utter_what_to_change"),
        ("the time", ASK_TIME),
        ("friday after 3", "utter_confirm_callback"),
        ("no, the number should be 07700 900999", ["utter_detail_changed", "utter_confirm_callback"]),
        ("[Yes, please]", "utter_callback_booked"),
    ],
    "a call-back cancelled": [
        ("can you ring me back please", ASK_PHONE),
        ("07700 900123", ASK_TIME),
        ("forget it", "utter_cancelled"),
    ],
    "people": [
        ("agent", "utter_person_keyword"),
        ("I want to talk to a real person", "utter_request_person"),
    ],
    "danger": [("the stove caught fire and burnt my hand", "utter_safety_problem")],
    "law": [("you will hear from my solicitor", ["utter_feelings_first", "utter_legal_threat"])],
    "opening hours": [("what are your opening hours?", "utter_availability")],
    "begun again": [("where is my order?", ASK_NUMBER), ("start again", "utter_started_again")],
    "repeated": [("what can you do?", "utter_capabilities"), ("can you repeat that?", "utter_capabilities")],
}


@pytest.mark.parametrize("title", TRANSCRIPTS)
def test_transcript(bot: Bot, title: str) -> None:
    play(bot, TRANSCRIPTS[title])


def test_the_customer_is_called_by_their_name(bot: Bot) -> None:
    conversation = Conversation(bot, name="Margaret Hale")
    assert "Margaret" in conversation.say("good morning")["replies"][0]["text"]


@pytest.mark.parametrize("name", [None, "", "  ", "<b>x</b>", "{order_number}", "a" * 200, "12"])
def test_what_is_no_name_is_not_said(bot: Bot, name: str | None) -> None:
    answer = Conversation(bot, name=name).say("good morning")
    assert response_of(answer["replies"][0]["text"]) == "utter_greet"
    assert "customer_name" not in answer["state"]["slots"]


def test_the_same_apology_is_never_said_twice_in_a_row_of_failures(bot: Bot) -> None:
    conversation = Conversation(bot)
    said = [
        conversation.say(text)["replies"][0]["text"]
        for text in (
            "do you sell submarines",
            "submarines with periscopes I mean",
            "the yellow submarine ones",
            "subs?",
        )
    ]
    assert len(set(said)) == 4


def test_the_third_failure_ends_the_guessing(bot: Bot) -> None:
    conversation = Conversation(bot)
    conversation.say("do you sell submarines with periscopes")
    conversation.say("the yellow kind of submarine with a periscope")
    answer = conversation.say("a diving submarine boat for two")
    assert responses_of(answer) == ["utter_still_not_found"]


def test_feelings_come_first(bot: Bot) -> None:
    answer = Conversation(bot).say("where the hell is my refund?! this is disgraceful, I am so angry with you!!!")
    assert responses_of(answer)[0] in {"utter_upset", "utter_insult", "utter_feelings_first"}
    assert answer["understanding"]["frustration"]["score"] >= 0.6


def test_a_calm_problem_gets_no_apology_for_feelings(bot: Bot) -> None:
    answer = Conversation(bot).say("my parcel arrived damaged, can I get a refund?")
    assert responses_of(answer) == ANSWERED


def test_a_search_that_is_down_is_owned_up_to(bot: Bot) -> None:
    bot.api.is_down = True
    try:
        answer = Conversation(bot).say("when will my refund be in my account?")
    finally:
        bot.api.is_down = False
    assert responses_of(answer) == ["utter_search_unavailable"]
    assert answer["outcome"] == "fallback"


def test_feedback_travels_with_the_answer(bot: Bot) -> None:
    conversation = play(bot, [("when will my refund be in my account?", ANSWERED), ("[Yes, thanks]", "utter_helped")])
    assert conversation.last["feedback"] == {"suggestion_id": "s-refund-times", "helpful": True}


@pytest.mark.parametrize("text", ["...", "?", "🙂", "asdf qwer", "\u202eolleh", "你好吗", "1234", "a" * 500])
def test_odd_messages_get_an_answer(bot: Bot, text: str) -> None:
    """D06, D14."""
    assert Conversation(bot).say(text)["replies"]


@pytest.mark.parametrize("text", ["🙂", "😀" * 500, "👨‍👩‍👧‍👦", "🇬🇧", "1️⃣"])
def test_emoji_alone_are_answered_and_are_no_anger(bot: Bot, text: str) -> None:
    """D06."""
    answer = Conversation(bot).say(text)
    assert answer["replies"]
    assert answer["understanding"]["frustration"]["score"] < 0.5
