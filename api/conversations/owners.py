"""Who owns a conversation, and every way it may pass from one owner to the next. Pure: no database, no clock.

            request_person              take
      bot ------------------> queue ------------> agent
       ^  <-- leave_queue ---  |  ^                |  |
       |                       |  +-- give_back ---+  |
       |                     close                    |
       +------ hand_to_bot, leave_agent --------------+      agent -- close --> closed
      closed -- reopen_to_bot --> bot,  closed -- reopen_to_queue --> queue

Whatever is not in the table is refused: `closed` cannot be taken, and only the queue can be left.
"""

from __future__ import annotations

from typing import Literal, cast

Owner = Literal["bot", "queue", "agent", "closed"]
Step = Literal[
    "request_person",
    "leave_queue",
    "leave_agent",
    "take",
    "hand_to_bot",
    "give_back",
    "close",
    "reopen_to_bot",
    "reopen_to_queue",
]

OWNERS: tuple[Owner, ...] = ("bot", "queue", "agent", "closed")

TRANSITIONS: dict[tuple[Owner, Step], Owner] = {
    ("bot", "request_person"): "queue",
    ("bot", "take"): "agent",  # an agent may step in unasked
    ("bot", "close"): "closed",
    ("queue", "leave_queue"): "bot",
    ("queue", "take"): "agent",
    ("queue", "close"): "closed",
    ("agent", "hand_to_bot"): "bot",
    ("agent", "leave_agent"): "bot",  # the customer asks for the bot again
    ("agent", "give_back"): "queue",
    ("agent", "close"): "closed",
    ("closed", "reopen_to_bot"): "bot",
    ("closed", "reopen_to_queue"): "queue",
}


def next_owner(owner: str, step: Step) -> Owner | None:
    """Return who owns the conversation after `step`, or None where the step is not allowed."""
    return TRANSITIONS.get((cast(Owner, owner), step))


def bot_may_speak(owner: str) -> bool:
    """Say whether the bot may send anything to the customer."""
    return owner == "bot"
