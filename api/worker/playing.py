"""Playing golden dialogues with a candidate, as a customer would, and with the serving model where that matters."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy.orm import Session

from api.store.database import Store
from api.store.tables import Message
from api.worker.came import came_of
from api.worker.dialogues import Came, Derailed, Dialogue, Line, Played, derailed
from api.worker.jobs import JobCancelled, JobFailed, Reporter
from api.worker.stage import Stage, stage
from api.worker.workshop import Workshop

ANSWER_LIMIT_S = 30.0  # a turn is given up after 12 s, and then answered by the API itself
LOOK_EVERY_S = 0.02
STAGE = "Playing golden dialogues"


def play_golden(
    workshop: Workshop,
    candidate: str,
    current: str | None,
    dialogues: Sequence[Dialogue],
    reporter: Reporter,
    *,
    span: tuple[float, float] = (0.9, 0.99),
) -> Played:
    """Play the golden dialogues with a candidate; what goes wrong, with the serving model too.

    Without a serving model nothing could be held against the candidate, and nothing is played.

    Args:
        workshop: the installation.
        candidate: the new model.
        current: the serving model; None when none serves, or it cannot be run.
        dialogues: from `read_dialogues`.
        reporter: hears how it goes, and may cancel.
        span: where in the job's progress this begins and ends.
    """
    if not dialogues or current is None:
        return Played()
    try:
        with stage(workshop) as ours:
            wrong = _wrong(ours, candidate, dialogues, reporter, span)
            held = {one.dialogue for one in wrong}
            again = [one for one in dialogues if one.name in held]
            before = _wrong(ours, current, again, reporter, (span[1], span[1])) if again else []
    except JobCancelled:
        raise
    except (JobFailed, httpx.HTTPError) as failure:  # the little installation is not worth losing a trained model for
        return Played(len(dialogues), problem=str(failure) or type(failure).__name__)
    both = {one.dialogue for one in before}
    return Played(
        len(dialogues),
        lost=tuple(one for one in wrong if one.dialogue not in both),
        wrong_before=tuple(one for one in wrong if one.dialogue in both),
    )


def _wrong(
    ours: Stage, version: str, dialogues: Sequence[Dialogue], reporter: Reporter, span: tuple[float, float]
) -> list[Derailed]:
    """Return where dialogues go wrong with a model."""
    found = []
    reporter.stage(STAGE, span[0])
    with (
        ours.speaking(version, lambda: reporter.stage(STAGE, span[0])),
        httpx.Client(base_url=ours.address, timeout=ANSWER_LIMIT_S, trust_env=False) as client,
    ):
        for place, dialogue in enumerate(dialogues):
            reporter.stage(STAGE, span[0] + (span[1] - span[0]) * place / len(dialogues))
            found.append(derailed(dialogue, said(client, ours.store, dialogue)))
    return [one for one in found if one is not None]


def said(client: httpx.Client, store: Store, dialogue: Dialogue) -> list[Came]:
    """Say a dialogue's lines to a running API, and return what came of each; ends early where a button is missing.

    Raises:
        JobFailed: the API refused a line, or a line was not answered in time.
    """
    customer = _Customer.arrived(client, store)
    came: list[Came] = []
    for line in dialogue.lines:
        heard = customer.say(line)
        if heard is None:
            break
        came.append(heard)
    return came


@dataclass(frozen=True, slots=True)
class _Customer:
    """One chat."""

    client: httpx.Client
    store: Store
    address: str
    headers: dict[str, str]

    @classmethod
    def arrived(cls, client: httpx.Client, store: Store) -> _Customer:
        opened = _sound(client.post("/v1/conversations", json={}))
        headers = {"Authorization": f"Bearer {opened['token']}"}
        return cls(client, store, f"/v1/conversations/{opened['conversation_id']}/messages", headers)

    def say(self, line: Line) -> Came | None:
        """Say or press something; None when there is no such button."""
        body = {"client_msg_id": uuid4().hex, "text": line.text}
        if line.pressed:
            button = self._button(line.text)
            if button is None:
                return None
            body = {"client_msg_id": uuid4().hex, "button_id": button}
        sent = _sound(self.client.post(self.address, json=body, headers=self.headers))
        limit = time.monotonic() + ANSWER_LIMIT_S
        while time.monotonic() < limit:
            came = self.store.read_sync(lambda session: _came(session, str(sent["message_id"])))
            if came is not None:
                return came
            time.sleep(LOOK_EVERY_S)
        raise JobFailed(f"“{line.text}” was not answered within {ANSWER_LIMIT_S:.0f} s")

    def _button(self, title: str) -> str | None:
        lines = _sound(self.client.get(self.address, params={"after": 0}, headers=self.headers))["messages"]
        buttons: Iterable[dict[str, Any]] = lines[-1].get("buttons") or () if lines else ()
        return next((str(button["button_id"]) for button in buttons if button["title"] == title), None)


def _came(session: Session, message_id: str) -> Came | None:
    """Return what came of a message; None while its turn runs."""
    message = session.get_one(Message, message_id)
    return None if message.outcome is None else came_of(session, message)


def _sound(answer: httpx.Response) -> dict[str, Any]:
    if answer.status_code >= 400:
        raise JobFailed(f"the API answered {answer.request.url.path} with {answer.status_code}: {answer.text[:200]}")
    body: dict[str, Any] = answer.json()
    return body
