"""Conversations: what was said, the work it owes, the turns, the hand-offs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from api.store.columns import RowNumber
from api.store.tables.base import MAYBE_JSON, Json, Table, key, maybe_of, of


class Conversation(Table):
    """One chat of one customer. Its owner changes only through `api/conversations/ownership.py`."""

    __tablename__ = "conversation"

    id: Mapped[str] = key()
    kb: Mapped[str] = mapped_column(default="main")  # slug of the knowledge base it is answered from
    department: Mapped[str | None] = mapped_column(default=None, index=True)
    owner: Mapped[str] = mapped_column(String(8), default="bot", index=True)  # bot | queue | agent | closed
    owner_version: Mapped[int] = mapped_column(default=1)  # grows by one with every change of owner
    agent_id: Mapped[str | None] = maybe_of("agent", index=True)  # set exactly while owner is agent
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)  # sha256 of the customer's token
    token_expires_at: Mapped[datetime]
    token_revoked_at: Mapped[datetime | None] = mapped_column(default=None)
    next_seq: Mapped[int] = mapped_column(default=1)  # seq of the next message
    customer_read_seq: Mapped[int] = mapped_column(default=0)  # the last line their open chat has shown them
    turns: Mapped[int] = mapped_column(default=0)  # finished turns; the next one is this plus one
    customer_name: Mapped[str | None] = mapped_column(default=None)  # shown only; verified says whether it is proven
    customer_email: Mapped[str | None] = mapped_column(default=None)
    customer_sub: Mapped[str | None] = mapped_column(default=None, index=True)  # the host site's id of the customer
    verified: Mapped[bool] = mapped_column(default=False)
    page_url: Mapped[str | None] = mapped_column(default=None)
    offer_open: Mapped[bool] = mapped_column(default=False)  # a person was offered, neither accepted nor declined
    offered_at: Mapped[datetime | None] = mapped_column(default=None)  # once per conversation
    failed_turns: Mapped[int] = mapped_column(default=0)  # in a row
    contact_email: Mapped[str | None] = mapped_column(default=None)  # left with consent, to be answered later
    contact_phone: Mapped[str | None] = mapped_column(default=None)
    contact_at: Mapped[datetime | None] = mapped_column(default=None)
    stars: Mapped[int | None] = mapped_column(default=None)  # 1..5
    rating_words: Mapped[str | None] = mapped_column(default=None)
    rated_at: Mapped[datetime | None] = mapped_column(default=None)
    tags: Mapped[Json] = mapped_column(JSON, default=list)  # of agents, for agents
    created_at: Mapped[datetime]
    last_message_at: Mapped[datetime] = mapped_column(index=True)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    closed_by: Mapped[str | None] = mapped_column(String(8), default=None)  # agent | bot | customer
    expired_at: Mapped[datetime | None] = mapped_column(default=None)


class Message(Table):
    """One line of a transcript. `seq` counts 1..n in its conversation without a gap."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("conversation_id", "sender", "client_msg_id"),
    )

    id: Mapped[str] = key()
    conversation_id: Mapped[str] = of("conversation", index=False)
    seq: Mapped[int]
    sender: Mapped[str] = mapped_column(String(8))  # customer | bot | agent | system
    text: Mapped[str]
    client_msg_id: Mapped[str | None] = mapped_column(
        default=None
    )  # the sender's own id; a resend is no second message
    content_hash: Mapped[str | None] = mapped_column(String(64), default=None)  # of what was sent under client_msg_id
    button_id: Mapped[str | None] = mapped_column(String(22), default=None)  # the button whose title this message is
    agent_id: Mapped[str | None] = maybe_of("agent")
    suggestion_id: Mapped[str | None] = mapped_column(String(22), default=None)  # what the text was taken from
    turn_id: Mapped[str | None] = mapped_column(String(22), default=None, index=True)  # the turn that said it
    notice: Mapped[str | None] = mapped_column(
        String(40), default=None
    )  # why the API itself said it: fallback, queued, ...
    outcome: Mapped[str | None] = mapped_column(String(16), default=None, index=True)
    # of a customer's message, exactly one: answer | clarify | form | response | fallback | queue | agent
    # (None until its turn has ended; queue and agent mean that a person owns the chat)
    created_at: Mapped[datetime] = mapped_column(index=True)


class Inbox(Table):
    """Work a message still owes: written with the message, done when the message has its outcome."""

    __tablename__ = "inbox"
    __table_args__ = (Index("ix_inbox_open", "conversation_id", "id", sqlite_where=text("done_at IS NULL"),
                            postgresql_where=text("done_at IS NULL")),)  # fmt: skip

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    message_id: Mapped[str] = mapped_column(String(22), ForeignKey("message.id", ondelete="CASCADE"), unique=True)
    conversation_id: Mapped[str] = of("conversation")
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None] = mapped_column(default=None)


class Instance(Table):
    """One running API process. Others see it alive by `beat` changing, whatever the wall clock does."""

    __tablename__ = "instance"

    id: Mapped[str] = key()
    beat: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]


class Lease(Table):
    """Which process may run the conversation's turn. Each taking raises `fence`; a write with an old one is refused."""

    __tablename__ = "lease"

    conversation_id: Mapped[str] = mapped_column(
        String(22), ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True
    )
    holder: Mapped[str | None] = mapped_column(String(22), default=None, index=True)  # an instance; None: free
    fence: Mapped[int] = mapped_column(default=0)


class Turn(Table):
    """One run of the bot over one message, said aloud (reply) or only understood (observe)."""

    __tablename__ = "turn"
    __table_args__ = (
        Index("uq_turn_running", "conversation_id", unique=True, sqlite_where=text("state = 'running'"),
              postgresql_where=text("state = 'running'")),
        Index("uq_turn_done", "conversation_id", "number", unique=True, sqlite_where=text("state = 'done'"),
              postgresql_where=text("state = 'done'")),
    )  # fmt: skip

    id: Mapped[str] = key()
    conversation_id: Mapped[str] = of("conversation", index=False)
    message_id: Mapped[str] = of("message")
    number: Mapped[int]  # 1..n over the finished turns of a conversation
    mode: Mapped[str] = mapped_column(String(8))  # reply | observe
    state: Mapped[str] = mapped_column(String(10), default="running")  # running | done | abandoned
    fence: Mapped[int]
    owner_version: Mapped[int]  # of the conversation when the turn began
    rasa_process_id: Mapped[str | None] = mapped_column(default=None, index=True)  # pinned while the call is in flight
    model_version: Mapped[str | None] = mapped_column(default=None)
    outcome: Mapped[str | None] = mapped_column(
        String(16), default=None
    )  # answer|clarify|fallback|form|response|rejected|none
    error: Mapped[str | None] = mapped_column(
        String(40), default=None
    )  # why Rasa gave nothing: timeout, unreachable, ...
    intent: Mapped[str | None] = mapped_column(default=None, index=True)
    confidence: Mapped[float | None] = mapped_column(default=None)  # of the intent
    search_confidence: Mapped[float | None] = mapped_column(default=None)
    entities: Mapped[Json] = mapped_column(JSON, default=list)
    frustration: Mapped[float | None] = mapped_column(default=None)  # 0..1
    frustration_reasons: Mapped[Json] = mapped_column(JSON, default=list)
    understanding: Mapped[Json] = mapped_column(MAYBE_JSON, nullable=True, default=None)  # as delivered, with the slots
    rasa_state: Mapped[Json] = mapped_column(
        MAYBE_JSON, nullable=True, default=None
    )  # opaque; goes back to Rasa with the next turn
    decision: Mapped[str | None] = mapped_column(String(10), default=None)  # none | offer | immediate
    reason_codes: Mapped[Json] = mapped_column(JSON, default=list)
    signals: Mapped[Json] = mapped_column(
        MAYBE_JSON, nullable=True, default=None
    )  # everything the decision was made from
    rules_version: Mapped[str | None] = mapped_column(default=None)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None] = mapped_column(default=None)
    took_ms: Mapped[int | None] = mapped_column(default=None)  # by the monotonic clock


class Button(Table):
    """A button under a bot message. The payload never leaves the server."""

    __tablename__ = "button"

    id: Mapped[str] = key()
    conversation_id: Mapped[str] = of("conversation")
    message_id: Mapped[str] = of("message")
    position: Mapped[int]
    title: Mapped[str]
    payload: Mapped[str]
    expires_at: Mapped[datetime | None] = mapped_column(default=None)


class SuppressedReply(Table):
    """A bot reply that was not sent because someone else owned the chat by then. Agents see it as 'not sent'."""

    __tablename__ = "suppressed_reply"

    id: Mapped[str] = key()
    conversation_id: Mapped[str] = of("conversation")
    message_id: Mapped[str] = of("message")  # the customer's message it would have answered
    turn_id: Mapped[str] = mapped_column(String(22))
    position: Mapped[int]
    text: Mapped[str]
    buttons: Mapped[Json] = mapped_column(JSON, default=list)  # titles
    reason: Mapped[str] = mapped_column(String(20))  # owner_changed | handed_off | late
    created_at: Mapped[datetime]


class HandOff(Table):
    """One stay with people: from the request until the chat is closed or back with the bot. At most one is open."""

    __tablename__ = "hand_off"
    __table_args__ = (Index("uq_hand_off_open", "conversation_id", unique=True, sqlite_where=text("ended_at IS NULL"),
                            postgresql_where=text("ended_at IS NULL")),)  # fmt: skip

    id: Mapped[str] = key()
    conversation_id: Mapped[str] = of("conversation")
    message_id: Mapped[str | None] = maybe_of("message")  # what caused it; None for the widget's button
    department: Mapped[str | None] = mapped_column(default=None)
    reason_codes: Mapped[Json] = mapped_column(JSON, default=list)
    evidence: Mapped[Json] = mapped_column(JSON, default=list)  # [{message_id, seq, reason, ...}]
    counterfactual: Mapped[str | None] = mapped_column(default=None)  # one sentence
    signals: Mapped[Json] = mapped_column(MAYBE_JSON, nullable=True, default=None)
    rules_version: Mapped[str]
    summary: Mapped[str | None] = mapped_column(default=None)
    priority: Mapped[int] = mapped_column(default=0)  # minutes by which it counts as waiting longer than it does
    placed_why: Mapped[Json] = mapped_column(JSON, default=list)  # why this department and this urgency, in words
    routed_at: Mapped[datetime | None] = mapped_column(default=None)  # when it went on to another department
    contact_asked_at: Mapped[datetime | None] = mapped_column(default=None)  # nobody came: an address was asked for
    position: Mapped[int | None] = mapped_column(default=None)  # the place in the queue that the customer was told ...
    guess_s: Mapped[int | None] = mapped_column(default=None)  # ... the wait they were told as likely ...
    guess_most_s: Mapped[int | None] = mapped_column(default=None)  # ... and the longest they were told
    requested_at: Mapped[datetime] = mapped_column(index=True)
    waiting_since: Mapped[datetime]  # set again when an agent gives the chat back to the queue
    taken_at: Mapped[datetime | None] = mapped_column(default=None)  # first taking
    agent_id: Mapped[str | None] = maybe_of("agent")  # who took it last
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_as: Mapped[str | None] = mapped_column(String(12), default=None)  # left | to_bot | closed
    solved: Mapped[bool | None] = mapped_column(default=None)  # what the agent said at the end; None: nothing
    topic: Mapped[str | None] = mapped_column(default=None)  # what it was about, as the agent said
    aided: Mapped[bool] = mapped_column(default=True)  # whether suggestions were shown; a share of chats goes without


class Visit(Table):
    """A page of the host site that a customer was on, with the chat open."""

    __tablename__ = "visit"

    id: Mapped[str] = key()
    conversation_id: Mapped[str] = of("conversation")
    url: Mapped[str]  # without query and fragment: these carry secrets and searches
    title: Mapped[str | None] = mapped_column(default=None)
    at: Mapped[datetime]


class Task(Table):
    """Something the desk owes a customer outside the chat: an answer by e-mail or telephone."""

    __tablename__ = "task"

    id: Mapped[str] = key()
    conversation_id: Mapped[str] = of("conversation")
    email: Mapped[str | None] = mapped_column(default=None)
    phone: Mapped[str | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(index=True)
    due_at: Mapped[datetime]
    agent_id: Mapped[str | None] = maybe_of("agent")  # who has taken it on
    done_at: Mapped[datetime | None] = mapped_column(default=None, index=True)
    done_by: Mapped[str | None] = mapped_column(String(22), default=None)  # the agent
    note: Mapped[str | None] = mapped_column(default=None)  # what came of it


class DeskEvent(Table):
    """What the desks are told. No `event_id` ever appears below one that was seen; see `api/store/events.py`."""

    __tablename__ = "desk_event"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    event_id: Mapped[int | None] = mapped_column(RowNumber, default=None, unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    conversation_id: Mapped[str | None] = mapped_column(String(22), default=None, index=True)
    payload: Mapped[Json] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime]
