"""A running bot to talk to: the trained model behind its gateway, the action server, and a stub of the API."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
import yaml

from bot.apologies import is_apology
from tests.dialogues.stub_api import StubApi, running_stub_api
from tests.installation import BOT_PYTHON, ROOT, encoder_folder, free_ports

READY_LIMIT_S = 240.0
AVAILABILITY = "Somebody is here now."


@dataclass
class Bot:
    """One Rasa process and its action server."""

    url: str
    secret: str
    api: StubApi

    def post(self, body: Any, *, secret: str | None = None, timeout_s: float = 20.0) -> httpx.Response:
        """Send a turn as it is."""
        headers = {"Authorization": f"Bearer {secret or self.secret}"}
        return httpx.post(f"{self.url}/webhooks/gateway/turn", json=body, headers=headers, timeout=timeout_s)

    def ready(self, *, secret: str | None = None) -> httpx.Response:
        """Ask whether the model understands."""
        headers = {"Authorization": f"Bearer {secret or self.secret}"}
        return httpx.get(f"{self.url}/webhooks/gateway/ready", headers=headers, timeout=20.0)


@dataclass
class Conversation:
    """What the API does for one conversation: numbers turns, keeps the state, the history and the failures."""

    bot: Bot
    name: str | None = None
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    turn: int = 0
    state: dict[str, Any] | None = None
    history: list[dict[str, Any]] = field(default_factory=list)
    failed_turns: int = 0
    offer_open: bool = False
    exceptions: str | None = None
    last: dict[str, Any] = field(default_factory=dict)

    def say(self, text: str, **changes: Any) -> dict[str, Any]:
        """Say something and return the gateway's answer; `changes` replace parts of the request."""
        answer = self.attempt(text, **changes)
        assert answer.status_code == 200, answer.text
        self.last = answer.json()
        self._note(text, self.last)
        return self.last

    def press(self, title: str) -> dict[str, Any]:
        """Press a button of the last turn."""
        buttons = [button for reply in self.last["replies"] for button in reply.get("buttons", ())]
        payload = next(button["payload"] for button in buttons if button["title"] == title)
        return self.say(title, payload=payload)

    def attempt(self, text: str | None, **changes: Any) -> httpx.Response:
        """Send the next turn, whatever comes of it."""
        body = self.request(text, **changes)
        self.bot.api.texts[body["message_id"]] = text or ""
        return self.bot.post(body)

    def request(self, text: str | None, **changes: Any) -> dict[str, Any]:
        """Return the request for the next turn."""
        found = self.bot.api.finding(text or "")
        search = {
            "suggestion_set_id": "set",
            "decision": found["decision"],
            "confidence": found["confidence"],
            "top_article_id": found["suggestions"][0]["article_id"] if found["suggestions"] else None,
        }
        body = {
            "mode": "reply",
            "conversation_id": self.id,
            "message_id": f"{self.id}-{self.turn + 1}",
            "turn": self.turn + 1,
            "speaker": "customer",
            "text": text,
            "payload": None,
            "customer": {"name": self.name},
            "history": self.history[-20:],
            "state": self.state,
            "search": search,
            "context": {
                "offer_open": self.offer_open,
                "offered_before": False,
                "failed_turns": self.failed_turns,
                "availability": AVAILABILITY,
                "exceptions": self.exceptions,
            },
        }
        return {**body, **changes}

    def _note(self, text: str, answer: dict[str, Any]) -> None:
        self.turn += 1
        self.state = answer["state"]
        failed = answer["outcome"] in ("fallback", "rejected")
        self.failed_turns = self.failed_turns + 1 if failed else self.failed_turns
        for sender, words in [("customer", text), *(("bot", reply["text"]) for reply in answer["replies"])]:
            self.history.append({"seq": len(self.history) + 1, "sender": sender, "text": words, "created_at": ""})


@lru_cache(maxsize=1)
def domain() -> dict[str, Any]:
    """Return domain.yml."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    return loaded


def response_of(text: str) -> str:
    """Return the name of the response a bubble was made from, or "answer" for an article's words.

    An apology said before is left out of a bubble, so its other sentences name it too.
    """
    for name, variants in domain()["responses"].items():
        for variant in variants:
            whole = variant["text"].strip()
            rest = "".join(part for part in re.findall(r"[^.!?:]*[.!?:]+\s*", whole) if not is_apology(part)).strip()
            if text and text == rest:
                return str(name)
            pattern = re.sub(r"\\\{\w+\\\}", "(?:.|\n)+", re.escape(whole))
            if pattern != "(?:.|\n)+" and re.fullmatch(pattern, text):
                return str(name)
    return "utter_availability" if text == AVAILABILITY else "answer"


def responses_of(answer: dict[str, Any]) -> list[str]:
    """Return the names of the responses of a turn, in order."""
    return [response_of(reply["text"]) for reply in answer["replies"]]


def play(bot: Bot, transcript: Sequence[tuple[str, Any]], *, name: str | None = None) -> Conversation:
    """Play a transcript of (what the customer says, the response or responses that follow).

    What stands in square brackets is a button pressed.
    """
    conversation = Conversation(bot, name=name)
    for said, expected in transcript:
        pressed = re.fullmatch(r"\[(.+)\]", said)
        answer = conversation.press(pressed.group(1)) if pressed else conversation.say(said)
        wanted = [expected] if isinstance(expected, str) else list(expected)
        assert responses_of(answer) == wanted, (said, answer["understanding"], answer["replies"])
    return conversation


@contextmanager
def running_bot(model: Path, folder: Path, *, actions_url: str | None = None) -> Iterator[Bot]:
    """Run the bot's processes until the model understands, and end them afterwards."""
    secret_file = folder / "secret"
    secret_file.write_text(secrets.token_hex(32), encoding="ascii")
    rasa_port, actions_port = free_ports(2)
    with running_stub_api() as api:
        environment = {
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "DESKMATE_SECRET_FILE": str(secret_file),
            "DESKMATE_API_URL": api.url,
            "DESKMATE_ACTIONS_URL": actions_url or f"http://127.0.0.1:{actions_port}/webhook",
            "DESKMATE_ENCODER_DIR": str(encoder_folder()),
            "DESKMATE_VAR_DIR": str(folder),
        }
        with (folder / "bot.log").open("w") as log:
            options = {"cwd": ROOT, "env": environment, "stdout": log, "stderr": subprocess.STDOUT}
            serve = [str(BOT_PYTHON), "-m", "bot.serve", "--model", str(model), "--port", str(rasa_port)]
            actions = [str(BOT_PYTHON), "-m", "actions", "--port", str(actions_port)]
            processes = [subprocess.Popen(command, **options) for command in (serve, actions)]  # type: ignore[call-overload]
            try:
                bot = Bot(f"http://127.0.0.1:{rasa_port}", secret_file.read_text(), api)
                _wait(bot, f"http://127.0.0.1:{actions_port}/health", processes, folder / "bot.log")
                yield bot
            finally:
                for process in processes:
                    process.terminate()
                for process in processes:
                    process.wait(timeout=30)


def _wait(bot: Bot, actions_health: str, processes: list[subprocess.Popen[bytes]], log: Path) -> None:
    limit = time.monotonic() + READY_LIMIT_S
    while time.monotonic() < limit:
        assert all(process.poll() is None for process in processes), log.read_text()[-3000:]
        try:
            if bot.ready().status_code == 200 and httpx.get(actions_health).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.3)
    raise AssertionError(f"the bot is not ready after {READY_LIMIT_S:.0f} s: {log.read_text()[-3000:]}")
