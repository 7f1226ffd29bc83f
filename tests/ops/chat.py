"""A customer of a running stack, over HTTP."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import Any

import httpx

PATIENCE_S = 60.0


@dataclass
class Customer:
    """One conversation."""

    client: httpx.Client
    conversation_id: str
    seen: int = 0

    def ask(self, text: str) -> list[dict[str, Any]]:
        """Say something and return what came back: everything said by others until the turn's outcome is visible."""
        return self.hear(after=self.send(text)["seq"], what=text)

    def send(self, text: str) -> dict[str, Any]:
        """Say something and return the acknowledgement."""
        sent = self.client.post(
            f"/v1/conversations/{self.conversation_id}/messages",
            json={"client_msg_id": uuid.uuid4().hex, "text": text},
        )
        assert sent.status_code == 202, sent.text
        acknowledged: dict[str, Any] = sent.json()
        return acknowledged

    def hear(self, *, after: int, what: str = "") -> list[dict[str, Any]]:
        """Return what others said after a message; empty when a person owns the chat and nobody said anything yet."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            page = self.read(after=after, wait_s=10)
            said = [message for message in page["messages"] if message["sender"] != "customer"]
            if said or page["owner"] != "bot":
                return said
        raise AssertionError(f"nothing was said to {what!r}")

    def read(self, *, after: int = 0, wait_s: int = 0) -> dict[str, Any]:
        """Return a page of the conversation, waiting for something new if there is nothing yet."""
        page: dict[str, Any] = self.client.get(
            f"/v1/conversations/{self.conversation_id}/messages", params={"after": after, "wait": wait_s}, timeout=30
        ).json()
        return page


def new_customer(address: str) -> Customer:
    """Start a conversation."""
    client = httpx.Client(base_url=address, trust_env=False, timeout=30)
    opened = client.post("/v1/conversations", json={})
    assert opened.status_code == 201, opened.text
    client.headers["Authorization"] = f"Bearer {opened.json()['token']}"
    return Customer(client, opened.json()["conversation_id"])


def wait_until_ready(address: str, *, limit_s: float = 180.0) -> float:
    """Wait until a customer would be answered; return the seconds it took."""
    began = time.monotonic()
    while time.monotonic() - began < limit_s:
        try:
            if httpx.get(f"{address}/readyz", timeout=10, trust_env=False).status_code == 200:
                return time.monotonic() - began
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"not ready after {limit_s} s")
