"""Exports in pages: as many conversations at a time as fit into memory with ease, whatever the period."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from api.insight.cases import Case
from api.insight.endings import ending
from api.insight.period import Period
from api.insight.reading import cases_of
from api.insight.records import Record, Rows, read_rows, record_of
from api.insight.spreadsheet import Cell, csv_lines
from api.store.database import Store
from api.store.tables import Conversation, HandOff

AT_ONCE = 100  # conversations
Format = Literal["jsonl", "conversations", "messages"]

CONVERSATION_HEADS = (
    "conversation_id", "began_at", "last_line_at", "closed_at", "closed_by", "owner", "department", "knowledge_base",
    "customer_name", "customer_email", "verified", "page", "agent", "ending", "stars", "rating_words", "tags",
    "customer_lines", "bot_lines", "agent_lines", "reasons", "waited_s", "handled_s", "frustration_most",
    "frustration_last", "transcript",
)  # fmt: skip
MESSAGE_HEADS = (
    "conversation_id", "seq", "message_id", "sent_at", "sender", "agent", "text", "outcome", "intent", "confidence",
    "search_confidence", "frustration", "decision", "reasons", "model_version", "kb_version", "article_id",
    "article_confidence", "helpful", "correct",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which conversations, and how."""

    period: Period
    owner: str | None = None  # bot | queue | agent | closed
    reason: str | None = None  # handed over for this one
    mask: bool = True


async def exported(store: Store, wanted: Wanted, form: Format, *, now: datetime) -> AsyncIterator[str]:
    """Yield an export piece by piece: a head line for CSV, then some conversations at a time."""
    if form != "jsonl":
        # The mark tells spreadsheets that it is UTF-8.
        yield "\ufeff" + csv_lines([CONVERSATION_HEADS if form == "conversations" else MESSAGE_HEADS])
    after: Conversation | None = None
    while True:
        place = after
        page = await store.read(lambda session: _page(session, wanted, place))  # noqa: B023 - awaited before it moves
        if not page:
            return
        after = page[-1]
        yield await store.read(lambda session: _piece(session, page, wanted, form, now))  # noqa: B023


def _page(session: Session, wanted: Wanted, after: Conversation | None) -> Sequence[Conversation]:
    query = select(Conversation).where(
        Conversation.created_at >= wanted.period.start, Conversation.created_at < wanted.period.end
    )
    if wanted.owner is not None:
        query = query.where(Conversation.owner == wanted.owner)
    if after is not None:
        later = and_(Conversation.created_at == after.created_at, Conversation.id > after.id)
        query = query.where(or_(Conversation.created_at > after.created_at, later))
    return session.scalars(query.order_by(Conversation.created_at, Conversation.id).limit(AT_ONCE)).all()


def _piece(session: Session, page: Sequence[Conversation], wanted: Wanted, form: Format, now: datetime) -> str:
    rows = read_rows(session, page)
    if wanted.reason is not None:
        page = [row for row in page if _has_reason(rows, row, wanted.reason)]
    records = [record_of(row, rows, mask=wanted.mask) for row in page]
    if form == "jsonl":
        return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    if form == "messages":
        return csv_lines(line for record in records for line in message_cells(record))
    cases = {case.conversation_id: case for case in cases_of(session, page)}
    return csv_lines(conversation_cells(record, cases[record["id"]], now) for record in records)


def _has_reason(rows: Rows, conversation: Conversation, reason: str) -> bool:
    stays: Sequence[HandOff] = rows.of_conversation[HandOff].get(conversation.id, [])
    return any(reason in (stay.reason_codes or ()) for stay in stays)


def conversation_cells(record: Record, case: Case, now: datetime) -> list[Cell]:
    """Return a conversation as one line of a table."""
    said = [message["sender"] for message in record["messages"]]
    moods = [mood.score for mood in case.moods]
    taken = [stay for stay in case.stays if stay.taken_at is not None]
    waited = sum((stay.taken_at - stay.requested_at).total_seconds() for stay in taken if stay.taken_at)
    handled = sum((stay.ended_at - stay.taken_at).total_seconds() for stay in taken if stay.ended_at and stay.taken_at)
    return [
        record["id"], record["created_at"], record["last_message_at"], record["closed_at"], record["closed_by"],
        record["owner"], record["department"], record["kb"], record.get("customer_name"), record.get("customer_email"),
        record["verified"], record["page_url"], record["agent"], ending(case, now) if case.asked else "nothing_said",
        record["stars"], record["rating_words"], ", ".join(record["tags"] or ()),
        said.count("customer"), said.count("bot"), said.count("agent"),
        ", ".join(code for stay in case.stays for code in stay.reasons),
        waited if taken else None, handled if taken else None,
        max(moods, default=None), moods[-1] if moods else None,
        "\n".join(f"{message['sender']}: {message['text']}" for message in record["messages"]),
    ]  # fmt: skip


def message_cells(record: Record) -> list[list[Cell]]:
    """Return a conversation's messages as lines of a table."""
    lines: list[list[Cell]] = []
    for message in record["messages"]:
        turn: Record = message["turns"][-1] if message["turns"] else {}
        found: Record = message["suggestion_sets"][0] if message["suggestion_sets"] else {}
        first: Record = next((one for one in found.get("suggestions", ()) if not one["internal"]), {})
        said = first.get("feedback", [])
        lines.append([
            record["id"], message["seq"], message["id"], message["created_at"], message["sender"], message["agent"],
            message["text"], message["outcome"], turn.get("intent"), turn.get("confidence"),
            turn.get("search_confidence"), turn.get("frustration"), turn.get("decision"),
            ", ".join(turn.get("reason_codes") or ()), turn.get("model_version"), found.get("kb_version"),
            first.get("article_id"), first.get("confidence"),
            next((one["helpful"] for one in said if one["helpful"] is not None), None),
            next((one["correct"] for one in said if one["correct"] is not None), None),
        ])  # fmt: skip
    return lines
