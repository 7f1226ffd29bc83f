"""Signs of this moment, such as who is typing: told to whoever listens now, never stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

Sign = TypeVar("Sign")


class Signs(Generic[Sign]):
    """Passes signs on, on the event loop of one API process; `carry` takes them to the others."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Sign], None]] = []
        self._carriers: list[Callable[[Sign], None]] = []

    def tell(self, sign: Sign) -> None:
        """Tell every listener, also those of other processes; a listener must not wait."""
        self.hear(sign)
        for carrier in self._carriers:
            carrier(sign)

    def hear(self, sign: Sign) -> None:
        """Tell the listeners of this process only: what came from another one does not go back."""
        for listener in tuple(self._listeners):
            listener(sign)

    def carry(self, carrier: Callable[[Sign], None]) -> None:
        """Let `carrier` take every sign made here to the other processes."""
        self._carriers.append(carrier)

    @contextmanager
    def listen(self, listener: Callable[[Sign], None]) -> Iterator[None]:
        """Hear every sign while the context lasts."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)


@dataclass(frozen=True, slots=True)
class TypingNotice:
    """Somebody is typing; `text` says more, as in "still working"."""

    conversation_id: str
    sender: Literal["customer", "bot", "agent"]
    text: str | None = None


class Typing(Signs[TypingNotice]):
    """Who is typing."""

    def say(self, conversation_id: str, sender: Literal["customer", "bot", "agent"], text: str | None = None) -> None:
        """Tell everybody that somebody is typing."""
        self.tell(TypingNotice(conversation_id, sender, text))


@dataclass(frozen=True, slots=True)
class Look:
    """An agent's desk has a conversation open, or has left it."""

    conversation_id: str
    line_id: str  # of the desk's socket: one agent may look from two screens
    agent_id: str
    name: str
    writing: bool = False  # a reply to the customer
    gone: bool = False
    asks: bool = False  # has just come, and wants to hear who else is there


class Looking(Signs[Look]):
    """Which agents look at which conversation."""
