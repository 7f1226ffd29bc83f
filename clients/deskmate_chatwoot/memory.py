"""What the adapter must not forget: which chat is which, what came in and is not dealt with, how far events were read.

One SQLite file. Chatwoot sends an event once and waits five seconds, so an event is written here before it is answered.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deskmate_chatwoot.payloads import ChatKey

TABLES = """
CREATE TABLE IF NOT EXISTS chat (
    account_id INTEGER NOT NULL, chatwoot_id INTEGER NOT NULL, conversation_id TEXT NOT NULL UNIQUE,
    token TEXT NOT NULL, status TEXT NOT NULL, question_id TEXT, relayed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, chatwoot_id));
CREATE TABLE IF NOT EXISTS inbox (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, body TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS sending (conversation_id TEXT PRIMARY KEY, seq INTEGER NOT NULL, taken_id INTEGER);
CREATE TABLE IF NOT EXISTS place (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class KnownChat:
    """One conversation in both systems."""

    key: ChatKey
    conversation_id: str  # Deskmate's
    token: str  # the customer's
    status: str  # Chatwoot's, as last heard or set
    question_id: str | None  # Deskmate's id of the customer's last message
    relayed: int  # seq of the last line that went to Chatwoot, or needed not


class Memory:
    """The file.

    Args:
        path: where; `:memory:` for tests.
    """

    def __init__(self, path: Path | str) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.executescript(TABLES)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def take_in(self, name: str, body: dict[str, Any]) -> bool:
        """Keep an event under its name; False when it came before."""
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO inbox (name, body) VALUES (?, ?)", (name, json.dumps(body, ensure_ascii=False))
        )
        return cursor.rowcount == 1

    def waiting(self) -> list[tuple[int, dict[str, Any]]]:
        """Return what is not dealt with, in the order it came."""
        rows = self._db.execute("SELECT id, body FROM inbox WHERE done = 0 ORDER BY id").fetchall()
        return [(row[0], json.loads(row[1])) for row in rows]

    def dealt_with(self, inbox_id: int) -> None:
        """Note that an event is dealt with. Its name stays, its text need not."""
        self._db.execute("UPDATE inbox SET done = 1, body = '{}' WHERE id = ?", (inbox_id,))

    def chat(self, key: ChatKey) -> KnownChat | None:
        """Return a chat by Chatwoot's number."""
        return self._one("account_id = ? AND chatwoot_id = ?", key.account_id, key.conversation_id)

    def chat_of(self, conversation_id: str) -> KnownChat | None:
        """Return a chat by Deskmate's id."""
        return self._one("conversation_id = ?", conversation_id)

    def add_chat(self, key: ChatKey, conversation_id: str, token: str, status: str) -> KnownChat:
        """Remember a new chat, in place of an expired one."""
        self._db.execute(
            "INSERT OR REPLACE INTO chat (account_id, chatwoot_id, conversation_id, token, status)"
            " VALUES (?, ?, ?, ?, ?)",
            (key.account_id, key.conversation_id, conversation_id, token, status),
        )
        return KnownChat(key, conversation_id, token, status, None, 0)

    def note_status(self, key: ChatKey, status: str) -> None:
        """Remember whose a chat is in Chatwoot."""
        self._db.execute(
            "UPDATE chat SET status = ? WHERE account_id = ? AND chatwoot_id = ?",
            (status, key.account_id, key.conversation_id),
        )

    def note_question(self, conversation_id: str, message_id: str) -> None:
        """Remember the customer's last message."""
        self._db.execute("UPDATE chat SET question_id = ? WHERE conversation_id = ?", (message_id, conversation_id))

    def note_relayed(self, conversation_id: str, seq: int) -> None:
        """Remember how far a conversation's lines went to Chatwoot."""
        self._db.execute("UPDATE chat SET relayed = max(relayed, ?) WHERE conversation_id = ?", (seq, conversation_id))

    def note_sending(self, conversation_id: str, seq: int) -> None:
        """Remember that a line is about to go to Chatwoot: until it is noted as taken, nobody knows whether it was."""
        self._db.execute(
            "INSERT INTO sending (conversation_id, seq) VALUES (?, ?)"
            " ON CONFLICT (conversation_id) DO UPDATE SET seq = excluded.seq",
            (conversation_id, seq),
        )

    def note_taken(self, conversation_id: str, taken_id: int | None) -> None:
        """Remember Chatwoot's number of the last line that it took."""
        self._db.execute(
            "UPDATE sending SET taken_id = coalesce(?, taken_id) WHERE conversation_id = ?", (taken_id, conversation_id)
        )

    def doubt(self, conversation_id: str, seq: int) -> int | None:
        """Return the number of what Chatwoot took last (0: nothing) if a line was sent before; None if it was not."""
        row = self._db.execute(
            "SELECT coalesce(taken_id, 0) FROM sending WHERE conversation_id = ? AND seq = ?", (conversation_id, seq)
        ).fetchone()
        return None if row is None else int(row[0])

    @property
    def place(self) -> tuple[int, str] | None:
        """The last event of Deskmate that was dealt with, and its history."""
        row = self._db.execute("SELECT value FROM place WHERE name = 'events'").fetchone()
        return None if row is None else (int(row[0].partition(" ")[0]), row[0].partition(" ")[2])

    def note_place(self, event_id: int, epoch: str) -> None:
        """Remember how far events were dealt with."""
        self._db.execute("INSERT OR REPLACE INTO place VALUES ('events', ?)", (f"{event_id} {epoch}",))

    def _one(self, where: str, *values: object) -> KnownChat | None:
        columns = "account_id, chatwoot_id, conversation_id, token, status, question_id, relayed"
        row = self._db.execute(f"SELECT {columns} FROM chat WHERE {where}", values).fetchone()  # noqa: S608 - ours
        return None if row is None else KnownChat(ChatKey(row[0], row[1]), *row[2:])
