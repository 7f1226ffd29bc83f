"""Golden dialogues made of real conversations: kept in the database, exported to `data/dialogues.yml`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.errors import ApiError, not_found
from api.privacy.masking import masked
from api.security.audit import record_audit
from api.store.ids import new_id
from api.store.tables import Conversation, GoldenDialogue, Message
from api.strings.catalogue import say
from api.worker.came import came_of
from api.worker.dialogues import OUTCOMES, SEARCHED, Came, Dialogue, Line, dialogue_of, entry_of, read_dialogues

# In the place of what was masked: a form has to be able to read it, and nobody can be reached by it.
STAND_INS = {
    "[name]": "Alex",
    "[phone]": "07700 900123",
    "[e-mail]": "alex@example.com",
    "[postcode]": "LS6 2DX",
    "[address]": "12 Beck Lane",
    "[card]": "my card",
    "[IBAN]": "my account",
    "[secret]": "a secret",
}


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who keeps a conversation, and when."""

    actor: str
    now: datetime


def standing(session: Session) -> Sequence[GoldenDialogue]:
    """Return the conversations that are kept, oldest first."""
    kept = select(GoldenDialogue).where(GoldenDialogue.deleted_at.is_(None))
    return session.scalars(kept.order_by(GoldenDialogue.created_at, GoldenDialogue.id)).all()


def stored(session: Session) -> list[Dialogue]:
    """Return them as dialogues."""
    return [dialogue_of({"dialogue": row.name, "lines": row.lines}, "golden_dialogue") for row in standing(session)]


def all_dialogues(session: Session, data: Path) -> list[Dialogue]:
    """Return what a candidate is held to: the file's dialogues, and those stored under other names.

    Raises:
        TrainingDataInvalid: the file is in another form than it describes itself.
    """
    written = read_dialogues(data)
    names = {one.name for one in written}
    return [*written, *(one for one in stored(session) if one.name not in names)]


def keep(session: Session, data: Path, conversation_id: str, name: str, keeper: Keeper) -> GoldenDialogue:
    """Keep a conversation, up to where a person took over, as it has to go from now on.

    Raises:
        ApiError: 404 for an unknown conversation, 409 for a name that is taken, 422 when the bot answered nothing.
    """
    conversation = session.get(Conversation, conversation_id)
    if conversation is None:
        raise not_found("This conversation")
    if any(one.name == name for one in all_dialogues(session, data)):
        raise ApiError(409, "name_taken", say("golden.name_taken", name=name))
    lines = lines_of(session, conversation)
    if not lines:
        raise ApiError(422, "nothing_to_keep", say("golden.nothing_to_keep"))
    row = GoldenDialogue(
        id=new_id(),
        name=name,
        conversation_id=conversation_id,
        lines=[entry_of(line) for line in lines],
        created_by=keeper.actor,
        created_at=keeper.now,
    )
    session.add(row)
    record_audit(session, keeper.actor, "keep_dialogue", at=keeper.now, subject=conversation_id, details={"name": name})
    return row


def let_go(session: Session, golden_id: str, keeper: Keeper) -> None:
    """Hold no candidate to a kept conversation any more.

    Raises:
        ApiError: 404, it is not kept.
    """
    row = session.get(GoldenDialogue, golden_id)
    if row is None or row.deleted_at is not None:
        raise not_found("This dialogue")
    row.deleted_at = keeper.now
    record_audit(session, keeper.actor, "let_go_dialogue", at=keeper.now, subject=row.conversation_id)


def lines_of(session: Session, conversation: Conversation) -> list[Line]:
    """Return what the customer said to the bot, with what came of it, up to where people took over."""
    said = (
        select(Message)
        .where(Message.conversation_id == conversation.id, Message.sender == "customer")
        .order_by(Message.seq)
    )
    lines = []
    for message in session.scalars(said):
        if message.outcome not in OUTCOMES:
            break
        text = masked(message.text, [conversation.customer_name])
        for mark, words in STAND_INS.items():
            text = text.replace(mark, words)
        expected = _telling(came_of(session, message))
        lines.append(Line(" ".join(text.split()), message.button_id is not None, expected))
        if message.outcome == "queue":
            break
    return lines


def _telling(came: Came) -> Came:
    """Return of what came only what has to come again: not whatever the search guessed an intent to be."""
    return Came(
        outcome=came.outcome,
        intent=None if came.outcome in SEARCHED else came.intent,
        article=came.article if came.outcome == "answer" else None,
        asks=came.asks if came.outcome == "form" else None,
        offers=came.offers or None,
        upset=came.upset or None,
    )
