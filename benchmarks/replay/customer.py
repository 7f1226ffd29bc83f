"""One customer who says recorded sentences and watches what becomes visible after each."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from benchmarks.replay.conversations import Recorded

LONGEST_WAIT_S = 30


@dataclass(frozen=True, slots=True)
class Said:
    """One message and what the customer saw of its outcome."""

    message_id: str
    seq: int
    seen: str  # reply | notice:<why> | queue | agent | nothing
    waited_ms: float
    owner: str


@dataclass(slots=True)
class Replayed:
    """One conversation after it was said again."""

    recorded: Recorded
    conversation_id: str
    said: list[Said] = field(default_factory=list)
    transcript: list[dict[str, Any]] = field(default_factory=list)  # as the customer ends up seeing it


async def replay(client: httpx.AsyncClient, recorded: Recorded) -> Replayed:
    """Say every sentence of the recording, each after the outcome of the one before has become visible.

    Every message is sent twice under the same id, as a client on a bad line does.

    Raises:
        httpx.HTTPStatusError: the server refused a message.
    """
    opened = (await client.post("/v1/conversations", json={})).raise_for_status().json()
    client_headers = {"Authorization": f"Bearer {opened['token']}"}
    address = f"/v1/conversations/{opened['conversation_id']}/messages"
    replayed = Replayed(recorded, opened["conversation_id"])
    for number, text in enumerate(recorded.customer_texts):
        message = {"client_msg_id": f"{recorded.dialogue_id}-{number}", "text": text}
        began = time.perf_counter()
        first = (await client.post(address, json=message, headers=client_headers)).raise_for_status().json()
        again = (await client.post(address, json=message, headers=client_headers)).raise_for_status().json()
        if again != first:
            raise AssertionError(f"a resend was answered with {again}, the first time with {first}")
        seen, owner = await _outcome(client, address, client_headers, first["seq"])
        waited_ms = (time.perf_counter() - began) * 1000
        replayed.said.append(Said(first["message_id"], first["seq"], seen, waited_ms, owner))
    replayed.transcript = await _whole_transcript(client, address, client_headers)
    return replayed


async def _outcome(client: httpx.AsyncClient, address: str, headers: dict[str, str], seq: int) -> tuple[str, str]:
    """Wait until something answers the message: a reply, or a person's ownership."""
    deadline = time.monotonic() + LONGEST_WAIT_S
    after = seq
    patience_s = 0  # who waits in the queue already is told nothing new: look once before waiting for news
    while (left := deadline - time.monotonic()) > 0:
        wait = {"after": after, "wait": patience_s}
        page = (await client.get(address, params=wait, headers=headers)).raise_for_status().json()
        patience_s = max(1, min(10, int(left)))
        for line in page["messages"]:
            after = max(after, line["seq"])
            if line["sender"] == "bot":
                return (f"notice:{line['notice']}" if line.get("notice") else "reply"), page["owner"]
        if page["owner"] in {"queue", "agent"}:
            return page["owner"], page["owner"]
    return "nothing", page["owner"]


async def _whole_transcript(client: httpx.AsyncClient, address: str, headers: dict[str, str]) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    while True:
        after = lines[-1]["seq"] if lines else 0
        page = (await client.get(address, params={"after": after}, headers=headers)).raise_for_status().json()
        lines += page["messages"]
        if not page.get("more"):
            return lines
