"""The real index behind the API: a damaged one is noticed, the old one serves on, and readiness tells (B25, B26)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.store.tables import Article
from api.suggestions.finder import SearchUnavailable
from api.suggestions.indexes import Indexes
from kb_index.articles import Article as Page
from kb_index.build import build, publish
from kb_index.encoder import Encoder
from tests.fakes import FakeRasa, wait_until
from tests.running import RunningApi

PAGES = [
    Page("parcel", "Where is my parcel", "Track your parcel in your account under Orders."),
    Page("returns", "How to return an item", "Send an item back within 30 days of delivery."),
    Page("staff-note", "Parcel desk", "Call the carrier about a lost parcel.", audience="internal"),
]


@pytest.fixture(scope="module")
def encoder(encoder_folder: Path) -> Encoder:
    return Encoder.load(encoder_folder)


def publish_index(root: Path, encoder: Encoder, pages: list[Page]) -> Path:
    version = build(pages, root, kb="main", encoder=encoder)
    publish(root, "main", version)
    return root / "main" / version


def damage(folder: Path) -> None:
    """Flip one byte in the middle of the largest file."""
    file = max((path for path in folder.iterdir() if path.is_file()), key=lambda path: path.stat().st_size)
    contents = bytearray(file.read_bytes())
    contents[len(contents) // 2] ^= 0x01
    file.write_bytes(bytes(contents))


def test_a_damaged_new_index_leaves_the_old_one_serving(tmp_path: Path, encoder_folder: Path, encoder: Encoder) -> None:
    """B25."""
    root = tmp_path / "index"
    old = publish_index(root, encoder, PAGES[:2])
    indexes = Indexes(root, encoder_folder)
    assert indexes.check() == old.name
    new = build(PAGES, root, kb="main", encoder=encoder)
    damage(root / "main" / new)
    (root / "main" / "CURRENT").write_text(new)
    found = Indexes(root, encoder_folder)
    with pytest.raises(SearchUnavailable):
        found.check()  # a process that starts now has no old one: it says so
    assert found.problem()
    assert wait_until(lambda: (indexes.check(), indexes.problem())[1])  # it has looked at the new one
    assert indexes.find("where is my parcel", kb="main").kb_version == old.name


@pytest.mark.parametrize("kb", ["main", "missing", "../main", ""])
def test_no_index_is_an_honest_refusal(tmp_path: Path, encoder_folder: Path, kb: str) -> None:
    with pytest.raises(SearchUnavailable):
        Indexes(tmp_path, encoder_folder).find("hello", kb=kb)


def test_no_encoder_is_an_honest_refusal(tmp_path: Path) -> None:
    with pytest.raises(SearchUnavailable):
        Indexes(tmp_path, tmp_path / "nothing").find("hello", kb="main")


def test_a_deleted_article_is_not_found_even_before_the_index_is_built_again(
    tmp_path: Path, rasa: FakeRasa, encoder_folder: Path, encoder: Encoder
) -> None:
    """B26."""
    publish_index(tmp_path / "index", encoder, PAGES)
    finder = Indexes(tmp_path / "index", encoder_folder)
    with RunningApi(tmp_path, rasa, finder=finder) as api:
        ana, question = api.agent(), {"question": "where is my parcel"}
        before = api.http.post("/v1/suggestions", json=question, headers=ana).json()
        assert before["suggestions"][0]["article_id"] == "parcel"

        def delete(session: object) -> None:
            session.get(Article, ("main", "parcel")).deleted_at = datetime.now(UTC)  # type: ignore[attr-defined]

        api.store.write_sync(delete)
        after = api.http.post("/v1/suggestions", json=question, headers=ana).json()
        assert "parcel" not in [one["article_id"] for one in after["suggestions"]]
        assert api.http.get("/readyz").json()["parts"]["index"] == "ok"
