"""What is older than it may be kept goes; what is younger, or owed, stays; the audit log stays whole (E14)."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from api.security.audit import check_chain, holds, record_audit
from api.store.tables import (
    Audit,
    Conversation,
    DeskEvent,
    Job,
    LoginAttempt,
    Message,
    Meta,
    Model,
    Serving,
    Suggestion,
    SuggestionSet,
    Task,
    Webhook,
)
from api.worker.retention import due, schedule
from api.worker.service import queue_what_is_due
from api.worker.tainted import MARK
from tests.fakes import wait_until
from tests.privacy.conftest import Installation, model_snapshot
from tests.running import check_standing

DAY = timedelta(days=1)


def count(installation: Installation, table: type[Any]) -> int:
    return installation.shop.store.read_sync(lambda s: s.scalar(select(func.count()).select_from(table))) or 0


def counts(installation: Installation) -> dict[str, int]:
    return {one.kind: one.count for one in due(installation.shop)}


def queue_retention(installation: Installation) -> None:
    now = installation.shop.clock.now()
    assert installation.shop.store.write_sync(lambda s: schedule(s, now=now)) is not None


def test_each_kind_goes_when_its_term_is_over_and_not_before(installation: Installation) -> None:
    api, store = installation.api, installation.shop.store
    customer, waiting = api.customer(), api.customer()
    customer.ask("where is my parcel")
    waiting.post("request-person")
    waiting.post("contact", {"email": "later@mail.example", "consent": True})
    store.write_sync(lambda s: s.add(LoginAttempt(account="a", address="1", successful=True, at=api.clock.now())))
    store.write_sync(lambda s: setattr(s.scalars(select(Task)).one(), "done_at", api.clock.now()))
    assert set(counts(installation).values()) == {0}

    api.clock.move(days=89)
    assert counts(installation)["tasks"] == 0
    api.clock.move(days=2)
    assert counts(installation) == {
        **dict.fromkeys(counts(installation), 0),
        "tasks": 1,
        "logs": counts(installation)["logs"],
    }
    assert counts(installation)["logs"] >= 2  # the attempt, and what desks have read
    queue_retention(installation)
    installation.work("retention")
    assert (count(installation, Task), count(installation, LoginAttempt), count(installation, SuggestionSet)) == (
        0,
        0,
        1,
    )

    api.clock.move(days=300)
    queue_retention(installation)
    installation.work("retention")
    assert (count(installation, SuggestionSet), count(installation, Suggestion)) == (0, 0)
    assert count(installation, Conversation) == 2

    api.clock.move(days=400)
    assert counts(installation)["conversations"] == 1  # the other one still waits for a person
    queue_retention(installation)
    installation.work("retention")
    left = store.read_sync(lambda s: s.scalars(select(Conversation.id)).all())
    assert left == [waiting.conversation_id]
    assert count(installation, Message) == store.read_sync(lambda s: s.get_one(Conversation, left[0]).next_seq) - 1
    check_standing(store)


def test_a_dry_run_removes_nothing(installation: Installation) -> None:
    installation.api.customer().ask("where is my parcel")
    installation.api.clock.move(days=1000)
    assert counts(installation)["conversations"] == 1
    assert count(installation, Conversation) == 1
    terms = installation.call("GET", "/v1/privacy/terms")["terms"]
    assert {"kind": "conversations", "days": 730, "due": 1} in terms


def test_a_term_of_0_days_keeps_for_ever(installation: Installation) -> None:
    kept = installation.shop.settings.model_copy(update={"keep_conversations_days": 0})
    installation.shop.settings = kept
    installation.api.customer().ask("where is my parcel")
    installation.api.clock.move(days=5000)
    assert counts(installation)["conversations"] == 0


def test_retention_is_queued_once_a_day(installation: Installation) -> None:
    store, clock = installation.shop.store, installation.api.clock
    first = store.write_sync(lambda s: schedule(s, now=clock.now()))
    assert first is not None
    installation.work("retention")
    assert store.write_sync(lambda s: schedule(s, now=clock.now() + 0.9 * DAY)) is None
    assert store.write_sync(lambda s: schedule(s, now=clock.now() + 1.1 * DAY)) is not None
    store.write_sync(lambda s: queue_what_is_due(s, clock.now()))
    assert count(installation, Job) == 2


def test_desk_events_wait_for_the_slowest_webhook_and_numbers_go_on(installation: Installation) -> None:
    api, store = installation.api, installation.shop.store
    api.customer().post("request-person")
    newest = lambda: store.read_sync(lambda s: s.scalar(select(func.max(DeskEvent.event_id))))  # noqa: E731
    wait_until(lambda: (newest() or 0) >= 2)
    last = newest()
    hook = Webhook(
        url="http://127.0.0.1:9/", secret="s", after=1, next_at=api.clock.now() + 4000 * DAY, created_at=api.clock.now()
    )
    store.write_sync(lambda s: s.add(hook))
    api.clock.move(days=40)
    queue_retention(installation)
    installation.work("retention")
    left = store.read_sync(lambda s: s.scalars(select(DeskEvent.event_id).order_by(DeskEvent.event_id)).all())
    assert left[0] == 2
    assert left[-1] == last  # the newest stays whatever its age, so numbers never start again


def test_the_chain_of_the_audit_log_outlives_its_oldest_lines(installation: Installation) -> None:
    api, store = installation.api, installation.shop.store
    store.write_sync(lambda s: record_audit(s, "cli", "early", at=api.clock.now()))
    api.clock.move(days=1096)
    store.write_sync(lambda s: record_audit(s, "cli", "late", at=api.clock.now()))
    head = store.read_sync(check_chain).head
    queue_retention(installation)
    installation.work("retention")
    chain = store.read_sync(check_chain)
    actions = store.read_sync(lambda s: list(s.scalars(select(Audit.action).order_by(Audit.id))))
    assert actions == ["late", "prune_audit", "retention"]
    assert (chain.damaged, chain.lines) == (None, 3)
    assert store.read_sync(lambda s: holds(s, head))
    store.write_sync(lambda s: s.delete(s.get_one(Audit, s.scalar(select(func.min(Audit.id))))))
    assert store.read_sync(check_chain).damaged is not None
    store.write_sync(lambda s: s.merge(Meta(key="audit_starts_after", value=head)))  # and hiding it does not help
    assert store.read_sync(check_chain).damaged is not None


def test_a_model_that_learnt_from_an_erased_customer_goes_a_day_after_a_clean_one_serves(
    installation: Installation,
) -> None:
    store, clock, places = installation.shop.store, installation.api.clock, installation.shop.places
    homes = [model_snapshot(places, version, ["hello"]) for version in ("m-learnt", "m-clean")]

    def serve(session: Any, version: str) -> None:
        session.merge(Serving(name="model", value=version, previous="m-learnt", updated_at=clock.now()))

    store.write_sync(
        lambda s: s.add(Model(version="m-learnt", state="serving", note=f"{MARK} (receipt r).", created_at=clock.now()))
    )
    store.write_sync(lambda s: s.add(Model(version="m-clean", created_at=clock.now())))
    store.write_sync(lambda s: serve(s, "m-learnt"))
    clock.move(days=2)
    assert counts(installation)["models"] == 0  # it still serves
    store.write_sync(lambda s: serve(s, "m-clean"))
    assert counts(installation)["models"] == 0  # and one may still want to go back
    clock.move(days=2)
    queue_retention(installation)
    installation.work("retention")
    assert [home.exists() for home in homes] == [False, True]
    row = store.read_sync(lambda s: s.get_one(Model, "m-learnt"))
    assert row.state == "refused"
    assert store.read_sync(lambda s: s.get_one(Serving, "model").previous) is None


def test_old_log_files_go(installation: Installation) -> None:
    folder = installation.shop.places.logs
    old, young = folder / "api.log.2", folder / "api.log"
    for file in (old, young):
        file.write_text("{}\n")
    os.utime(old, (1_000_000_000, 1_000_000_000))
    queue_retention(installation)
    installation.work("retention")
    assert (old.exists(), young.exists()) == (False, True)
