"""What the server answers, as frozen values. Fields it adds later are passed over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeVar

Owner = Literal["bot", "queue", "agent", "closed"]
Json = Mapping[str, Any]
T = TypeVar("T")


def known(kind: type[T], answer: Json, **parts: Any) -> T:
    """Make a value of an answer's fields that it knows; `parts` are those that were read already."""
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in answer.items() if name in names} | parts)


@dataclass(frozen=True, slots=True)
class Opened:
    """A new conversation; the token is its only key."""

    conversation_id: str
    token: str
    epoch: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message is stored and will be answered."""

    message_id: str
    seq: int
    epoch: str


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press below a line."""

    button_id: str
    title: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a conversation."""

    seq: int
    message_id: str
    sender: Literal["customer", "bot", "agent", "system"]
    text: str
    created_at: str
    client_msg_id: str | None = None
    suggestion_id: str | None = None
    buttons: tuple[Button, ...] = ()
    source: Json | None = None  # title and url of the article an answer came from
    name: str | None = None  # an agent's
    notice: str | None = None  # the occasion, when the service itself speaks

    @classmethod
    def read(cls, answer: Json) -> Line:
        """Read a line."""
        return known(cls, answer, buttons=tuple(known(Button, one) for one in answer.get("buttons") or ()))


@dataclass(frozen=True, slots=True)
class Page:
    """The lines after some seq, and who owns the conversation now."""

    epoch: str
    owner: Owner
    messages: tuple[Line, ...]
    position: int | None = None  # in the queue
    wait_s: int | None = None  # as likely shorter as longer
    wait_most_s: int | None = None  # nine of ten wait no longer
    agent_name: str | None = None
    reset: bool = False  # this is another history: everything from the start is here
    more: bool = False  # ask again at once

    @classmethod
    def read(cls, answer: Json) -> Page:
        """Read a page."""
        return known(cls, answer, messages=tuple(Line.read(one) for one in answer["messages"]))


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One answer from the knowledge base."""

    suggestion_id: str
    article_id: str
    title: str
    url: str
    answer: str  # the sentences that answer, word for word
    passage: str
    similarity: float  # a cosine, in [-1, 1]
    confidence: float  # the chance that this answers, in [0, 1]


@dataclass(frozen=True, slots=True)
class SuggestionSet:
    """What the knowledge base says to one question."""

    suggestion_set_id: str
    decision: Literal["answer", "clarify", "offer_person", "none"]
    confidence: float
    suggestions: tuple[Suggestion, ...]
    internal: tuple[Suggestion, ...] = ()  # never to be shown to a customer
    kb_version: str = ""
    model_version: str = ""

    @classmethod
    def read(cls, answer: Json) -> SuggestionSet:
        """Read a set."""
        lists = {name: tuple(known(Suggestion, one) for one in answer.get(name) or ()) for name in _LISTS}
        return known(cls, answer, **lists)


_LISTS = ("suggestions", "internal")


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A conversation that waits."""

    conversation_id: str
    position: int
    waited_s: int
    department: str | None
    last_message: str | None
    frustration: float | None
    reasons: tuple[Json, ...]
    customer: Json


@dataclass(frozen=True, slots=True)
class Held:
    """Who has a conversation after a change."""

    conversation_id: str
    owner: Owner
    owner_version: int
    agent: Json | None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. Go on after it with its `event_id` and `epoch`."""

    event_id: int
    kind: str
    conversation_id: str | None
    at: str
    payload: Json
    epoch: str = ""


@dataclass(frozen=True, slots=True)
class Events:
    """Some events in order, and where to go on."""

    epoch: str
    after: int
    more: bool
    events: tuple[Event, ...]
    reset: bool = False

    @classmethod
    def read(cls, answer: Json) -> Events:
        """Read events."""
        epoch = answer["epoch"]
        events = tuple(known(Event, {"conversation_id": None, **one}, epoch=epoch) for one in answer["events"])
        return known(cls, answer, events=events)


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is told what happens."""

    webhook_id: str
    url: str
    kinds: tuple[str, ...]
    after: int
    failures: int
    last_error: str | None
    paused: bool = False
    behind: int = 0
    secret: str | None = None  # only in the answer that makes or replaces it

    @classmethod
    def read(cls, answer: Json) -> Webhook:
        """Read a webhook."""
        return known(cls, answer, kinds=tuple(answer["kinds"]))
