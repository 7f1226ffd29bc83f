"""What became of corrections, and what a candidate would have answered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api.store.tables import Agent, Conversation, Label, Message, Suggestion, SuggestionSet, Turn
from api.worker.receipts import corrections, receipts
from api.worker.replay import recent, replay
from api.worker.trial import Guess, Route, Trial

ROUTES = {
    "ask": Route("search", None, 0.5),
    "greet": Route("response", "utter_greet", 0.5),
    "legal": Route("hand_off", "utter_legal", 0.6),
}


@pytest.fixture
def said(shop):
    """Add a customer's message with the bot's turn over it, and perhaps what the search found."""

    def add(text: str, intent: str = "greet", *, search: float | None = None, article: str | None = None) -> str:
        shop.clock.move(1)
        now = shop.clock.now()

        def write(session) -> str:
            conversation = Conversation(
                token_hash=text, token_expires_at=now, created_at=now, last_message_at=now, customer_name="Ann Webb"
            )
            session.add(conversation)
            session.flush()
            message = Message(conversation_id=conversation.id, seq=1, sender="customer", text=text, created_at=now)
            session.add(message)
            session.flush()
            session.add(
                Turn(
                    conversation_id=conversation.id,
                    message_id=message.id,
                    number=1,
                    mode="reply",
                    state="done",
                    fence=1,
                    owner_version=1,
                    intent=intent,
                    confidence=0.9,
                    search_confidence=search,
                    started_at=now,
                )
            )
            if article is not None:
                _found(session, message, article, search or 0.0, now)
            return message.id

        return shop.store.write_sync(write)

    return add


def _found(session, message: Message, article: str, confidence: float, now) -> None:
    found = SuggestionSet(
        message_id=message.id,
        kb="main",
        question=message.text,
        kb_version="k",
        model_version="e",
        decision="answer",
        confidence=confidence,
        created_at=now,
    )
    session.add(found)
    session.flush()
    session.add(
        Suggestion(
            suggestion_set_id=found.id,
            rank=0,
            article_id=article,
            title=article.title(),
            answer=f"About {article}.",
            passage="",
            similarity=0.9,
            confidence=confidence,
        )
    )


@pytest.fixture
def label(shop):
    """Say what a message means."""
    people: dict[str, str] = {}

    def add(message_id: str, by: str = "Ada", **meaning: object) -> None:
        shop.clock.move(1)
        now = shop.clock.now()

        def write(session) -> None:
            if by not in people:
                agent = Agent(name=by, role="admin", created_at=now)
                session.add(agent)
                session.flush()
                people[by] = agent.id
            session.add(Label(message_id=message_id, agent_id=people[by], created_at=now, **meaning))

        shop.store.write_sync(write)

    return add


def guesses(version: str, **intents: str) -> Trial:
    """A model that is sure of an intent for each message, named by its first word."""
    return Trial(version, {text.replace("_", " "): Guess(intent, 0.9) for text, intent in intents.items()})


def counted(found: dict, *names: str) -> tuple[int, ...]:
    return tuple(found[name] for name in ("corrections", "right", "wrong", "broken", *names))


def test_every_correction_is_accounted_for_and_credited(shop, said, label):
    label(said("sue you"), intent="legal")
    label(said("court now"), intent="legal")
    label(said("return it"), "Ben", article_id="returns")
    label(said("good day"), "Ben", verdict="right")
    label(said("never mind"), verdict="skip")
    found = shop.store.read_sync(lambda session: corrections(session, ROUTES))
    assert {one.text: (one.was, one.meant) for one in found} == {
        "sue you": ("greet", "legal"),
        "court now": ("greet", "legal"),
        "return it": ("greet", "ask"),
        "good day": ("greet", "greet"),
    }
    now = guesses("new", sue_you="legal", court_now="greet", return_it="ask", good_day="legal")
    before = guesses("old", sue_you="greet", court_now="greet", return_it="greet", good_day="greet")
    told = receipts(found, now, before, ROUTES)
    assert counted(told) == (4, 2, 1, 1)
    assert [(one["name"], counted(one)) for one in told["people"]] == [("Ada", (2, 1, 1, 0)), ("Ben", (2, 1, 0, 1))]
    assert {(one["meant"], one["now"], one["became"]) for one in told["open"]} == {
        ("legal", "greet", "wrong"),
        ("greet", "legal", "broken"),
    }


def test_only_the_newest_label_that_was_not_taken_back_counts(shop, said, label):
    message = said("sue you")
    label(message, intent="greet")
    label(message, intent="legal")
    label(message, intent="ask", undone_at=shop.clock.now())
    [one] = shop.store.read_sync(lambda session: corrections(session, ROUTES))
    assert one.meant == "legal"


def test_a_replay_shows_what_changes_side_by_side_without_personal_data(shop, said):
    said("return it to ann@webb.example", "ask", search=0.7, article="returns")
    said("good day", "greet", search=0.1)
    asked = shop.store.read_sync(lambda session: recent(session, now=shop.clock.now()))
    now = Trial("new", {"return it to ann@webb.example": Guess("legal", 0.9), "good day": Guess("greet", 0.9)})
    before = Trial("old", {"return it to ann@webb.example": Guess("legal", 0.6), "good day": Guess("greet", 0.9)})
    told = replay(asked, now, before, ROUTES)
    assert (told["messages"], told["changed"], told["hand_offs"]) == (2, 1, {"before": 0, "after": 1})
    [change] = told["shown"]
    assert change["text"] == "return it to [e-mail]"
    assert change["before"] == {"intent": "ask", "outcome": "search", "gets": "Returns", "answer": "About returns."}
    assert change["after"] == {"intent": "legal", "outcome": "hand_off", "gets": "utter_legal", "answer": None}


def test_only_the_last_days_are_replayed_and_each_wording_once(shop, said):
    said("good day")
    shop.clock.wall += timedelta(days=20)
    said("sue you")
    shop.clock.move(1)
    other = shop.store.read_sync(lambda session: recent(session, now=shop.clock.now()))
    assert [one.text for one in other] == ["sue you"]
