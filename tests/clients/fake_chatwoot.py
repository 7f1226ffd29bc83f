"""A Chatwoot that keeps what its bot does, checks that it may, and tells the bot of it as Chatwoot does."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
import re
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi.testclient import TestClient

from api.processes.places import ROOT

Json = dict[str, Any]
PAYLOADS = ROOT / "tests" / "clients" / "chatwoot"
BOT_TOKEN, READER_TOKEN, SECRET, KEY = "bot-token", "reader-token", "signing-secret", "an-unguessable-word"
CALL = re.compile(r"/api/v1/accounts/(\d+)/conversations/(\d+)/(messages|toggle_status)")


def payload(name: str, **changes: Any) -> Json:
    """Return a recorded payload, some of its fields changed; `status` is that of its conversation."""
    body: Json = json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))
    status = changes.pop("status", None)
    if status is not None:
        body.get("conversation", body)["status"] = status
    return body | changes


@dataclass
class FakeChatwoot:
    """Answers the bot's calls. `events` are what it would send to the bot because of them."""

    status: str = "pending"
    said: list[Json] = field(default_factory=list)
    events: list[Json] = field(default_factory=list)
    faults: list[int] = field(default_factory=list)  # statuses to answer with before it works again
    cut_off: int = 0  # messages that are taken while the connection breaks before the answer
    last_id: int = 1000

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    @property
    def texts(self) -> list[str]:
        """What the customer was told."""
        return [one["content"] for one in self.said if not one["private"]]

    @property
    def notes(self) -> list[str]:
        """What only agents were told."""
        return [one["content"] for one in self.said if one["private"]]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.faults:
            return httpx.Response(self.faults.pop(0), json={"error": "out of order"})
        call = CALL.fullmatch(request.url.path)
        if request.method == "GET" and call is not None:  # bots may not
            is_reader = request.headers.get("api_access_token") == READER_TOKEN
            return self._messages(int(request.url.params["after"])) if is_reader else httpx.Response(401)
        if request.headers.get("api_access_token") != BOT_TOKEN:
            return httpx.Response(401, json={"error": "You need to sign in"})
        if call is None or request.method != "POST" or call[1] != "3" or call[2] != "57":
            return httpx.Response(404, json={"error": "Resource could not be found"})
        body = json.loads(request.content)
        return self._message(body) if call[3] == "messages" else self._toggle(body)

    def _message(self, body: Json) -> httpx.Response:
        if not body.get("content") or body.get("message_type") not in {"outgoing", "incoming"}:
            return httpx.Response(422, json={"error": "Content can't be blank"})
        self.last_id += 1
        self.said.append({**body, "id": self.last_id})
        changes = {name: body[name] for name in ("content", "private")}
        self.events.append(payload("message_from_bot", id=self.last_id, status=self.status, **changes))
        if self.cut_off:
            self.cut_off -= 1
            raise httpx.ReadError("connection reset")
        return httpx.Response(200, json={"id": self.last_id, **body, "conversation_id": 57})

    def _messages(self, after: int) -> httpx.Response:
        kept = [{**one, "message_type": 1} for one in self.said if one["id"] > after]
        return httpx.Response(200, json={"meta": {}, "payload": kept})

    def _toggle(self, body: Json) -> httpx.Response:
        self.status = body["status"]
        self.events.append(payload("status_changed", status=self.status))
        answer = {"success": True, "conversation_id": 57, "current_status": self.status}
        return httpx.Response(200, json={"meta": {}, "payload": answer})


def send(client: TestClient, body: Json, *, delivery: str | None = None) -> httpx.Response:
    """Send an event to the adapter, signed, as Chatwoot does."""
    raw, timestamp = json.dumps(copy.deepcopy(body)).encode(), str(int(time.time()))
    mac = hmac.new(SECRET.encode(), f"{timestamp}.".encode() + raw, hashlib.sha256).hexdigest()
    headers = {"X-Chatwoot-Signature": f"sha256={mac}", "X-Chatwoot-Timestamp": timestamp}
    if delivery is not None:
        headers["X-Chatwoot-Delivery"] = delivery
    answer: httpx.Response = client.post(f"/chatwoot/{KEY}", content=raw, headers=headers)
    return answer
