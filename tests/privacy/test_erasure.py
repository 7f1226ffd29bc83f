"""One customer erased: nothing of them is left, and everything else stands as it did (F16)."""

from __future__ import annotations

import json
import threading
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.privacy.holdings import OF_A_CONVERSATION, held_about
from api.privacy.receipts import ReceiptRefused, read_receipt
from api.privacy.search import search_everything
from api.review.confirmed import confirm_pair
from api.review.questions import move_questions, remove_question, save_question
from api.security.audit import check_chain, record_audit
from api.store.tables import (
    ArticleVersion,
    Audit,
    Conversation,
    DeskEvent,
    Job,
    Label,
    LabelledQuestion,
    Message,
    Model,
    QuestionVersion,
    Table,
    TrainingExample,
    Turn,
)
from api.worker.erase import erase_again
from api.worker.jobs import JobFailed
from tests.fakes import Call
from tests.privacy.conftest import Installation, model_snapshot
from tests.running import Customer, check_standing

EMAIL, PHONE = "quill.canary@mail.example", "+44 7700 900321"
ASKED = "where is my parcel for Quillon Canarybird please, it was due on Friday"
LATER = "this canarybird question should teach the returns article something"
WORDS = (EMAIL, "7700 900321", "canary", "quillon")


@pytest.fixture
def customer(installation: Installation) -> Customer:
    """A customer who asked, was handed over, left an address, was answered, labelled and learnt from."""
    api = installation.api
    one = api.customer(customer={"name": "Quillon Canarybird", "email": EMAIL}, page_url="https://shop.test/canary")
    one.ask(ASKED)
    one.ask(LATER)
    one.post("request-person")
    one.post("contact", {"email": EMAIL, "phone": PHONE, "consent": True})
    ana = api.agent()
    path = one.path
    assert api.http.post(f"{path}/take", headers=ana).status_code == 200
    for body in ({"client_msg_id": "1", "text": "Dear Quillon Canarybird, I look."},):
        assert api.http.post(f"{path}/agent-messages", json=body, headers=ana).status_code in {200, 202}
    assert api.http.post(f"{path}/notes", json={"text": "canary note"}, headers=ana).status_code < 300
    one.send("thank you from the canary")
    api.settled()
    first, second = (message_id(installation, text) for text in (ASKED, LATER))
    installation.call("POST", "/v1/labels", {"message_id": first, "intent": "ask"})
    installation.call("POST", "/v1/labels", {"message_id": second, "article_id": "returns"})
    return one


def message_id(installation: Installation, text: str) -> str:
    return installation.shop.store.read_sync(lambda s: s.scalars(select(Message.id).where(Message.text == text)).one())


def erase(installation: Installation, customer: Customer) -> dict[str, Any]:
    installation.call("POST", "/v1/privacy/erasures", {"conversation_ids": [customer.conversation_id]})
    installation.work("erase")
    [receipt, *_] = installation.call("GET", "/v1/privacy/receipts")["receipts"]
    return dict(receipt)


def test_nothing_of_an_erased_customer_is_left_in_the_database_or_its_file(
    installation: Installation, customer: Customer, tmp_path: Path
) -> None:
    other = installation.api.customer(customer={"name": "Bo"})
    other.ask(f"please answer {EMAIL} instead of me")
    store = installation.shop.store
    before = store.read_sync(lambda s: {r.id: (r.seq, r.sender, r.outcome) for r in s.scalars(select(Message))})
    receipt = erase(installation, customer)
    assert store.read_sync(lambda s: search_everything(s, WORDS)) == []
    assert receipt["left"] == {}
    raw = b"".join(file.read_bytes() for file in tmp_path.glob("deskmate.db*")).lower()
    assert not [word for word in WORDS if word.encode() in raw]
    after = store.read_sync(lambda s: {r.id: (r.seq, r.sender, r.outcome) for r in s.scalars(select(Message))})
    assert after == before  # numbering, senders and outcomes of every line stand
    check_standing(store)
    assert other.said_by("customer") == ["please answer [erased] instead of me"]
    assert receipt["rows"]["message"] == sum(1 for _ in store.read_sync(_messages_of(customer)))


def _messages_of(customer: Customer) -> Any:
    return lambda s: s.scalars(select(Message).where(Message.conversation_id == customer.conversation_id)).all()


def test_an_erased_chat_is_closed_to_everybody_and_the_desk_and_webhooks_hear_of_it(
    installation: Installation, customer: Customer
) -> None:
    erase(installation, customer)
    api = installation.api
    assert api.http.get(f"{customer.path}/messages", headers=customer.headers).status_code == 401
    assert customer.post("messages", {"client_msg_id": "x", "text": "hello"}).status_code == 401
    row = customer.row()
    assert (row.owner, row.customer_name, row.customer_email, row.contact_phone) == ("closed", None, None, None)
    store = installation.shop.store
    told = store.read_sync(
        lambda s: s.scalars(
            select(DeskEvent).where(DeskEvent.conversation_id == customer.conversation_id).order_by(DeskEvent.id)
        ).all()
    )
    assert [event.kind for event in told] == ["erased", "owner", "erased"]  # the first was the newest of all, emptied
    assert told[0].payload == told[2].payload == {}


def test_what_the_customer_taught_is_taken_back_and_a_clean_model_is_ordered(
    installation: Installation, customer: Customer
) -> None:
    store, places, now = installation.shop.store, installation.shop.places, installation.shop.clock.now()
    taught = store.read_sync(lambda s: list(s.scalars(select(TrainingExample.text))))
    assert len(taught) == 2
    assert not [text for text in taught if "Quillon" in text]  # what is taught is masked
    learnt = model_snapshot(places, "m-learnt", ["hello there", taught[0]])
    clean = model_snapshot(places, "m-clean", ["hello there", "good day"])
    comparison = {"replay": {"shown": [{"text": LATER}]}, "gate": {"passed": True}}
    store.write_sync(
        lambda s: s.add_all(Model(version=v, comparison=comparison, created_at=now) for v in ("m-clean", "m-learnt"))
    )
    receipt = erase(installation, customer)
    assert receipt["models"] == ["m-learnt"]
    assert (receipt["examples"], set(receipt["jobs"])) == (2, {"index main", "train"})
    queued = store.read_sync(
        lambda s: {job.kind: job.arguments for job in s.scalars(select(Job)) if job.kind in {"train", "index"}}
    )
    assert queued["index"] == {"kb": "main", "forget": True}
    assert not store.read_sync(lambda s: list(s.scalars(select(TrainingExample.text))))
    questions = store.read_sync(lambda s: [q for v in s.scalars(select(ArticleVersion)) for q in v.questions])
    assert questions == []
    assert not (learnt / "snapshot" / "data" / "nlu").exists()
    assert not (learnt / "training_report.json").exists()
    assert (clean / "training_report.json").exists()
    shown = store.read_sync(lambda s: s.get_one(Model, "m-clean").comparison)
    assert shown == {"replay": {"shown": [{"text": "[erased]"}]}, "gate": {"passed": True}}


def test_a_confirmed_pair_goes_with_its_customer_and_leaves_the_index_that_learnt_it(
    installation: Installation, customer: Customer
) -> None:
    store, now = installation.shop.store, installation.shop.clock.now()

    def confirm(session: Session) -> None:
        label = session.scalars(select(Label).where(Label.article_id == "returns")).one()
        for split in ("taught", "waiting"):
            row = {"text": LATER, "article_ids": ["returns"], "source": f"label:{label.id}"}
            session.add(LabelledQuestion(kb="main", split=split, created_at=now, **row))

    store.write_sync(confirm)
    receipt = erase(installation, customer)
    assert store.read_sync(lambda s: s.scalars(select(LabelledQuestion)).all()) == []
    assert "index main" in receipt["jobs"]


def test_what_a_confirmed_pair_was_goes_too_even_after_it_was_taken_out_or_came_back_from_a_file(
    installation: Installation, customer: Customer
) -> None:
    shop = installation.shop
    store, now = shop.store, shop.clock.now()

    def live(session: Session) -> None:
        label = session.scalars(select(Label).where(Label.article_id == "returns")).one()
        pair = confirm_pair(session, label, "main", LATER, by="agent:x")
        move_questions(session, [pair], "taught", by="worker", now=now)
        remove_question(session, pair, by="agent:x", now=now)
        for source, text in (("import", LATER), ("import", "where is it"), ("seed", "send it back")):
            row = LabelledQuestion(kb="main", text=text, article_ids=["returns"], split="taught", created_at=now)
            row.source = source
            save_question(session, row, by="me", now=now)

    store.write_sync(live)
    held = store.read_sync(lambda s: held_about(s, [customer.conversation_id]))
    assert [(one["text"], one["source"]) for one in held["labelled_question"]] == [(LATER, "import")]
    assert [(one["version"], one["split"], one["deleted"]) for one in held["question_version"]].count(
        (3, "taught", True)
    ) == 1
    receipt = erase(installation, customer)
    left = ["send it back", "where is it"]
    assert sorted(store.read_sync(lambda s: s.scalars(select(LabelledQuestion.text)).all())) == left
    assert sorted(store.read_sync(lambda s: s.scalars(select(QuestionVersion.text)).all())) == left
    assert "index main" in receipt["jobs"]


def test_a_receipt_is_signed_names_the_backups_and_holds_nothing_personal(
    installation: Installation, customer: Customer, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.backup"
    copy.write_bytes(b"a backup")
    shop = installation.shop
    shop.store.write_sync(lambda s: record_audit(s, "cli", "backup", at=shop.clock.now(), subject=str(copy)))
    receipt = erase(installation, customer)
    assert receipt["backups"] == [str(copy)]
    file = shop.places.var / "privacy" / f"{receipt['receipt_id']}.json"
    assert not [word for word in WORDS if word in file.read_text().lower()]
    assert read_receipt(shop.places, file)["conversations"] == [customer.conversation_id]
    file.write_text(json.dumps({**json.loads(file.read_text()), "conversations": []}))
    with pytest.raises(ReceiptRefused, match="was changed"):
        read_receipt(shop.places, file)


def test_what_a_backup_brings_back_is_erased_again(installation: Installation, customer: Customer) -> None:
    erase(installation, customer)
    store = installation.shop.store

    def bring_back(session: Any) -> None:
        row = session.get_one(Conversation, customer.conversation_id)
        row.customer_email = EMAIL
        session.scalars(select(Message).where(Message.conversation_id == row.id)).first().text = ASKED

    store.write_sync(bring_back)
    assert erase_again(installation.shop) == 1
    assert store.read_sync(lambda s: search_everything(s, WORDS)) == []


def test_a_turn_that_is_under_way_writes_nothing_into_what_was_erased(installation: Installation) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(call: Call) -> None:
        begun.set()
        go_on.wait(20)
        call.reply("the answer to a canary")

    installation.rasa.behave = slow
    customer = installation.api.customer()
    customer.send("where is my parcel, asks the canary")
    assert begun.wait(20)
    erase(installation, customer)
    go_on.set()
    store = installation.shop.store
    installation.rasa.behave = lambda call: call.reply("hello")
    installation.api.customer().ask("hello")  # the runner has gone on
    assert store.read_sync(lambda s: search_everything(s, ["canary"])) == []
    turns = store.read_sync(
        lambda s: list(s.scalars(select(Turn).where(Turn.conversation_id == customer.conversation_id)))
    )
    assert [turn.state for turn in turns] == ["abandoned"]
    check_standing(store)


def test_an_erasure_of_nobody_is_refused(installation: Installation) -> None:
    answer = installation.api.http.post(
        "/v1/privacy/erasures", json={"conversation_ids": ["nobody"]}, headers=installation.admin
    )
    assert answer.status_code == 404
    store, now = installation.shop.store, installation.shop.clock.now()
    store.write_sync(lambda s: s.add(Job(kind="erase", arguments={"conversation_ids": ["nobody"]}, created_at=now)))
    with pytest.raises(JobFailed, match="no such conversation"):
        installation.work("erase")


def test_no_table_about_a_conversation_is_forgotten() -> None:
    named = {table.__tablename__ for table in OF_A_CONVERSATION}
    others = {"inbox", "lease"}  # numbers and states only
    with_conversation = {name for name, table in Table.metadata.tables.items() if "conversation_id" in table.c}
    assert with_conversation == named | others


def test_everything_held_about_a_customer_comes_as_one_zip(installation: Installation, customer: Customer) -> None:
    api = installation.api
    found = installation.call("POST", "/v1/privacy/customers", {"email": EMAIL.upper()})
    assert found["conversation_ids"] == [customer.conversation_id]
    assert found["held"]["message"] >= 5
    answer = api.http.post("/v1/privacy/exports", json={"phone": "07700 900 321"}, headers=installation.admin)
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(BytesIO(answer.content)) as archive:
        held = json.loads(archive.read("customer.json"))["held"]
        said = archive.read(f"transcripts/{customer.conversation_id}.txt").decode()
    assert [row["text"] for row in held["message"] if row["sender"] == "customer"][:2] == [ASKED, LATER]
    assert [row["text"] for row in held["note"]] == ["canary note"]
    assert [row["email"] for row in held["task"]] == [EMAIL]
    assert f"customer: {ASKED}" in said
    assert "token_hash" not in held["conversation"][0]
    lines = installation.shop.store.read_sync(
        lambda s: s.scalars(select(Audit).where(Audit.action.contains("export"))).all()
    )
    assert [line.subject for line in lines] == [customer.conversation_id]


@pytest.mark.parametrize(("body", "status"), [({}, 422), ({"email": "no@one.example"}, 404), ({"emial": "x"}, 422)])
def test_an_export_of_nobody_is_refused(installation: Installation, body: dict[str, str], status: int) -> None:
    answer = installation.api.http.post("/v1/privacy/exports", json=body, headers=installation.admin)
    assert answer.status_code == status


def test_the_log_names_the_erasure_without_the_customer(installation: Installation, customer: Customer) -> None:
    erase(installation, customer)
    store = installation.shop.store
    lines = store.read_sync(lambda s: s.scalars(select(Audit)).all())
    assert [line.action for line in lines].count("erase_customer") == 1
    told = json.dumps([[line.subject, line.details] for line in lines]).lower()
    assert not [word for word in WORDS if word in told]
    assert store.read_sync(check_chain).damaged is None
