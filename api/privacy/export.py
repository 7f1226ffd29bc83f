"""Everything held about one customer as a zip: rows as JSON for programs, transcripts as text for people."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from io import BytesIO
from typing import Any

from sqlalchemy.orm import Session

from api.privacy.holdings import held_about
from api.privacy.subjects import Subject
from api.security.audit import record_audit
from api.strings.catalogue import say

ROWS, ABOUT = "customer.json", "about.txt"


def export_customer(session: Session, subject: Subject, *, by: str, now: datetime) -> bytes:
    """Return the zip and note in the audit log that it was made.

    Args:
        session: a writing transaction.
        subject: whose.
        by: the actor.
        now: aware.
    """
    held = held_about(session, subject.conversation_ids)
    for conversation_id in subject.conversation_ids:
        record_audit(session, by, "export_customer", at=now, subject=conversation_id)
    return _zip(subject, held, now)


def transcript(conversation: Mapping[str, Any], messages: Sequence[Mapping[str, Any]]) -> str:
    """Return a conversation as text, one line for each message."""
    said = [row for row in messages if row["conversation_id"] == conversation["id"]]
    lines = (f"{row['created_at']}  {row['sender']}: {row['text']}" for row in sorted(said, key=lambda row: row["seq"]))
    return "\n".join(lines) + "\n"


def _zip(subject: Subject, held: Mapping[str, list[dict[str, Any]]], now: datetime) -> bytes:
    body = {"exported_at": now.isoformat(), "customer": asdict(subject), "held": held}
    moment = now.timetuple()[:6]
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(name: str, text: str) -> None:
            archive.writestr(zipfile.ZipInfo(name, moment), text, zipfile.ZIP_DEFLATED)

        add(ABOUT, say("privacy.export_about", at=now.isoformat(timespec="minutes")) + "\n")
        add(ROWS, json.dumps(body, ensure_ascii=False, indent=1) + "\n")
        for conversation in held["conversation"]:
            add(f"transcripts/{conversation['id']}.txt", transcript(conversation, held["message"]))
    return buffer.getvalue()
