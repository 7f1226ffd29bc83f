"""An installation in a temporary folder, with a database and no processes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.processes.places import ROOT, Places
from api.security.secrets import ensure_secrets
from api.settings import Settings
from api.store.database import Store
from api.store.tables import Model
from api.worker import models
from api.worker.fleet import Fleet
from api.worker.promote import move_pointer
from api.worker.workshop import Workshop
from tests.databases import sqlite_file
from tests.worker.processes import FakeProbe, FakeProcesses


class StandingClock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.wall = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
        self.passed = 1000.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.passed

    def move(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.passed += seconds


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def shop(tmp_path: Path, clock: StandingClock) -> Iterator[Workshop]:
    settings = Settings(var_dir=tmp_path / "var")
    places = Places(root=ROOT, var=tmp_path / "var")
    places.make()
    ensure_secrets(settings.secrets_dir)
    (places.encoder).mkdir()
    manifest = {"format": 1, "encoder_version": "e1", "dim": 2, "max_tokens": 8, "precision": "fp32", "checksums": {}}
    (places.encoder / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "var" / "deskmate.db").write_bytes(sqlite_file())
    store = Store(settings.database)
    yield Workshop(settings, places, store, clock)  # type: ignore[arg-type]
    store.close()


@pytest.fixture
def add_model(shop: Workshop, tmp_path: Path) -> Callable[..., Path]:
    """Install a signed model whose archive is a few bytes, and return its folder."""

    def add(version: str, *, encoder_version: str = "e1", content: bytes = b"archive" * 100) -> Path:
        trained = tmp_path / f"trained-{version}"
        trained.mkdir()
        (trained / "model.tar.gz").write_bytes(content)
        (trained / "manifest.json").write_text(
            json.dumps({"model_version": version, "encoder_version": encoder_version})
        )
        manifest = models.install(shop.places, trained)
        row = Model(version=version, manifest=dict(manifest), created_at=shop.clock.now())
        shop.store.write_sync(lambda session: session.add(row))
        return shop.places.models / version

    return add


@pytest.fixture
def processes() -> FakeProcesses:
    return FakeProcesses()


@pytest.fixture
def probe() -> FakeProbe:
    return FakeProbe()


@pytest.fixture
def killed() -> list[int]:
    return []


@pytest.fixture
def fleet(shop: Workshop, processes: FakeProcesses, probe: FakeProbe, killed: list[int]) -> Fleet:
    return Fleet(shop.store, shop.places, processes, probe, shop.clock, 20_000, kill=lambda pid, _: killed.append(pid))


@pytest.fixture
def serve(shop: Workshop, add_model: Callable[..., Path]) -> Callable[[str], Path]:
    """Install a model and let the pointer name it."""

    def make(version: str) -> Path:
        home = add_model(version)
        shop.store.write_sync(lambda session: move_pointer(session, shop, version, None, "test"))
        return home

    return make
