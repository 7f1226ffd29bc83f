"""Whole conversations of the past, written through the store as the service would have written them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from api.security.tokens import new_token, token_hash
from api.store.database import Store
from api.store.ids import new_id
from api.store.tables import (
    Conversation,
    HandOff,
    Message,
    Suggestion,
    SuggestionFeedback,
    SuggestionSet,
    Turn,
)


@dataclass(frozen=True)
class Asked:
    """A customer's message, and what the bot made of it; without an outcome a person owned the chat."""

    text: str
    outcome: str | None = "answer"
    article: str | None = None  # the first suggestion
    confidence: float = 0.9  # of it
    frustration: float | None = 0.1
    intent: str = "ask"
    reply: str | None = None  # of the bot; what an answer says by default
    helpful: bool | None = None  # as the customer said
    correct: str | None = None  # as an agent said
    sent: str | None = None  # by an agent: the suggestion's text, "" for word for word
    pause: float = 5.0  # seconds before it


@dataclass(frozen=True)
class Agent:
    """An agent's line."""

    text: str
    pause: float = 30.0


@dataclass(frozen=True)
class Called:
    """The call for a person after the lines so far; the chat then is with people."""

    reason: str = "request_person"
    waited: float | None = 60.0  # seconds until somebody took it; None: the customer left
    stayed: float | None = 600.0  # seconds with the agent; None: they are still talking


Step = Asked | Agent | Called


@dataclass
class History:
    """Writes conversations into a database."""

    store: Store
    agent_id: str | None = None
    kb_version: str = "kb1"
    titles: dict[str, str] = field(default_factory=dict)

    def chat(self, at: datetime, *steps: Step, closed: bool = False, **columns: Any) -> str:
        """Add one conversation that began at `at`; return its id."""
        return self.store.write_sync(lambda session: self.write(session, at, steps, closed=closed, **columns))

    def write(self, session: Session, at: datetime, steps: Sequence[Step], *, closed: bool, **columns: Any) -> str:
        chat = Conversation(
            id=new_id(),
            owner="closed" if closed else "bot",
            token_hash=token_hash(new_token("chat")),
            token_expires_at=at + timedelta(days=400),
            created_at=at,
            last_message_at=at,
            closed_at=at if closed else None,
            closed_by="customer" if closed else None,
            **columns,
        )
        session.add(chat)
        session.flush()
        now, last = at, None
        for step in steps:
            if isinstance(step, Called):
                now = self._called(session, chat, step, now, last)
                continue
            now += timedelta(seconds=step.pause)
            last = self._asked(session, chat, step, now) if isinstance(step, Asked) else last
            if isinstance(step, Agent):
                _line(session, chat, "agent", step.text, now, agent_id=self.agent_id)
        return chat.id

    def _asked(self, session: Session, chat: Conversation, step: Asked, now: datetime) -> Message:
        said = _line(session, chat, "customer", step.text, now, outcome=step.outcome)
        suggestion = self._found(session, chat, said, step, now) if step.article else None
        chat.turns += 1
        turn = Turn(
            id=new_id(), conversation_id=chat.id, message_id=said.id, number=chat.turns, state="done", fence=1,
            mode="reply" if step.outcome else "observe", owner_version=1, model_version="m1", outcome=step.outcome,
            intent=step.intent, confidence=0.8, search_confidence=step.confidence if step.article else 0.0,
            frustration=step.frustration, started_at=now, finished_at=now, took_ms=400, decision="none",
            rules_version="2",
        )  # fmt: skip
        session.add(turn)
        session.flush()
        if step.outcome:
            source = suggestion if step.outcome == "answer" else None
            words = step.reply or (source.answer if source else "I am not sure what you mean.")
            later = now + timedelta(seconds=2)
            _line(session, chat, "bot", words, later, suggestion_id=source.id if source else None, turn_id=turn.id)
        return said

    def _found(self, session: Session, chat: Conversation, said: Message, step: Asked, now: datetime) -> Suggestion:
        found = SuggestionSet(
            id=new_id(), message_id=said.id, conversation_id=chat.id, kb="main", question=step.text,
            kb_version=self.kb_version, model_version="e1", confidence=step.confidence, created_at=now,
            decision="answer" if step.outcome == "answer" else "offer_person",
        )  # fmt: skip
        session.add(found)
        session.flush()
        article = step.article or ""
        title = self.titles.get(article, article.replace("-", " ").capitalize())
        suggestion = Suggestion(
            id=new_id(), suggestion_set_id=found.id, rank=0, article_id=article, title=title,
            answer=f"What “{title}” says.", passage=f"All of “{title}”.", similarity=0.9, confidence=step.confidence,
        )  # fmt: skip
        session.add(suggestion)
        session.flush()
        if step.helpful is not None:
            _feedback(session, suggestion, "customer", now, helpful=step.helpful)
        if step.correct is not None or step.sent is not None:
            sent = (
                {"displayed": True, "sent": True, "sent_text": step.sent or suggestion.answer}
                if step.sent is not None
                else {}
            )
            _feedback(session, suggestion, f"agent:{self.agent_id}", now, correct=step.correct, **sent)
        return suggestion

    def _called(
        self, session: Session, chat: Conversation, step: Called, now: datetime, last: Message | None
    ) -> datetime:
        now = max(now, chat.last_message_at)
        taken = None if step.waited is None else now + timedelta(seconds=step.waited)
        ended = None if step.stayed is None or taken is None else taken + timedelta(seconds=step.stayed)
        if taken is None:
            ended = now + timedelta(seconds=90)
        stay = HandOff(
            id=new_id(), conversation_id=chat.id, message_id=last.id if last else None, reason_codes=[step.reason],
            rules_version="2", requested_at=now, waiting_since=now, taken_at=taken, agent_id=self.agent_id,
            ended_at=ended, ended_as="left" if taken is None else "closed" if ended else None,
        )  # fmt: skip
        session.add(stay)
        if last is not None and last.outcome is None:
            last.outcome = "queue"
        return taken or now


def _line(session: Session, chat: Conversation, sender: str, text: str, at: datetime, **columns: Any) -> Message:
    line = Message(
        id=new_id(), conversation_id=chat.id, seq=chat.next_seq, sender=sender, text=text, created_at=at, **columns
    )
    chat.next_seq += 1
    chat.last_message_at = at
    if chat.closed_at is not None:
        chat.closed_at = at
    session.add(line)
    session.flush()
    return line


def _feedback(session: Session, suggestion: Suggestion, caller: str, at: datetime, **said: Any) -> None:
    session.add(SuggestionFeedback(id=new_id(), suggestion_id=suggestion.id, caller=caller, updated_at=at, **said))
