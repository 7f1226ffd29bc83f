"""Snippets: texts that are often needed, with variables filled in for the chat at hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import numpy as np
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.errors import ApiError, not_found
from api.security.callers import Staff
from api.store.tables import Conversation, Snippet, Turn
from api.strings.catalogue import say

VARIABLE = re.compile(r"\{(\w+)\}")
WORD = re.compile(r"\w+")
MEANS_IT = 0.3  # cosine from which a snippet is worth a look; a short query is never very close to a long text
MOST_BY_MEANING = 5

Vectors = Callable[[Sequence[str]], np.ndarray]


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a snippet's text with its variables filled in; one that is not known stays, so that it is seen."""
    return VARIABLE.sub(lambda found: values.get(found[1], found[0]), text)


def variables_of(session: Session, conversation: Conversation, staff: Staff, *, hours: str) -> dict[str, str]:
    """Return what a conversation fills into snippets: names, the hours, and what the bot has learnt."""
    values = {"agent_name": staff.name, "hours": hours}
    name = (conversation.customer_name or "").strip()
    if name:
        values |= {"customer_name": name, "first_name": name.split()[0]}
    known = session.scalar(
        select(Turn.understanding)
        .where(Turn.conversation_id == conversation.id, Turn.state == "done", Turn.understanding.is_not(None))
        .order_by(Turn.number.desc())
        .limit(1)
    )
    slots = (known or {}).get("slots") or {}
    told = {str(key): str(value) for key, value in slots.items() if isinstance(value, str | int) and str(value).strip()}
    return {**told, **values}


def find_snippets(session: Session, staff: Staff, words: str = "") -> list[Snippet]:
    """Return everybody's and one's own snippets that have all of these words, the best known by name first."""
    rows = session.scalars(
        select(Snippet)
        .where(or_(Snippet.agent_id.is_(None), Snippet.agent_id == staff.agent_id))
        .order_by(Snippet.name, Snippet.id)
    ).all()
    wanted = WORD.findall(words.casefold())
    found = [row for row in rows if all(word in f"{row.name} {row.text}".casefold() for word in wanted)]
    return sorted(found, key=lambda row: not all(word in row.name.casefold() for word in wanted))


def by_meaning(found: Sequence[Snippet], every: Sequence[Snippet], words: str, vectors: Vectors) -> list[Snippet]:
    """Return the snippets that have the words, then those that mean about the same, the closest first.

    Args:
        found: those that have all the words, in their order.
        every: all snippets there are.
        words: what is looked for.
        vectors: encodes texts as unit vectors, float32 (n, dim).
    """
    others = [row for row in every if row.id not in {one.id for one in found}]
    if not words.strip() or not others:
        return list(found)
    encoded = vectors([words, *(f"{row.name}. {row.text}" for row in others)])
    cosines = encoded[1:] @ encoded[0]
    close = [(cosine, row) for cosine, row in zip(cosines.tolist(), others, strict=True) if cosine >= MEANS_IT]
    close.sort(key=lambda one: -one[0])
    return [*found, *(row for _, row in close[:MOST_BY_MEANING])]


def save_snippet(
    session: Session, name: str, text: str, staff: Staff, *, shared: bool, now: datetime, snippet_id: str | None = None
) -> Snippet:
    """Keep a snippet, one's own or everybody's.

    Raises:
        ApiError: 403 for everybody's by somebody who is no administrator; 404.
    """
    if snippet_id is None:
        snippet = Snippet(agent_id=None if shared else staff.agent_id)
        session.add(snippet)
    else:
        snippet = _found(session, snippet_id, staff)
        snippet.agent_id = None if shared else staff.agent_id
    if shared and not staff.is_admin:
        raise ApiError(403, "forbidden", say("people.not_allowed"))
    snippet.name, snippet.text, snippet.updated_at = name, text, now
    session.flush()
    return snippet


def drop_snippet(session: Session, snippet_id: str, staff: Staff) -> None:
    """Forget a snippet.

    Raises:
        ApiError: 403 for everybody's by somebody who is no administrator; 404.
    """
    session.delete(_found(session, snippet_id, staff))


def _found(session: Session, snippet_id: str, staff: Staff) -> Snippet:
    snippet = session.get(Snippet, snippet_id)
    if snippet is None or snippet.agent_id not in {None, staff.agent_id}:
        raise not_found("This snippet")
    if snippet.agent_id is None and not staff.is_admin:
        raise ApiError(403, "forbidden", say("people.not_allowed"))
    return snippet
