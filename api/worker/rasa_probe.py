"""Asking one Rasa process whether it would really answer."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

READY_TIMEOUT_S = 5.0
TURN_TIMEOUT_S = 12.0


class ProbeFailed(Exception):
    """A Rasa process did not answer as it should; the message says how."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What a process made of one message."""

    intent: str
    outcome: str  # search | article | form | response | hand_off
    took_s: float


class RasaProbe:
    """Calls the gateway of Rasa processes with the internal secret.

    Args:
        secret: the internal secret.
    """

    def __init__(self, secret: str) -> None:
        self._client = httpx.Client(headers={"Authorization": f"Bearer {secret}"}, trust_env=False)

    def ready(self, url: str, model_version: str) -> bool:
        """Say whether the process at `url` understands a sentence with this very model."""
        try:
            answer = self._client.get(f"{url}/webhooks/gateway/ready", timeout=READY_TIMEOUT_S)
            return answer.status_code == 200 and answer.json().get("model_version") == model_version
        except (httpx.HTTPError, ValueError):
            return False

    def check_turn(self, url: str, model_version: str) -> None:
        """Have the process understand one message from end to end, saying nothing to anyone.

        Raises:
            ProbeFailed: it did not, or answered as another model.
        """
        self.understand(url, model_version, "Hello, I would like to talk to a person, please.")

    def understand(self, url: str, model_version: str, text: str) -> Understood:
        """Have the process understand one message that opens a conversation, saying nothing to anyone.

        Raises:
            ProbeFailed: it did not, or answered as another model.
        """
        turn = {
            "mode": "observe",
            "conversation_id": f"probe-{uuid4().hex}",
            "message_id": "probe",
            "turn": 1,
            "speaker": "customer",
            "text": text,
            "payload": None,
            "customer": {"name": None},
            "history": [],
            "state": None,
            "search": None,
            "context": {"offer_open": False, "offered_before": False, "failed_turns": 0, "availability": ""},
        }
        began = time.monotonic()
        try:
            answer = self._client.post(f"{url}/webhooks/gateway/turn", json=turn, timeout=TURN_TIMEOUT_S)
            body: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ProbeFailed(f"the new process did not answer a probe: {error}") from error
        if answer.status_code != 200:
            raise ProbeFailed(f"the new process answered a probe with {answer.status_code}: {str(body)[:200]}")
        if body.get("model_version") != model_version:
            raise ProbeFailed(f"the new process answered as model {body.get('model_version')!r}")
        understanding = body.get("understanding") or {}
        if not understanding.get("intent"):
            raise ProbeFailed("the new process understood nothing of a probe")
        outcome = str(understanding.get("outcome") or "search")
        return Understood(str(understanding["intent"]), outcome, time.monotonic() - began)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
