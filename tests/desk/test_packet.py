"""What a person reads before the first word: the brief, what not to ask again, pages, earlier chats, a first reply."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.hand_off.brief import Story, brief_of, sentence_of
from api.hand_off.packet import check_packet
from api.hand_off.reply import Situation, draft_reply, feeling_of
from api.schemas.packet import EntityAt, FrustrationAt
from api.store.tables import Message
from tests.desk.office import Guest, Office


def story(*said: tuple[str, str, str | None], upset: tuple[int, ...] = (), facts: tuple[str, ...] = ()) -> Story:
    """Return a story told as (sender, text, outcome) lines; `upset` are the seqs of angry ones."""
    messages = [Message(id=f"m{seq}", seq=seq, sender=who, text=text) for seq, (who, text, _) in enumerate(said, 1)]
    return Story(
        messages,
        [],
        [FrustrationAt(seq=seq, message_id=f"m{seq}", score=0.9, reasons=[]) for seq in upset],
        [EntityAt(seq=1, message_id="m1", entity="order_number", value=value) for value in facts],
        {f"m{seq}": outcome for seq, (_, _, outcome) in enumerate(said, 1) if outcome},
    )


def test_a_conversation_in_short_is_quotations_with_their_messages() -> None:
    brief = brief_of(
        story(
            ("customer", "hello", "response"),
            ("customer", "the zip of my tent TW-1234567 broke on the first night in the rain", "answer"),
            ("bot", "Claims are made in your account.", None),
            ("customer", "that page does not open!!", "rejected"),
            ("customer", "so where do I send the tent?", "fallback"),
            upset=(4,),
            facts=("TW-1234567", "TW-1234567"),
        )
    )
    assert [(line.kind, line.seq) for line in brief] == [("problem", 2), ("question", 5), ("mood", 4), ("fact", 1)]
    assert brief[1].text == "so where do I send the tent?"
    assert sentence_of(brief) == (
        "Wrote: “the zip of my tent TW-1234567 broke on the first night in the rain”. "
        "Asked last: “so where do I send the tent?”. Most upset at: “that page does not open!!”. "
        "Named: “order number TW-1234567”."
    )


def test_what_an_agent_has_answered_is_no_open_question() -> None:
    brief = brief_of(story(("customer", "where is my green parcel", "fallback"), ("agent", "On its way.", None)))
    assert [line.kind for line in brief] == ["problem"]
    assert brief_of(story(("bot", "Hello!", None))) == []
    assert sentence_of([]) is None


@given(st.lists(st.text(max_size=400), min_size=1, max_size=6))
def test_nothing_is_said_that_the_customer_did_not_say(texts: list[str]) -> None:
    told = story(*(("customer", text, "fallback") for text in texts))
    for line in brief_of(told):
        said = " ".join(next(m.text for m in told.messages if m.id == line.message_id).split())
        assert said.startswith(line.text.removesuffix("…") if len(said) > 280 else line.text)


@pytest.mark.parametrize(
    ("situation", "answer", "reply"),
    [
        (Situation(None, None), None, "Hello.\n\nI'm looking into it now and will tell you here what I find."),
        (
            Situation("Ada Byron", "Priya Shah", waited_s=400),
            "Send it back within 30 days.",
            "Hello Ada, this is Priya. Thank you for waiting.\n\nSend it back within 30 days.\n\n"
            "Does that answer your question?",
        ),
        (
            Situation("Dr Byron", None, frustration=0.8, failed=2, waited_s=400),
            None,
            "Hello Dr Byron. I'm sorry that our answers have not helped so far; I have read everything you wrote, so "
            "you need not tell it again.\n\nI'm looking into it now and will tell you here what I find.",
        ),
        (
            Situation("Ada", "Priya", first=False),
            "Yes, it does.",
            "Yes, it does.\n\nDoes that answer your question?",
        ),
    ],
)
def test_a_reply_has_the_name_the_feeling_first_and_the_answer_word_for_word(
    situation: Situation, answer: str | None, reply: str
) -> None:
    assert draft_reply(situation, answer) == reply


def test_no_feeling_is_spoken_of_that_is_not_there() -> None:
    assert feeling_of(Situation("Ada", None, frustration=0.49, failed=3)) == "none"
    assert feeling_of(Situation("Ada", None, frustration=0.5)) == "upset"


# ---- through the service ----------------------------------------------------------------------------------------


def packet_of(office: Office, guest: Guest) -> dict[str, Any]:
    answer = office.client.get(f"{guest.path}/hand-off", headers=office.person().headers)
    packet: dict[str, Any] = answer.json()
    check_packet(packet)
    return packet


def visit(office: Office, guest: Guest, url: str, title: str | None = None) -> int:
    office.clock.advance(1)
    return office.client.post(
        f"{guest.path}/pages", headers=guest.headers, json={"url": url, "title": title}
    ).status_code


def test_the_pages_a_customer_was_on_are_there_in_order_without_what_is_secret_in_them(office: Office) -> None:
    guest = office.guest(page_url="https://tarnwick.example/")
    office.says(guest, "help")
    for url in ("tents?token=s3cret#here", "tents?page=2", "basket"):
        assert visit(office, guest, f"https://ada:pw@tarnwick.example/{url}", "A page") == 200
    for wrong in ("javascript:alert(1)", "/tents", "ftp://tarnwick.example/"):
        assert visit(office, guest, wrong) == 422
    office.waits(guest)
    packet = packet_of(office, guest)
    site = "https://tarnwick.example"
    assert packet["pages"] == [f"{site}/", f"{site}/tents", f"{site}/basket"]
    assert [page["title"] for page in packet["visits"]] == [None, "A page", "A page"]
    other = office.guest()
    assert office.client.post(f"{guest.path}/pages", headers=other.headers, json={"url": site}).status_code == 404


def test_what_was_told_already_is_listed_once_with_its_message(office: Office) -> None:
    guest = office.guest(name="Ada", contact_phone="0161 496 0000")
    first, second = office.says(guest, "order TW-1"), office.says(guest, "no, TW-2")
    for message, value in ((first, "TW-1"), (second, "TW-2")):
        entities = [{"entity": "order_number", "value": value}]
        slots = {"slots": {"order_number": value, "open_question": "helped", "is_upset": True}}
        office.understood(guest, message, entities=entities, understanding=slots)
    office.waits(guest)
    known = [(one["what"], one["value"], one["seq"]) for one in packet_of(office, guest)["do_not_ask_again"]]
    assert known == [("name", "Ada", None), ("phone", "0161 496 0000", None), ("order_number", "TW-2", 2)]


def test_only_a_verified_customer_brings_earlier_conversations(office: Office) -> None:
    before = office.guest(customer_sub="u1", verified=True, stars=2)
    office.says(before, "my tent is torn")
    office.waits(before, "anger")
    office.guest(customer_sub="u1", verified=False)  # somebody who only says so
    office.guest(customer_sub="u2", verified=True)
    now, stranger = office.guest(customer_sub="u1", verified=True), office.guest(customer_sub="u1", verified=False)
    for guest in (now, stranger):
        office.clock.advance(1)
        office.waits(guest)
    [one] = packet_of(office, now)["earlier"]
    assert (one["conversation_id"], one["first_message"], one["stars"]) == (
        before.conversation_id,
        "my tent is torn",
        2,
    )
    assert [reason["code"] for reason in one["reasons"]] == ["anger"]
    assert packet_of(office, stranger)["earlier"] == []


def test_the_first_reply_is_not_an_answer_that_did_not_help(office: Office) -> None:
    guest = office.guest(name="Ada Byron")
    asked = office.says(guest, "where is my parcel")
    [parcel, _] = office.found(guest, asked, "parcel", "returns")
    office.understood(guest, asked, outcome="answer")
    office.says(guest, "About parcel.", sender="bot", suggestion_id=parcel)
    again = office.says(guest, "no, where is it?!")
    office.found(guest, again, "parcel", "returns")
    office.understood(guest, again, outcome="rejected", frustration=0.7)
    office.waits(guest)
    packet = packet_of(office, guest)
    assert packet["suggested_reply"].startswith("Hello Ada. I'm sorry that our answers have not helped so far;")
    assert "About returns." in packet["suggested_reply"]
    assert "About parcel." not in packet["suggested_reply"]
    assert packet["brief"][0] == {
        "kind": "problem", "text": "where is my parcel", "seq": 1, "message_id": asked,
    }  # fmt: skip
