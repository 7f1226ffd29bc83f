"""What a customer writes about themselves stays in the conversation: no log, figure or training file has it (F15)."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from api.logs import JsonLines, keep_libraries_quiet
from api.store.tables import ArticleVersion, Label, TrainingExample
from api.worker.index import taught
from api.worker.snapshot import known, write_snapshot
from tests.fakes import Call
from tests.privacy.conftest import Installation

CANARIES = {
    "card": "4242 4242 4242 4242",
    "iban": "GB82 WEST 1234 5698 7654 32",
    "e-mail": "quill.canary@mail.example",
    "phone": "+44 7700 900321",
    "password": "hunter2canary!",
    "name": "Quillon Canarybird",
    "address": "12 Canary Lane",
}
SAID = (
    "where is my parcel? card {card} and iban {iban}, write to {e-mail} or ring {phone}, my password is {password}, "
    "my name is {name}, I live at {address}"
).format(**CANARIES)
PIECES = ("4242 4242", "WEST 1234", "quill.canary", "900321", "hunter2", "Quillon", "Canarybird", "Canary Lane")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything the process logs, down to debug, as the lines a file would hold."""
    written, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(written), root.level
    handler.setFormatter(JsonLines())
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    keep_libraries_quiet()
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def leaked(text: str) -> list[str]:
    return [piece for piece in PIECES if piece.lower() in text.lower()]


def test_no_log_line_or_figure_has_what_a_customer_wrote_whatever_fails(
    installation: Installation, log: io.StringIO
) -> None:
    api = installation.api
    failing = [
        lambda call: call.reply("hello"),
        lambda call: call.fail(),
        lambda call: call.send(200, {"nonsense": call.request}),
        lambda call: call.send(200, json.dumps(call.request).encode()[:-3]),
        lambda call: call.reset(),
        lambda call: call.reply(call.request["message"]["text"] if "message" in call.request else SAID),
    ]
    for behave in failing:
        installation.rasa.behave = behave
        customer = api.customer(customer={"name": CANARIES["name"], "email": CANARIES["e-mail"]})
        customer.ask(SAID)
        assert customer.outcomes() != [None]
    api.finder.broken = True
    api.customer().ask(SAID)
    api.finder.broken = False
    refused = [
        customer.post("messages", {"client_msg_id": "1", "text": SAID, "more": SAID}),
        customer.post("messages", {"client_msg_id": "m", "text": SAID * 80}),
        customer.post("contact", {"email": SAID, "consent": True}),
        api.http.post("/v1/sessions", json={"email": CANARIES["e-mail"], "password": CANARIES["password"]}),
        api.http.get("/v1/conversations", params={"q": SAID}, headers=api.agent()),
    ]
    assert all(answer.status_code >= 400 for answer in refused[1:4])
    with customer.chat() as chat:
        chat.say("message", client_msg_id="2", text=SAID * 80)
        chat.hear("error")
    metrics = api.http.get("/metrics", headers=installation.admin)
    assert metrics.status_code == 200
    assert leaked(metrics.text) == []
    assert len(log.getvalue().splitlines()) > 10
    assert leaked(log.getvalue()) == []


def test_a_turn_that_takes_too_long_is_told_without_its_words(installation: Installation, log: io.StringIO) -> None:
    def hang(call: Call) -> None:
        installation.rasa.ended.wait(3)

    installation.rasa.behave = hang
    object.__setattr__(installation.api.settings, "turn_timeout_s", 0.5)
    customer = installation.api.customer()
    customer.ask(SAID)
    assert customer.outcomes() == ["fallback"]
    assert log.getvalue()
    assert leaked(log.getvalue()) == []


def test_no_training_file_and_no_article_has_what_a_customer_wrote(installation: Installation, tmp_path: Path) -> None:
    api, store = installation.api, installation.shop.store
    customer = api.customer(customer={"name": CANARIES["name"]})
    first, second = customer.send(SAID)["message_id"], customer.send(SAID + " please")["message_id"]
    api.settled()
    installation.call("POST", "/v1/labels", {"message_id": first, "intent": "ask"})
    installation.call("POST", "/v1/labels", {"message_id": second, "article_id": "parcel"})
    texts = store.read_sync(lambda s: list(s.scalars(select(TrainingExample.text))))
    assert len(texts) == 2
    assert "my name is [name]" in texts[0]
    folder = tmp_path / "snapshot"
    write_snapshot(installation.shop.places.root, store.read_sync(known), folder)
    written = "".join(file.read_text() for file in (folder / "data" / "nlu").glob("*.yml"))
    assert "(name)" in written
    assert leaked(written) == []
    indexed = store.read_sync(
        lambda s: repr(taught(s, "main")) + repr([v.questions for v in s.scalars(select(ArticleVersion))])
    )
    assert "[card]" in indexed
    assert leaked(indexed) == []
    [*_, label] = store.read_sync(lambda s: list(s.scalars(select(Label).order_by(Label.created_at))))
    installation.call("DELETE", f"/v1/labels/{label.id}")  # the masked question is found again and taken away
    current = store.read_sync(
        lambda s: s.scalars(select(ArticleVersion).order_by(ArticleVersion.version.desc())).first()
    )
    assert current is not None
    assert current.questions == []


def test_an_error_that_quotes_a_message_is_masked_in_its_log_line(log: io.StringIO) -> None:
    try:
        raise ValueError(SAID)
    except ValueError:
        logging.getLogger("api").exception("failed for %s", CANARIES["e-mail"], extra={"at_url": SAID})
    [line] = log.getvalue().splitlines()
    wanted = set(PIECES) - {"Quillon", "Canarybird"}  # names need a reader, which no log line waits for
    assert not wanted & set(leaked(line))
