"""Receipts: what became of every correction people made, and whose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store.tables import Agent, Label, Message, Turn
from api.worker.trial import ASK, Guess, Routes, Trial, meant_by, plain, taken_for

Became = Literal["right", "wrong", "broken"]
MOST = 2_000  # the newest labels
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Correction:
    """A message whose meaning somebody gave, against what the bot made of it then."""

    message_id: str
    text: str
    meant: str  # an intent; `ask` for whatever the search is to answer
    was: str | None  # what the bot took it for; None when no turn told
    search_confidence: float | None
    by: str  # name of who labelled it


def corrections(session: Session, routes: Routes) -> list[Correction]:
    """Return the labels that say what a message means, one per message, newest first."""
    rows = session.execute(
        select(Label, Message, Agent.name)
        .join(Message, Message.id == Label.message_id)
        .outerjoin(Agent, Agent.id == Label.agent_id)
        .where(Label.undone_at.is_(None))
        .order_by(Label.created_at.desc(), Label.id)
        .limit(MOST)
    ).all()
    turns = {
        turn.message_id: turn
        for turn in session.scalars(
            select(Turn).where(Turn.message_id.in_([label.message_id for label, _, _ in rows]), Turn.state == "done")
        )
    }
    found: dict[str, Correction] = {}
    seen: set[str] = set()
    for label, message, name in rows:
        if label.message_id in seen:  # an older label of the same message counts no more
            continue
        seen.add(label.message_id)
        turn = turns.get(label.message_id)
        guess = Guess(turn.intent, turn.confidence or 0.0) if turn and turn.intent else None
        search = turn.search_confidence if turn else None
        was = taken_for(guess, routes, search_confidence=search) if guess else None
        meant = _meant(label, was, routes)
        if meant is not None:
            found[message.id] = Correction(message.id, plain(message.text), meant, was, search, name or "")
    return list(found.values())


def _meant(label: Label, was: str | None, routes: Routes) -> str | None:
    if label.intent is not None:
        return meant_by(label.intent, routes)
    if label.article_id is not None or label.verdict in {"not_for_us", "missing"}:
        return ASK
    return was if label.verdict == "right" else None


def receipts(found: Sequence[Correction], candidate: Trial, current: Trial | None, routes: Routes) -> dict[str, Any]:
    """Return how many corrections a candidate gets right, still wrong, or newly wrong; and the same for each person.

    Args:
        found: from `corrections`.
        candidate: the new model's guesses.
        current: the serving model's; what the bot made of a message then stands in where there is none.
        routes: where each intent leads.
    """
    everyone: Counter[Became] = Counter()
    people: dict[str, Counter[Became]] = {}
    shown: list[dict[str, str]] = []
    for one in found:
        now = taken_for(candidate.guesses[one.text], routes, search_confidence=one.search_confidence)
        before = one.was
        if current is not None:
            before = taken_for(current.guesses[one.text], routes, search_confidence=one.search_confidence)
        if one.was == one.meant and now == one.meant:
            continue  # it was right and is right: nothing was corrected
        became: Became = "right" if now == one.meant else "broken" if before == one.meant else "wrong"
        everyone[became] += 1
        people.setdefault(one.by, Counter())[became] += 1
        if became != "right" and len(shown) < MOST_SHOWN:
            shown.append({"message_id": one.message_id, "meant": one.meant, "now": now, "became": became, "by": one.by})
    return {
        **_counts(everyone),
        "people": [{"name": name, **_counts(counts)} for name, counts in sorted(people.items())],
        "open": shown,
    }


def _counts(counts: Counter[Became]) -> dict[str, int]:
    return {"corrections": counts.total(), **{became: counts[became] for became in ("right", "wrong", "broken")}}
