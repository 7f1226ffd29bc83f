"""The queue of long work: once, one at a time, and surviving the worker (B35)."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from api.schemas.training import TrainingJob
from api.store.tables import Job
from api.worker.jobs import JobCancelled, JobFailed, NotCancellable, Reporter, cancel, claim, enqueue, recover
from api.worker.service import WorkerBusy, do, only_worker

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def queue(shop, kind: str = "train", **arguments: object) -> str:
    return shop.store.write_sync(lambda session: enqueue(session, kind, arguments, now=NOW))


def take(shop):
    return shop.store.write_sync(lambda session: claim(session, "w", now=NOW))


def job(shop, job_id: str) -> Job:
    return shop.store.read_sync(lambda session: session.get_one(Job, job_id))


def test_two_administrators_who_press_train_get_one_training(shop):
    assert queue(shop) == queue(shop)


def test_the_same_work_may_wait_while_it_runs(shop):
    first = queue(shop)
    take(shop)
    assert queue(shop) != first


def test_the_oldest_job_is_taken_first_and_only_once(shop):
    first, second = queue(shop, "index", kb="main"), queue(shop, "index", kb="other")
    taken = [take(shop), take(shop)]
    assert {work.job_id for work in taken} == {first, second}
    assert take(shop) is None


def test_a_job_of_a_worker_that_is_gone_starts_again(shop):
    job_id = queue(shop)
    take(shop)
    assert shop.store.write_sync(lambda session: recover(session, now=NOW)) == [job_id]
    assert job(shop, job_id).state == "queued"
    assert "restarted" in job(shop, job_id).log


def test_a_job_that_takes_its_worker_along_three_times_is_given_up(shop):
    job_id = queue(shop)
    for _ in range(3):
        take(shop)
        shop.store.write_sync(lambda session: recover(session, now=NOW))
    assert job(shop, job_id).state == "failed"
    assert "Given up" in job(shop, job_id).log


def test_progress_and_log_are_in_the_row_and_told_to_whoever_watches(shop):
    heard: list[str] = []
    reporter = Reporter(shop.store, shop.clock, queue(shop), heard.append)
    reporter.stage("Training", 0.25)
    reporter.stage("Training", 0.5)
    reporter.log("42 examples")
    row = job(shop, reporter.job_id)
    assert (row.stage, row.progress, row.log) == ("Training", 0.5, "Training\n42 examples\n")
    assert heard == ["Training", "42 examples"]


def test_work_nobody_knows_fails_with_a_line_and_the_next_job_goes_on(shop):
    job_id = queue(shop, "dance")
    work = take(shop)
    assert not do(shop, work, Reporter(shop.store, shop.clock, job_id), threading.Event())
    row = job(shop, job_id)
    assert (row.state, row.log.splitlines()[-1]) == ("failed", "Failed: there is no work of kind 'dance'")


def test_a_training_without_the_bots_environment_says_what_to_do(shop, monkeypatch):
    from api.store.tables import Intent, TrainingExample

    def add(session) -> None:
        session.add(Intent(name="greet", outcome="response", created_at=NOW))
        session.add(TrainingExample(intent="greet", text="hello", created_at=NOW))

    shop.store.write_sync(add)
    monkeypatch.setenv("DESKMATE_BOT_PYTHON", "/nowhere/python")
    job_id = queue(shop)
    assert not do(shop, take(shop), Reporter(shop.store, shop.clock, job_id), threading.Event())
    assert "run make setup" in job(shop, job_id).log
    assert not list(shop.places.work.iterdir())


def test_a_training_that_is_killed_leaves_a_line_and_no_litter_and_can_be_tried_again(shop, monkeypatch, tmp_path):
    from api.store.tables import Intent, TrainingExample

    def add(session) -> None:
        session.add(Intent(name="greet", outcome="response", created_at=NOW))
        session.add(TrainingExample(intent="greet", text="hello", created_at=NOW))

    shop.store.write_sync(add)
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'reading 3 files' >&2\nkill -9 $$\n")
    python.chmod(0o755)
    monkeypatch.setenv("DESKMATE_BOT_PYTHON", str(python))
    for _ in range(2):
        job_id = queue(shop)
        assert not do(shop, take(shop), Reporter(shop.store, shop.clock, job_id), threading.Event())
        row = job(shop, job_id)
        assert row.state == "failed"
        assert "bot.sync_intents ended with" in row.log
        assert "reading 3 files" in row.log
    assert not list(shop.places.work.iterdir())
    assert not list(shop.places.models.iterdir())


def test_there_is_one_worker(shop):
    with only_worker(shop.places), pytest.raises(WorkerBusy), only_worker(shop.places):
        pass
    with only_worker(shop.places):
        pass


def test_what_a_killed_job_left_is_gone_when_the_next_worker_begins(shop):
    left = shop.places.work / "comparing-x"
    left.mkdir()
    (left / "texts.json").write_text('["where is my parcel"]')
    with only_worker(shop.places):
        assert not left.exists()
        kept = shop.places.work / "training-y"
        kept.mkdir()
        with pytest.raises(WorkerBusy), only_worker(shop.places):
            pass
        assert kept.exists()  # a second worker takes nothing from the first


def test_a_failure_is_one_line(shop):
    reporter = Reporter(shop.store, shop.clock, queue(shop))
    reporter.fail(str(JobFailed("the data are bad")))
    assert job(shop, reporter.job_id).log == "Failed: the data are bad\n"


def test_a_job_that_waits_is_cancelled_at_once_and_a_running_one_at_its_next_step(shop):
    waiting = queue(shop, "index", kb="main")
    shop.store.write_sync(lambda session: cancel(session, waiting, by="Ada", now=NOW))
    assert (job(shop, waiting).state, job(shop, waiting).log) == ("cancelled", "Cancelled by Ada.\n")
    assert take(shop) is None
    running = queue(shop, "train")
    take(shop)
    reporter = Reporter(shop.store, shop.clock, running)
    reporter.stage("Training", 0.5)
    shop.store.write_sync(lambda session: cancel(session, running, by="Ada", now=NOW))
    assert job(shop, running).state == "running"
    with pytest.raises(JobCancelled, match="Cancelled by Ada"):
        reporter.stage("Comparing", 0.8)
    assert job(shop, running).stage == "Training"
    assert (
        shop.store.write_sync(lambda session: recover(session, now=NOW)) == []
    )  # a new worker does not begin it again
    assert job(shop, running).state == "cancelled"


def test_a_cancelled_job_ends_as_such_and_the_child_with_it(shop, monkeypatch):
    monkeypatch.setattr("api.worker.service.index", lambda *_: (_ for _ in ()).throw(JobCancelled("Cancelled by Ada.")))
    job_id = queue(shop, "index", kb="main")
    assert not do(shop, take(shop), Reporter(shop.store, shop.clock, job_id), threading.Event())
    assert (job(shop, job_id).state, job(shop, job_id).log) == ("cancelled", "Cancelled by Ada.\n")


@pytest.mark.parametrize("kind", ["erase", "retention"])
def test_what_must_not_be_left_half_done_is_not_cancelled(shop, kind):
    job_id = queue(shop, kind)
    with pytest.raises(NotCancellable, match="never left half done"):
        shop.store.write_sync(lambda session: cancel(session, job_id, by="Ada", now=NOW))
    assert shop.store.write_sync(lambda session: cancel(session, "nothing", by="Ada", now=NOW)) is None


def test_time_left_is_guessed_from_what_it_took_so_far():
    now = NOW + timedelta(seconds=30)
    row = Job(id="j", kind="train", state="running", stage="", progress=0.25, log="", created_at=NOW, started_at=NOW)
    row.heartbeat_at = now
    assert TrainingJob.of(row).left_s == 90
    row.progress = 0.01
    assert TrainingJob.of(row).left_s is None
