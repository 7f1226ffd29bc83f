"""A running API with a fake Rasa, and the worker's hands on the same database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.processes.places import ROOT, Places
from api.security.secrets import ensure_secrets
from api.store.tables import Intent, Job
from api.worker.jobs import Reporter, Work, claim
from api.worker.service import _do
from api.worker.workshop import Workshop
from tests.fakes import FakeRasa
from tests.running import RunningApi


@dataclass
class Installation:
    """The API, the worker's collaborators, and an administrator."""

    api: RunningApi
    shop: Workshop
    admin: dict[str, str]
    rasa: FakeRasa

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.api.http.request(method, path, json=body, headers=self.admin)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def work(self, kind: str) -> Work:
        """Do the oldest queued job of a kind, and leave the others."""

        def take(session: Any) -> Work | None:
            for other in session.query(Job).filter(Job.kind != kind, Job.state == "queued"):
                other.state = "waits"
            work = claim(session, "w", now=self.shop.clock.now())
            for other in session.query(Job).filter(Job.state == "waits"):
                other.state = "queued"
            return work

        work = self.shop.store.write_sync(take)
        assert work is not None, f"no {kind} is queued"
        _do(self.shop, work, Reporter(self.shop.store, self.shop.clock, work.job_id), _Never())
        return work


class _Never:
    def is_set(self) -> bool:
        return False

    def wait(self, timeout: float) -> bool:
        return False


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    with FakeRasa() as rasa, RunningApi(tmp_path, rasa) as api:
        ensure_secrets(api.settings.secrets_dir)
        places = Places(root=ROOT, var=tmp_path)
        places.make()
        now = datetime.now(UTC)
        api.store.write_sync(lambda s: s.add(Intent(name="ask", outcome="search", created_at=now)))
        yield Installation(api, Workshop(api.settings, places, api.store, api.clock), dict(api.agent("admin")), rasa)


def model_snapshot(places: Places, version: str, lines: list[str]) -> Path:
    """Put down what a model learnt, as a training leaves it."""
    folder = places.models / version / "snapshot" / "data" / "nlu"
    folder.mkdir(parents=True)
    examples = "".join(f"      - {line}\n" for line in lines)
    (folder / "examples.yml").write_text(f'version: "3.1"\nnlu:\n  - intent: ask\n    examples: |\n{examples}')
    (places.models / version / "training_report.json").write_text(json.dumps({"doubtful": lines}))
    return places.models / version
