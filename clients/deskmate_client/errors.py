"""What may go wrong: the server says no, cannot be reached, or tells another history."""

from __future__ import annotations

from typing import Any


class Failed(Exception):
    """A call came to nothing."""


class Unreachable(Failed):
    """The server did not answer, however often it was asked."""


class Refused(Failed):
    """The server answered, and said no.

    Attributes:
        status: the HTTP status.
        code: for machines, in snake_case.
        message: for a person.
        details: what else the error says, such as `agent_name` for who holds a chat.
    """

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        self.status = status
        self.code = str(error.get("code", "error"))
        self.message = str(error.get("message", ""))
        self.details = {name: value for name, value in error.items() if name not in {"code", "message"}}
        super().__init__(f"{status} {self.code}: {self.message}")


class HistoryChanged(Failed):
    """The server's database was restored: fetch afresh what you keep, then go on from here.

    Attributes:
        epoch: the name of the history that is told now.
        after: the last event there is in it.
    """

    def __init__(self, epoch: str, after: int) -> None:
        self.epoch = epoch
        self.after = after
        super().__init__(f"the event log is another one, {epoch}")
