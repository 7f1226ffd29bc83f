"""What the agents' desk is told about conversations."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from api.conversations.owners import Owner
from api.desk.conversations import Listed
from api.desk.tasks import Owed
from api.desk.wall import Wall
from api.hand_off.queue import Waiting
from api.hand_off.reasons import reason_text
from api.schemas.packet import Contact, Reason
from api.schemas.people import Department, Request
from api.schemas.texts import CleanText, ClientId
from api.store.tables import Agent, Conversation, HandOff, Turn


class CustomerView(BaseModel):
    """Who a customer says they are, and whether the host site vouches for it."""

    name: str | None
    email: str | None
    verified: bool

    @classmethod
    def of(cls, conversation: Conversation) -> CustomerView:
        """Show a conversation's customer."""
        return cls(name=conversation.customer_name, email=conversation.customer_email, verified=conversation.verified)


class Proposed(BaseModel):
    """The agent whose turn it is; anyone else may take the chat as well."""

    agent_id: str
    name: str
    why: Literal["knows_them", "longest_idle"]


class QueueEntry(BaseModel):
    """One conversation that waits."""

    conversation_id: str
    customer: CustomerView
    reasons: list[Reason]
    waited_s: int
    waiting_since: datetime
    position: int
    department: str | None
    last_message: str | None
    frustration: float | None
    priority: int  # minutes by which it counts as waiting longer
    placed_why: list[str]  # why this department and this urgency
    proposed_to: Proposed | None

    @classmethod
    def of(cls, entry: Waiting) -> QueueEntry:
        """Show an entry of the queue."""
        return cls(
            conversation_id=entry.conversation.id,
            customer=CustomerView.of(entry.conversation),
            reasons=[Reason(code=code, text=reason_text(code)) for code in entry.hand_off.reason_codes or ()],
            waited_s=entry.waited_s,
            waiting_since=entry.hand_off.waiting_since,
            position=entry.position,
            department=entry.conversation.department,
            last_message=entry.last_message,
            frustration=entry.frustration,
            priority=entry.hand_off.priority,
            placed_why=[str(line) for line in entry.hand_off.placed_why or ()],
            proposed_to=None if entry.proposal is None else Proposed(**asdict(entry.proposal)),
        )


class Queue(BaseModel):
    """Everyone who waits and is this agent's business, most urgent first."""

    conversations: list[QueueEntry]


class Holder(BaseModel):
    """The agent who has a conversation."""

    agent_id: str
    name: str | None


class Waits(BaseModel):
    """How the waits that customers were told compare with those they had."""

    since: datetime
    served: int
    median_error_s: int | None
    within_likely: float | None = None
    within_most: float | None


class OpenChat(BaseModel):
    """A chat that an agent has."""

    conversation_id: str
    customer: CustomerView


class AtWorkView(Holder):
    """An agent who is there or has chats."""

    present: bool
    chats: int
    open: list[OpenChat]


class UpsetView(BaseModel):
    """A chat whose customer's last message sounded angry."""

    conversation_id: str
    customer: CustomerView
    owner: Owner
    frustration: float


class WallView(BaseModel):
    """How the desk stands."""

    waiting: int
    longest_wait_s: int
    with_bot: int
    agents: list[AtWorkView]
    upset: list[UpsetView]
    tasks: int
    tasks_late: int

    @classmethod
    def of(cls, seen: Wall) -> WallView:
        """Show the wall."""
        return cls(
            waiting=seen.waiting,
            longest_wait_s=seen.longest_wait_s,
            with_bot=seen.with_bot,
            agents=[
                AtWorkView(
                    agent_id=one.agent.id,
                    name=one.agent.name,
                    present=one.present,
                    chats=len(one.chats),
                    open=[OpenChat(conversation_id=chat.id, customer=CustomerView.of(chat)) for chat in one.chats],
                )
                for one in seen.at_work
            ],
            upset=[
                UpsetView.model_validate(
                    {
                        "conversation_id": one.conversation.id,
                        "customer": CustomerView.of(one.conversation),
                        "owner": one.conversation.owner,
                        "frustration": one.frustration,
                    }
                )
                for one in seen.upset
            ],
            tasks=seen.tasks,
            tasks_late=seen.tasks_late,
        )


class TaskView(BaseModel):
    """An answer that is owed by e-mail or telephone."""

    task_id: str
    conversation_id: str
    customer: CustomerView
    contact: Contact
    created_at: datetime
    due_at: datetime
    agent: Holder | None
    done_at: datetime | None
    note: str | None

    @classmethod
    def of(cls, owed: Owed) -> TaskView:
        """Show a task."""
        task = owed.task
        return cls(
            task_id=task.id,
            conversation_id=task.conversation_id,
            customer=CustomerView.of(owed.conversation),
            contact=Contact(email=task.email, phone=task.phone),
            created_at=task.created_at,
            due_at=task.due_at,
            agent=Holder(agent_id=task.agent_id, name=owed.agent_name) if task.agent_id else None,
            done_at=task.done_at,
            note=task.note,
        )


class Tasks(BaseModel):
    """Tasks: the open ones due first, or the done ones, the latest first."""

    tasks: list[TaskView]


class TaskDone(Request):
    """What came of a task."""

    note: Annotated[CleanText, Field(max_length=2_000, pattern=r"\S")]


class ConversationRow(BaseModel):
    """A conversation in a list."""

    conversation_id: str
    kb: str
    customer: CustomerView
    owner: Owner
    agent: Holder | None
    department: str | None
    last_message: str | None
    last_at: datetime
    created_at: datetime
    closed_at: datetime | None
    stars: int | None
    hand_off: bool
    unread: int  # lines of the customer the caller has not seen
    draft: str  # what the caller has begun to write
    waiting_since: datetime | None  # since when the customer waits for a word of their agent

    @classmethod
    def of(cls, one: Listed) -> ConversationRow:
        """Show a listed conversation."""
        row = one.conversation
        return cls.model_validate(
            {
                "conversation_id": row.id,
                "kb": row.kb,
                "customer": CustomerView.of(row),
                "owner": row.owner,
                "agent": Holder(agent_id=row.agent_id, name=one.agent_name) if row.agent_id else None,
                "department": row.department,
                "last_message": one.last_message,
                "last_at": row.last_message_at,
                "created_at": row.created_at,
                "closed_at": row.closed_at,
                "stars": row.stars,
                "hand_off": one.hand_off,
                "unread": one.reading.unread,
                "draft": one.reading.draft,
                "waiting_since": one.waiting_since,
            }
        )


class ConversationList(BaseModel):
    """Conversations, the one with the newest line first."""

    conversations: list[ConversationRow]
    next_before: str | None = None  # `before` of the next page


class TurnView(BaseModel):
    """What the bot understood of one message and did about it."""

    turn_id: str
    message_id: str
    number: int
    mode: str
    state: str
    model_version: str | None
    outcome: str | None
    error: str | None
    intent: str | None
    confidence: float | None
    search_confidence: float | None
    entities: list[Any]
    frustration: float | None
    frustration_reasons: list[str]
    decision: str | None
    reason_codes: list[str]
    rules_version: str | None
    started_at: datetime
    took_ms: int | None

    @classmethod
    def of(cls, turn: Turn) -> TurnView:
        """Show a turn."""
        return cls(
            turn_id=turn.id,
            message_id=turn.message_id,
            number=turn.number,
            mode=turn.mode,
            state=turn.state,
            model_version=turn.model_version,
            outcome=turn.outcome,
            error=turn.error,
            intent=turn.intent,
            confidence=turn.confidence,
            search_confidence=turn.search_confidence,
            entities=list(turn.entities or ()),
            frustration=turn.frustration,
            frustration_reasons=[str(reason) for reason in turn.frustration_reasons or ()],
            decision=turn.decision,
            reason_codes=list(turn.reason_codes or ()),
            rules_version=turn.rules_version,
            started_at=turn.started_at,
            took_ms=turn.took_ms,
        )


class HandOffView(BaseModel):
    """One stay with people."""

    hand_off_id: str
    reasons: list[Reason]
    requested_at: datetime
    taken_at: datetime | None
    ended_at: datetime | None
    ended_as: str | None
    solved: bool | None
    topic: str | None

    @classmethod
    def of(cls, hand_off: HandOff) -> HandOffView:
        """Show a hand-off."""
        return cls(
            hand_off_id=hand_off.id,
            reasons=[Reason(code=code, text=reason_text(code)) for code in hand_off.reason_codes or ()],
            requested_at=hand_off.requested_at,
            taken_at=hand_off.taken_at,
            ended_at=hand_off.ended_at,
            ended_as=hand_off.ended_as,
            solved=hand_off.solved,
            topic=hand_off.topic,
        )


class ConversationDetail(ConversationRow):
    """A conversation's header; administrators also see the bot's turns."""

    page_url: str | None
    customer_read_seq: int  # the last line the customer's open chat has shown them
    withheld: bool  # agents see no suggestions in it, to measure what these are worth
    hand_offs: list[HandOffView]
    turns: list[TurnView] | None = None


class Held(BaseModel):
    """Who owns a conversation after an agent's step."""

    conversation_id: str
    owner: Owner
    owner_version: int
    agent: Holder | None

    @classmethod
    def of(cls, session: Session, conversation: Conversation) -> Held:
        """Show who owns a conversation."""
        holder = session.get(Agent, conversation.agent_id) if conversation.agent_id else None
        return cls.model_validate(
            {
                "conversation_id": conversation.id,
                "owner": conversation.owner,
                "owner_version": conversation.owner_version,
                "agent": Holder(agent_id=holder.id, name=holder.name) if holder else None,
            }
        )


class Release(Request):
    """To whom a conversation is given back."""

    to: Literal["bot", "queue"]


class ForDepartment(Request):
    """Whose business a conversation is from now on; null for everybody's."""

    department: Department | None


class AgentMessage(Request):
    """What an agent says, and the suggestion it was taken from."""

    client_msg_id: ClientId
    text: CleanText
    suggestion_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None
