"""A share of chats goes without suggestions, so that the time suggestions save can be measured and not only believed.

Which chats these are is decided by their ids, not by anybody: the same chat stays without for as long as it lasts.
"""

from __future__ import annotations

import hashlib

from sqlalchemy.orm import Session

from api.conversations.ownership import open_hand_off

SALT = "suggestions"
STEPS = 2**32


def is_held_out(conversation_id: str, share: float) -> bool:
    """Say whether a conversation is one of the share that goes without suggestions.

    Args:
        conversation_id: which.
        share: of all conversations, in [0, 1].
    """
    digest = hashlib.sha256(f"{SALT}:{conversation_id}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / STEPS < share


def withheld(session: Session, conversation_id: str, share: float) -> bool:
    """Say whether agents see no suggestions in a conversation now; once it is taken, a new share changes nothing."""
    hand_off = open_hand_off(session, conversation_id)
    if hand_off is not None and hand_off.taken_at is not None:
        return not hand_off.aided
    return is_held_out(conversation_id, share)
