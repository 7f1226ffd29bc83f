"""The database keeps its promises, whichever one it is."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.conversations.leases import (
    DEAD_AFTER_S,
    LeaseLost,
    Watch,
    beat,
    check_lease,
    free,
    let_go,
    register,
    take_lease,
)
from api.store.database import Store, StoreBusy, announce
from api.store.events import forget_events, last_event_id, number_events, record_event
from api.store.migrate import DatabaseIsNewer, migrate
from api.store.tables import Conversation, DeskEvent, Lease, Message, Table, Turn
from tests.running import fresh_store

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path, database_url: str) -> Iterator[Store]:
    opened = fresh_store(tmp_path, database_url)
    yield opened
    opened.close()


def add_conversation(store: Store) -> str:
    def write(session: Session) -> str:
        row = Conversation(
            token_hash=str(time.monotonic_ns()), token_expires_at=NOW, created_at=NOW, last_message_at=NOW
        )
        session.add(row)
        session.flush()
        return row.id

    return store.write_sync(write)


def test_the_migrations_make_exactly_the_tables(store: Store) -> None:
    migrate(store)  # a second time changes nothing
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Table.metadata) == []


def test_a_database_of_a_newer_program_is_refused_untouched(store: Store) -> None:
    later = "9999"
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :later"), {"later": later})
    with pytest.raises(DatabaseIsNewer, match=r"newer Deskmate.*9999"):
        migrate(store)
    with store.engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == later


def test_times_come_back_aware_in_utc_and_naive_ones_are_refused(store: Store) -> None:
    conversation_id = add_conversation(store)
    oslo = datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))

    def write(session: Session) -> None:
        session.get_one(Conversation, conversation_id).created_at = oslo

    store.write_sync(write)
    kept = store.read_sync(lambda s: s.get_one(Conversation, conversation_id).created_at)
    assert kept == oslo
    assert kept.utcoffset() == timedelta(0)
    with pytest.raises(Exception, match="without a zone"):
        store.write_sync(
            lambda s: setattr(s.get_one(Conversation, conversation_id), "created_at", datetime(2026, 1, 1))
        )


def test_a_failed_write_leaves_nothing_and_wakes_nobody(store: Store) -> None:
    woken: list[set[str]] = []
    store.on_commit(woken.append)

    def write(session: Session) -> None:
        session.add(DeskEvent(kind="owner", created_at=NOW))
        announce(session, "topic")
        session.flush()
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        store.write_sync(write)
    assert store.read_sync(lambda s: s.scalars(select(DeskEvent)).all()) == []
    assert woken == []


def test_a_second_message_under_a_seq_or_a_client_id_is_refused_by_the_database(store: Store) -> None:
    conversation_id = add_conversation(store)

    def line(seq: int, client_msg_id: str) -> Message:
        return Message(
            conversation_id=conversation_id,
            seq=seq,
            sender="customer",
            text="x",
            client_msg_id=client_msg_id,
            created_at=NOW,
        )

    store.write_sync(lambda s: s.add(line(1, "a")))
    for twin in (line(1, "b"), line(2, "a")):
        with pytest.raises(IntegrityError):
            store.write_sync(lambda s, twin=twin: s.add(twin))  # type: ignore[misc]


def test_two_running_turns_of_a_conversation_are_refused_by_the_database(store: Store) -> None:
    conversation_id = add_conversation(store)

    def write(session: Session) -> None:
        message = Message(conversation_id=conversation_id, seq=1, sender="customer", text="x", created_at=NOW)
        session.add(message)
        session.flush()
        for _ in range(2):
            turn = Turn(conversation_id=conversation_id, message_id=message.id, number=1, mode="reply", fence=1)
            turn.owner_version, turn.started_at = 1, NOW
            session.add(turn)
            session.flush()

    with pytest.raises(IntegrityError):
        store.write_sync(write)


def test_event_numbers_have_no_gap_and_never_appear_below_one_already_seen(store: Store) -> None:
    stop = threading.Event()
    seen: list[int] = []

    def write_many() -> None:
        for _ in range(20):
            store.write_sync(lambda s: record_event(s, "owner", at=NOW))

    def number() -> None:
        while not stop.is_set():
            store.write_sync(number_events)

    def watch() -> None:
        while not stop.is_set():
            ids = store.read_sync(
                lambda s: s.scalars(select(DeskEvent.event_id).where(DeskEvent.event_id.is_not(None))).all()
            )
            fresh = [i for i in ids if i is not None and i not in seen]
            assert not seen or all(i > max(seen) for i in fresh)
            seen.extend(sorted(fresh))

    writers = [threading.Thread(target=write_many) for _ in range(3)]
    others = [threading.Thread(target=number), threading.Thread(target=number), threading.Thread(target=watch)]
    for thread in (*writers, *others):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in others:
        thread.join()
    store.write_sync(number_events)
    assert store.read_sync(last_event_id) == 60
    assert seen == list(range(1, len(seen) + 1))


def test_a_number_is_never_given_again_though_the_newest_event_is_forgotten(store: Store) -> None:
    kept, erased = add_conversation(store), add_conversation(store)

    def tell(kind: str, conversation_id: str) -> None:
        store.write_sync(
            lambda s: record_event(s, kind, at=NOW, conversation_id=conversation_id, payload={"text": "private"})
        )
        store.write_sync(number_events)

    for conversation_id in (erased, kept, erased):
        tell("message", conversation_id)
    assert store.write_sync(lambda s: forget_events(s, [erased])) == 2
    assert store.write_sync(lambda s: forget_events(s, [erased])) == 0
    tell("message", kept)
    rows = store.read_sync(lambda s: s.scalars(select(DeskEvent).order_by(DeskEvent.event_id)).all())
    said = [(row.event_id, row.conversation_id, row.kind, row.payload) for row in rows]
    private = {"text": "private"}
    assert said == [(2, kept, "message", private), (3, erased, "erased", {}), (4, kept, "message", private)]


def test_a_lease_has_one_holder_and_an_old_fence_is_refused(store: Store) -> None:
    conversation_id = add_conversation(store)
    for name in ("one", "two"):
        store.write_sync(lambda s, name=name: register(s, name, at=NOW, alone=False))  # type: ignore[misc]
    first = store.write_sync(lambda s: take_lease(s, conversation_id, "one"))
    assert first is not None
    assert first.fence == 1
    assert store.write_sync(lambda s: take_lease(s, conversation_id, "two")) is None
    store.write_sync(lambda s: free(s, ["one"]))  # thought dead, but only asleep
    second = store.write_sync(lambda s: take_lease(s, conversation_id, "two"))
    assert second is not None
    assert second.fence == 2
    with pytest.raises(LeaseLost):
        store.write_sync(lambda s: check_lease(s, first))
    store.write_sync(lambda s: let_go(s, first))  # does nothing: the lease is another's
    assert store.read_sync(lambda s: s.get_one(Lease, conversation_id).holder) == "two"
    assert store.write_sync(lambda s: beat(s, "one", at=NOW)) == {"two": 0}  # and it is known again


def test_a_process_is_dead_when_its_beat_stands_still_whatever_the_wall_clock_does() -> None:
    watch = Watch()
    assert watch.dead({"a": 1, "b": 1}, 0.0) == []
    assert watch.dead({"a": 2, "b": 1}, DEAD_AFTER_S - 0.1) == []
    assert watch.dead({"a": 2, "b": 1}, DEAD_AFTER_S) == ["b"]
    assert watch.dead({"a": 3, "b": 2}, DEAD_AFTER_S + 1) == []


def test_a_locked_sqlite_file_is_a_refusal_and_never_blocks_the_loop(tmp_path: Path) -> None:
    store = fresh_store(tmp_path)
    other = sqlite3.connect(tmp_path / "deskmate.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    async def write_while_locked() -> float:
        slowest = 0.0

        async def look() -> None:
            nonlocal slowest
            while True:
                before = time.monotonic()
                await asyncio.sleep(0.01)
                slowest = max(slowest, time.monotonic() - before)

        looking = asyncio.create_task(look())
        with pytest.raises(StoreBusy):
            await store.write(lambda s: record_event(s, "owner", at=NOW))
        looking.cancel()
        return slowest

    slowest = asyncio.run(write_while_locked())
    other.execute("ROLLBACK")
    assert slowest < 1.0  # a busy machine is slow too; a blocked loop would stand still for four seconds
    store.write_sync(lambda s: record_event(s, "owner", at=NOW))
    store.close()


def test_a_write_that_has_waited_too_long_is_not_done(tmp_path: Path) -> None:
    store = fresh_store(tmp_path)
    go = threading.Event()

    async def queue_up() -> None:
        slow = asyncio.create_task(store.write(lambda _: go.wait(10)))
        await asyncio.sleep(0)
        late = asyncio.create_task(store.write(lambda s: record_event(s, "owner", at=NOW), patience_s=-1))
        go.set()
        await slow
        with pytest.raises(StoreBusy):
            await late

    asyncio.run(queue_up())
    assert store.read_sync(lambda s: s.scalars(select(DeskEvent)).all()) == []
    store.close()


def test_what_was_to_be_written_is_not_in_an_error(store: Store) -> None:
    def write(session: Session) -> None:
        session.add(Message(conversation_id="nobody", seq=1, sender="customer", text="a canary", created_at=NOW))

    with pytest.raises(IntegrityError) as failed:
        store.write_sync(write)
    assert "canary" not in str(failed.value)
