"""Every table, with what its rows mean.

Text is clean before it gets here (no NUL, no lone surrogate). Ids are 22 URL-safe characters from `new_id()`, times are
aware and in UTC, JSON columns hold plain JSON values. Words for states are plain strings, listed at their column.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, MetaData, String, Text, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from api.store.columns import RowNumber, UtcTime
from api.store.ids import new_id

Json = Any  # a plain JSON value, read by the code beside its table
MAYBE_JSON = JSON(none_as_null=True)  # for nullable columns: None is NULL, not the JSON word null


class Table(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcTime, Json: JSON, str: Text}  # noqa: RUF012 - SQLAlchemy's own hook


def _key() -> Mapped[str]:
    return mapped_column(String(22), primary_key=True, default=new_id)


def _of(table: str, *, index: bool = True) -> Mapped[str]:
    return mapped_column(String(22), ForeignKey(f"{table}.id", ondelete="CASCADE"), index=index)


def _maybe_of(table: str, *, index: bool = False) -> Mapped[str | None]:
    return mapped_column(String(22), ForeignKey(f"{table}.id", ondelete="SET NULL"), index=index)


# --- conversations -------------------------------------------------------------------------------------------------


class Conversation(Table):
    """One chat of one customer. Its owner changes only through `api/conversations/ownership.py`."""

    __tablename__ = "conversation"

    id: Mapped[str] = _key()
    kb: Mapped[str] = mapped_column(default="main")  # slug of the knowledge base it is answered from
    department: Mapped[str | None] = mapped_column(default=None, index=True)
    owner: Mapped[str] = mapped_column(String(8), default="bot", index=True)  # bot | queue | agent | closed
    owner_version: Mapped[int] = mapped_column(default=1)  # grows by one with every change of owner
    agent_id: Mapped[str | None] = _maybe_of("agent", index=True)  # set exactly while owner is agent
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)  # sha256 of the customer's token
    token_expires_at: Mapped[datetime]
    token_revoked_at: Mapped[datetime | None] = mapped_column(default=None)
    next_seq: Mapped[int] = mapped_column(default=1)  # seq of the next message
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

    id: Mapped[str] = _key()
    conversation_id: Mapped[str] = _of("conversation", index=False)
    seq: Mapped[int]
    sender: Mapped[str] = mapped_column(String(8))  # customer | bot | agent | system
    text: Mapped[str]
    client_msg_id: Mapped[str | None] = mapped_column(
        default=None
    )  # the sender's own id; a resend is no second message
    content_hash: Mapped[str | None] = mapped_column(String(64), default=None)  # of what was sent under client_msg_id
    button_id: Mapped[str | None] = mapped_column(String(22), default=None)  # the button whose title this message is
    agent_id: Mapped[str | None] = _maybe_of("agent")
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
    conversation_id: Mapped[str] = _of("conversation")
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None] = mapped_column(default=None)


class Instance(Table):
    """One running API process. Others see it alive by `beat` changing, whatever the wall clock does."""

    __tablename__ = "instance"

    id: Mapped[str] = _key()
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

    id: Mapped[str] = _key()
    conversation_id: Mapped[str] = _of("conversation", index=False)
    message_id: Mapped[str] = _of("message")
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

    id: Mapped[str] = _key()
    conversation_id: Mapped[str] = _of("conversation")
    message_id: Mapped[str] = _of("message")
    position: Mapped[int]
    title: Mapped[str]
    payload: Mapped[str]
    expires_at: Mapped[datetime | None] = mapped_column(default=None)


class SuppressedReply(Table):
    """A bot reply that was not sent because someone else owned the chat by then. Agents see it as 'not sent'."""

    __tablename__ = "suppressed_reply"

    id: Mapped[str] = _key()
    conversation_id: Mapped[str] = _of("conversation")
    message_id: Mapped[str] = _of("message")  # the customer's message it would have answered
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

    id: Mapped[str] = _key()
    conversation_id: Mapped[str] = _of("conversation")
    message_id: Mapped[str | None] = _maybe_of("message")  # what caused it; None for the widget's button
    department: Mapped[str | None] = mapped_column(default=None)
    reason_codes: Mapped[Json] = mapped_column(JSON, default=list)
    evidence: Mapped[Json] = mapped_column(JSON, default=list)  # [{message_id, seq, reason, ...}]
    counterfactual: Mapped[str | None] = mapped_column(default=None)  # one sentence
    signals: Mapped[Json] = mapped_column(MAYBE_JSON, nullable=True, default=None)
    rules_version: Mapped[str]
    summary: Mapped[str | None] = mapped_column(default=None)
    priority: Mapped[int] = mapped_column(default=0)  # higher is more urgent
    requested_at: Mapped[datetime] = mapped_column(index=True)
    waiting_since: Mapped[datetime]  # set again when an agent gives the chat back to the queue
    taken_at: Mapped[datetime | None] = mapped_column(default=None)  # first taking
    agent_id: Mapped[str | None] = _maybe_of("agent")  # who took it last
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_as: Mapped[str | None] = mapped_column(String(12), default=None)  # left | to_bot | closed


class DeskEvent(Table):
    """What the desks are told. `event_id` is given after the commit, so no lower number ever appears later."""

    __tablename__ = "desk_event"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    event_id: Mapped[int | None] = mapped_column(RowNumber, default=None, unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    conversation_id: Mapped[str | None] = mapped_column(String(22), default=None, index=True)
    payload: Mapped[Json] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime]


# --- suggestions ---------------------------------------------------------------------------------------------------


class SuggestionSet(Table):
    """What the knowledge base answered to one question; one per message, whoever asks."""

    __tablename__ = "suggestion_set"

    id: Mapped[str] = _key()
    message_id: Mapped[str | None] = mapped_column(
        String(22), ForeignKey("message.id", ondelete="CASCADE"), unique=True, default=None
    )
    conversation_id: Mapped[str | None] = mapped_column(
        String(22), ForeignKey("conversation.id", ondelete="CASCADE"), index=True, default=None
    )
    kb: Mapped[str]
    question: Mapped[str]
    kb_version: Mapped[str]
    model_version: Mapped[str]
    decision: Mapped[str] = mapped_column(String(12))  # answer | clarify | offer_person | none
    confidence: Mapped[float]
    asked_by: Mapped[str | None] = mapped_column(default=None)  # agent id of an ad-hoc question
    created_at: Mapped[datetime]


class Suggestion(Table):
    """One suggestion of a set, in order of `rank` within its list (public or internal)."""

    __tablename__ = "suggestion"

    id: Mapped[str] = _key()
    suggestion_set_id: Mapped[str] = _of("suggestion_set")
    rank: Mapped[int]
    internal: Mapped[bool] = mapped_column(default=False)
    article_id: Mapped[str] = mapped_column(index=True)
    title: Mapped[str]
    answer: Mapped[str]
    passage: Mapped[str]
    similarity: Mapped[float]
    confidence: Mapped[float]


class SuggestionFeedback(Table):
    """What one caller did with one suggestion; None means not said."""

    __tablename__ = "suggestion_feedback"
    __table_args__ = (UniqueConstraint("suggestion_id", "caller"),)

    id: Mapped[str] = _key()
    suggestion_id: Mapped[str] = _of("suggestion", index=False)
    caller: Mapped[str]  # "customer" or "agent:<id>"
    displayed: Mapped[bool | None] = mapped_column(default=None)
    clicked: Mapped[bool | None] = mapped_column(default=None)
    copied: Mapped[bool | None] = mapped_column(default=None)
    sent: Mapped[bool | None] = mapped_column(default=None)
    sent_text: Mapped[str | None] = mapped_column(default=None)
    dismissed: Mapped[bool | None] = mapped_column(default=None)
    helpful: Mapped[bool | None] = mapped_column(default=None)
    correct: Mapped[str | None] = mapped_column(String(8), default=None)  # fully | partly | wrong
    updated_at: Mapped[datetime]


# --- people --------------------------------------------------------------------------------------------------------


class Agent(Table):
    """A person, or a program with a token, who works here."""

    __tablename__ = "agent"

    id: Mapped[str] = _key()
    email: Mapped[str | None] = mapped_column(default=None, unique=True)  # lower case; None for a program
    name: Mapped[str]
    password_hash: Mapped[str | None] = mapped_column(default=None)  # argon2id; None: cannot log in
    role: Mapped[str] = mapped_column(String(8))  # agent | admin
    departments: Mapped[Json] = mapped_column(JSON, default=list)  # []: all
    disabled_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None] = mapped_column(default=None)


class Session(Table):
    """A log-in, kept on the server; the cookie's value is stored only as its hash."""

    __tablename__ = "session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    agent_id: Mapped[str] = _of("agent")
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)


class ApiToken(Table):
    """A token for programs; the role is its agent's."""

    __tablename__ = "api_token"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    agent_id: Mapped[str] = _of("agent")
    name: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None] = mapped_column(default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)


class SetupLink(Table):
    """The one-time link that creates the first administrator."""

    __tablename__ = "setup_link"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None] = mapped_column(default=None)


class LoginAttempt(Table):
    """One try to log in, kept for rate limits."""

    __tablename__ = "login_attempt"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    account: Mapped[str] = mapped_column(index=True)  # the e-mail typed, lower case
    address: Mapped[str]
    successful: Mapped[bool]
    at: Mapped[datetime] = mapped_column(index=True)


class Audit(Table):
    """Who did what, chained by hashes so that a changed line is noticed. No message text, no secret."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str | None] = mapped_column(default=None)
    successful: Mapped[bool] = mapped_column(default=True)
    details: Mapped[Json] = mapped_column(JSON, default=dict)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


# --- knowledge -----------------------------------------------------------------------------------------------------


class KnowledgeBase(Table):
    """A set of articles searched together."""

    __tablename__ = "knowledge_base"

    slug: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(default="")
    kb_version: Mapped[str | None] = mapped_column(default=None)  # of the last index built
    created_at: Mapped[datetime]


class Article(Table):
    """An article by its slug; what it says is in `article_version`."""

    __tablename__ = "article"

    kb: Mapped[str] = mapped_column(ForeignKey("knowledge_base.slug", ondelete="CASCADE"), primary_key=True)
    article_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)  # the one that counts
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None] = mapped_column(default=None)


class ArticleVersion(Table):
    """One wording of an article. Rows are added, never changed."""

    __tablename__ = "article_version"

    kb: Mapped[str] = mapped_column(primary_key=True)
    article_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    body: Mapped[str]  # Markdown
    questions: Mapped[Json] = mapped_column(JSON, default=list)
    audience: Mapped[str] = mapped_column(String(8), default="public")  # public | internal
    category: Mapped[str] = mapped_column(default="")
    updated: Mapped[str | None] = mapped_column(String(10), default=None)  # ISO date
    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(default=None)


class ArticleFeedback(Table):
    """One press on 'was this helpful' under an article."""

    __tablename__ = "article_feedback"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    kb: Mapped[str]
    article_id: Mapped[str] = mapped_column(index=True)
    helpful: Mapped[bool]
    created_at: Mapped[datetime]


class LabelledQuestion(Table):
    """A question with the articles that answer it ([] for one that none answers)."""

    __tablename__ = "labelled_question"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    kb: Mapped[str] = mapped_column(default="main", index=True)
    text: Mapped[str]
    history: Mapped[Json] = mapped_column(JSON, default=list)
    article_ids: Mapped[Json] = mapped_column(JSON, default=list)
    gold_text: Mapped[str | None] = mapped_column(default=None)
    split: Mapped[str] = mapped_column(String(8), default="dev")  # dev | test
    tags: Mapped[Json] = mapped_column(JSON, default=list)
    source: Mapped[str] = mapped_column(default="seed")  # seed | label:<id>
    created_at: Mapped[datetime]


# --- training ------------------------------------------------------------------------------------------------------


class Intent(Table):
    """What a customer may want, and its one outcome."""

    __tablename__ = "intent"

    name: Mapped[str] = mapped_column(primary_key=True)
    outcome: Mapped[str] = mapped_column(String(12))  # search | article | form | response | hand_off
    target: Mapped[str | None] = mapped_column(default=None)
    cut_off: Mapped[float | None] = mapped_column(default=None)
    description: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None] = mapped_column(default=None)


class TrainingExample(Table):
    """A sentence that shows an intent."""

    __tablename__ = "training_example"

    id: Mapped[str] = _key()
    intent: Mapped[str] = mapped_column(index=True)
    text: Mapped[str]
    held_out: Mapped[bool] = mapped_column(default=False)  # measures models, never trains one
    source: Mapped[str] = mapped_column(default="seed")  # seed | label:<id>
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None] = mapped_column(default=None)


class Label(Table):
    """What an administrator said a message means; the newest of a message counts."""

    __tablename__ = "label"

    id: Mapped[str] = _key()
    message_id: Mapped[str] = _of("message")
    intent: Mapped[str | None] = mapped_column(default=None)
    article_id: Mapped[str | None] = mapped_column(default=None)
    verdict: Mapped[str | None] = mapped_column(String(20), default=None)
    agent_id: Mapped[str | None] = _maybe_of("agent")
    created_at: Mapped[datetime]


class Job(Table):
    """Long work for the worker, with progress anyone may read."""

    __tablename__ = "job"

    id: Mapped[str] = _key()
    kind: Mapped[str] = mapped_column(String(16), index=True)  # train | index | promote | rollback | import | retention
    state: Mapped[str] = mapped_column(String(10), default="queued", index=True)  # queued | running | done | failed
    stage: Mapped[str] = mapped_column(default="")
    progress: Mapped[float] = mapped_column(default=0.0)  # 0..1
    log: Mapped[str] = mapped_column(default="")
    arguments: Mapped[Json] = mapped_column(JSON, default=dict)
    comparison: Mapped[Json] = mapped_column(MAYBE_JSON, nullable=True, default=None)
    outcome: Mapped[Json] = mapped_column(MAYBE_JSON, nullable=True, default=None)
    requested_by: Mapped[str | None] = mapped_column(default=None)
    worker: Mapped[str | None] = mapped_column(default=None)  # which worker runs it
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None] = mapped_column(default=None)
    heartbeat_at: Mapped[datetime | None] = mapped_column(default=None)
    finished_at: Mapped[datetime | None] = mapped_column(default=None)


class Model(Table):
    """A trained model in `var/models`, with its manifest."""

    __tablename__ = "model"

    version: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(10), default="candidate")  # candidate | serving | retired | refused
    manifest: Mapped[Json] = mapped_column(JSON, default=dict)
    comparison: Mapped[Json] = mapped_column(MAYBE_JSON, nullable=True, default=None)
    job_id: Mapped[str | None] = mapped_column(String(22), default=None)
    note: Mapped[str | None] = mapped_column(default=None)  # why it was refused
    created_at: Mapped[datetime]
    promoted_at: Mapped[datetime | None] = mapped_column(default=None)


class Serving(Table):
    """A named pointer, such as `model`: what serves now and what served before."""

    __tablename__ = "serving"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str | None] = mapped_column(default=None)
    previous: Mapped[str | None] = mapped_column(default=None)
    updated_at: Mapped[datetime]


class RasaProcess(Table):
    """One Rasa server. Turns go to `ready` ones; a `draining` one finishes what it has."""

    __tablename__ = "rasa_process"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    model_version: Mapped[str]
    url: Mapped[str]  # http://127.0.0.1:PORT
    state: Mapped[str] = mapped_column(String(10), default="starting", index=True)  # starting | ready | draining | gone
    started_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime | None] = mapped_column(default=None)
    note: Mapped[str | None] = mapped_column(default=None)


class Meta(Table):
    """Facts about the database itself: `epoch`, `seeded`."""

    __tablename__ = "meta"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
