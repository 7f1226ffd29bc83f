"""The worker ends in the middle of rebuilding an index: the old one serves, and the next worker builds it again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from api.processes.places import ROOT, Places
from api.suggestions.indexes import Indexes
from api.worker.jobs import Reporter, claim, recover
from api.worker.service import do
from api.worker.workshop import Workshop
from kb_index.storage import current_version
from tests.fakes import FakeRasa
from tests.running import RunningApi


class Killed(BaseException):
    """Goes through everything, as a killed process does: nothing is tidied up by those who expect errors."""


def work_once(shop: Workshop, die_at: str | None = None) -> None:
    """Be a worker for one job; `die_at` names the stage that it does not live through."""
    shop.store.write_sync(lambda s: recover(s, now=shop.clock.now()))
    work = shop.store.write_sync(lambda s: claim(s, "worker", now=shop.clock.now()))
    assert work is not None

    def look(line: str) -> None:
        if line == die_at:
            raise Killed

    do(shop, work, Reporter(shop.store, shop.clock, work.job_id, look), lambda: False)  # type: ignore[arg-type]


@pytest.fixture
def places(tmp_path: Path, encoder_folder: Path) -> Places:
    places = Places(root=ROOT, var=tmp_path)
    places.make()
    shutil.copytree(encoder_folder, places.encoder, dirs_exist_ok=True)
    return places


@pytest.mark.parametrize("stage", ["Reading the articles", "Writing"])
def test_an_article_deleted_just_before_is_not_found_then_or_later(places: Places, rasa: FakeRasa, stage: str) -> None:
    """B26, B27."""
    finder = Indexes(places.index, places.encoder)
    with RunningApi(places.var, rasa, finder=finder) as api:
        shop = Workshop(api.settings, places, api.store, api.clock)
        admin = api.agent("admin")
        asked = suggested(api)
        wording = {"title": "Returns", "body": "Send it back within 60 days.", "questions": [], "category": "Orders"}
        assert api.http.put("/v1/articles/returns", json=wording, headers=admin).status_code == 200
        work_once(shop)
        before = current_version(places.index, "main")
        assert asked("where is my parcel")[0] == "parcel"
        assert api.http.delete("/v1/articles/parcel", headers=admin).status_code in {200, 204}
        with pytest.raises(Killed):
            work_once(shop, die_at=stage)
        assert current_version(places.index, "main") == before
        assert asked("send it back")[0] == "returns"
        assert "parcel" not in asked("where is my parcel")
        work_once(shop)  # the next worker
        assert current_version(places.index, "main") != before
        assert asked("send it back")[0] == "returns"
        assert "parcel" not in asked("where is my parcel")


def suggested(api: RunningApi) -> Callable[[str], list[str]]:
    """Return what asks for suggestions and gives their articles."""
    agent = api.agent()

    def ask(question: str) -> list[str]:
        answer = api.http.post("/v1/suggestions", json={"question": question}, headers=agent)
        return [one["article_id"] for one in answer.json().get("suggestions", [])]

    return ask
