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
    """Passes signs of typing on, inside one API process and on its event loop."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def say(self, conversation_id: str, sender: Literal["customer", "bot", "agent"], text: str | None = None) -> None:
        """Tell every listener; a listener must not wait."""
        sign = TypingNotice(conversation_id, sender, text)
        for listener in tuple(self._listeners):
            listener(sign)

    @contextmanager
    def listen(self, listener: Listener) -> Iterator[None]:
        """Hear every sign of typing while the context lasts."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)
