"""The audit log: one line for each deed that matters, nobody's words, and a chain that shows a change (E14)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from typer.testing import CliRunner

from api.cli.main import app
from api.security.audit import check_chain, record_audit
from api.store.tables import Audit, Model
from api.worker.promote import move_pointer
from tests.desk.office import PASSWORD, Office

SECRET_WORDS = "the words of a customer, which belong into no log"


def lines_of(office: Office, action: str) -> list[Audit]:
    return office.read(lambda s: list(s.scalars(select(Audit).where(Audit.action == action))))


def test_each_deed_leaves_one_line_with_who_and_what_and_without_words(office: Office) -> None:
    admin, client = office.person("admin"), office.client
    agent_id = office.account()
    client.post("/v1/sessions", json={"email": "ada@tarnwick.example", "password": PASSWORD})
    client.cookies.clear()
    client.patch(f"/v1/agents/{agent_id}", json={"role": "admin"}, headers=admin.headers)
    guest = office.guest(name="Wilhelmina")
    office.says(guest, SECRET_WORDS)
    client.post(f"{guest.path}/request-person", headers=guest.headers)
    client.post(f"{guest.path}/request-person", headers=guest.headers)
    client.post("/v1/privacy/exports", json={"conversation_ids": [guest.conversation_id]}, headers=admin.headers)
    office.write(lambda s: s.add(Model(version="m-2", created_at=office.clock.now())))

    class Shop:
        clock = office.clock

    office.write(lambda s: move_pointer(s, Shop(), "m-2", None, "cli"))  # type: ignore[arg-type]
    sent = client.post(
        "/v1/article-imports?name=a.md", content=b"# Boots\n\n" + SECRET_WORDS.encode(), headers=admin.headers
    )
    assert sent.status_code < 300, sent.text
    import_id, articles = sent.json()["import_id"], [one["article_id"] for one in sent.json()["articles"]]
    done = client.post(f"/v1/article-imports/{import_id}/apply", json={"article_ids": articles}, headers=admin.headers)
    assert done.status_code < 300, done.text
    assert client.delete(f"/v1/articles/{articles[0]}", headers=admin.headers).status_code < 300
    deeds = (
        "log_in", "change_role", "hand_off", "export_customer", "promote_model", "import_articles", "delete_article",
    )  # fmt: skip
    told = {deed: lines_of(office, deed) for deed in deeds}
    assert {deed: len(found) for deed, found in told.items()} == dict.fromkeys(deeds, 1)
    assert told["change_role"][0].actor == f"agent:{admin.agent_id}"
    assert told["hand_off"][0].actor == f"customer:{guest.conversation_id}"
    everything = json.dumps(office.read(lambda s: [[r.actor, r.subject, r.details] for r in s.scalars(select(Audit))]))
    assert SECRET_WORDS not in everything
    assert "Wilhelmina" not in everything
    assert office.read(check_chain).damaged is None


def test_administrators_read_the_log_page_by_page_and_check_it(office: Office) -> None:
    admin = office.person("admin", name="Ada")
    for number in range(5):
        office.write(
            lambda s, n=number: record_audit(s, f"agent:{admin.agent_id}", f"deed_{n}", at=office.clock.now())  # type: ignore[misc]
        )
    first = office.client.get("/v1/audit?limit=3", headers=admin.headers).json()
    rest = office.client.get(f"/v1/audit?limit=3&before={first['next_before']}", headers=admin.headers).json()
    actions = [line["action"] for line in (*first["lines"], *rest["lines"])]
    assert actions[:5] == [f"deed_{number}" for number in (4, 3, 2, 1, 0)]
    assert first["lines"][0]["name"] == "Ada"
    whole = office.client.get("/v1/audit/check", headers=admin.headers).json()
    assert (whole["damaged"], whole["lines"]) == (None, len(actions))
    last = first["lines"][0]["id"]
    office.write(lambda s: s.execute(update(Audit).where(Audit.id == last).values(actor="cli")))
    assert office.client.get("/v1/audit/check", headers=admin.headers).json()["damaged"] == last


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DESKMATE_VAR_DIR", str(tmp_path / "var"))
    return tmp_path


def run(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


def test_the_command_verifies_the_chain_and_a_head_noted_earlier(home: Path) -> None:
    from api.cli.context import workshop

    shop = workshop()
    now = shop.clock.now()
    shop.store.write_sync(lambda s: record_audit(s, "cli", "one", at=now))
    shop.store.write_sync(lambda s: record_audit(s, "cli", "two", at=now))
    verified = run("audit", "verify")
    assert verified.output.splitlines()[0] == "2 lines, all as they were written."
    head = verified.output.split("Head: ")[1].strip()
    shop.store.write_sync(lambda s: record_audit(s, "cli", "three", at=now))
    assert run("audit", "verify", "--contains", head).exit_code == 0
    assert "two" in run("audit", "list").output
    shop.store.write_sync(lambda s: s.execute(Audit.__table__.delete().where(Audit.action != "one")))
    assert "written anew or cut" in str(run("audit", "verify", "--contains", head).exception)
    shop.store.write_sync(lambda s: s.execute(update(Audit).values(subject="someone else")))
    assert "line 1 is not what was written" in str(run("audit", "verify").exception)
    shop.store.close()


def test_the_commands_export_erase_and_keep_to_terms(home: Path) -> None:
    from datetime import timedelta

    from api.cli.context import workshop
    from api.store.tables import Conversation, Message

    shop = workshop()
    now = shop.clock.now()

    def add(session: Any) -> str:
        row = Conversation(
            token_hash="0" * 64,
            token_expires_at=now,
            customer_email="bo@mail.example",
            created_at=now - timedelta(days=3),
            last_message_at=now,
            next_seq=2,
        )
        session.add(row)
        session.flush()
        line = {"seq": 1, "sender": "customer", "text": SECRET_WORDS, "outcome": "answer", "created_at": now}
        session.add(Message(conversation_id=row.id, **line))
        return str(row.id)

    conversation_id = shop.store.write_sync(add)
    exported = run("privacy", "export", str(home / "bo.zip"), "--email", "BO@mail.example")
    assert exported.exit_code == 0, exported.exception
    assert (home / "bo.zip").stat().st_mode & 0o077 == 0
    assert "exists already" in str(
        run("privacy", "export", str(home / "bo.zip"), "--email", "bo@mail.example").exception
    )
    assert "No conversation is this customer's." in str(run("privacy", "erase", "--phone", "07700900123").exception)
    assert "Name an e-mail address" in str(run("privacy", "erase").exception)
    erased = run("privacy", "erase", "--conversation", conversation_id, "--yes")
    assert erased.exit_code == 0, erased.exception
    file = erased.output.split("Receipt: ")[1].strip()
    assert "The signature is this installation's." in run("privacy", "receipt", file).output
    assert "0  conversations, kept for 730 days" in run("privacy", "retention", "--dry-run").output
    assert run("privacy", "retention").exit_code == 0
    shop.store.close()
