"""Who is typing right now: told to whoever listens at this moment, never stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class TypingNotice:
    """Somebody is typing; `text` says more, as in "still working"."""

    conversation_id: str
    sender: Literal["customer", "bot", "agent"]
    text: str | None = None


Listener = Callable[[TypingNotice], None]


class Typing:
    """Passes signs of typing on, on the event loop of one API process; `carry` takes them to the others."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._carriers: list[Listener] = []

    def say(self, conversation_id: str, sender: Literal["customer", "bot", "agent"], text: str | None = None) -> None:
        """Tell every listener, also those of other processes; a listener must not wait."""
        sign = TypingNotice(conversation_id, sender, text)
        self.hear(sign)
        for carrier in self._carriers:
            carrier(sign)

    def hear(self, sign: TypingNotice) -> None:
        """Tell the listeners of this process only: what came from another one does not go back."""
        for listener in tuple(self._listeners):
            listener(sign)

    def carry(self, carrier: Listener) -> None:
        """Let `carrier` take every sign made here to the other processes."""
        self._carriers.append(carrier)

    @contextmanager
    def listen(self, listener: Listener) -> Iterator[None]:
        """Hear every sign of typing while the context lasts."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)
