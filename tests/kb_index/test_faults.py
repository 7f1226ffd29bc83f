"""What happens to a damaged, half-written or outdated index (B25, B26, B27, F10)."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kb_index.build import build
from kb_index.search import IndexUnusable, LiveSearch, Search
from kb_index.storage import current_version, is_whole, publish
from tests.kb_index.shelf import ARTICLES, FakeEncoder, opened, shelve, split_at_full_stops

SEED = 20260301


@pytest.fixture
def root(shelf: Path, tmp_path: Path) -> Path:
    """A copy of the shelf to damage."""
    shutil.copytree(shelf, tmp_path / "index")
    return tmp_path / "index"


def files(root: Path) -> list[Path]:
    return sorted(path for path in (root / "main" / current_version(root, "main")).iterdir())


@pytest.mark.parametrize("share", [0.0, 0.01, 0.25, 0.5, 0.75, 0.99, 0.999])
def test_b25_every_truncated_file_is_noticed_before_use(root: Path, share: float) -> None:
    for path in files(root):
        whole = path.read_bytes()
        path.write_bytes(whole[: min(int(len(whole) * share), len(whole) - 1)])
        with pytest.raises(IndexUnusable):
            opened(root)
        path.write_bytes(whole)
    assert opened(root).suggest("parcel").suggestions


def test_b25_all_of_60_random_changes_are_noticed_before_use(root: Path) -> None:
    chance = random.Random(SEED)
    for _ in range(60):
        path = chance.choice(files(root))
        whole = path.read_bytes()
        damaged = bytearray(whole)
        for place in chance.sample(range(len(whole)), min(len(whole), chance.randint(1, 16))):
            damaged[place] ^= chance.randint(1, 255)
        path.write_bytes(damaged)
        with pytest.raises(IndexUnusable):
            opened(root)
        path.write_bytes(whole)


@pytest.mark.parametrize("name", ["manifest.json", "manifest.sha256", "articles.json", "passage_vectors.faiss"])
def test_b25_a_missing_file_is_noticed(root: Path, name: str) -> None:
    (root / "main" / current_version(root, "main") / name).unlink()
    with pytest.raises(IndexUnusable):
        opened(root)


def test_b25_a_damaged_version_is_built_again_under_the_same_name(root: Path) -> None:
    version = current_version(root, "main")
    path = files(root)[0]
    path.write_bytes(path.read_bytes()[:-1])
    assert shelve(root) == version
    assert is_whole(root / "main" / version)


def test_b25_a_damaged_new_version_does_not_replace_the_one_that_serves(root: Path) -> None:
    now = [0.0]
    live = LiveSearch(root, encoder=FakeEncoder(), clock=lambda: now[0])  # type: ignore[arg-type]
    before = live.current()
    newer = shelve(root, ARTICLES[:4])
    path = root / "main" / newer / "units.npy"
    path.write_bytes(path.read_bytes()[:-1])
    now[0] += 1.0
    assert live.current() is before
    assert live.problem is not None
    assert "units.npy" in live.problem
    assert before.suggest("parcel").suggestions


def test_a_new_version_is_swapped_in(root: Path) -> None:
    now = [0.0]
    live = LiveSearch(root, encoder=FakeEncoder(), clock=lambda: now[0])  # type: ignore[arg-type]
    before = live.current()
    newer = shelve(root, ARTICLES[:4])
    assert live.current() is before  # looked less than half a second ago
    now[0] += 1.0
    assert live.current().kb_version == newer
    assert live.problem is None


def test_without_any_version_live_search_says_so(tmp_path: Path) -> None:
    with pytest.raises(IndexUnusable, match="CURRENT"):
        LiveSearch(tmp_path, encoder=FakeEncoder()).current()  # type: ignore[arg-type]


def test_a_damaged_version_cannot_be_published(root: Path) -> None:
    before = current_version(root, "main")
    newer = shelve(root, ARTICLES[:4])
    publish(root, "main", before)
    path = root / "main" / newer / "passages.npy"
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(IndexUnusable):
        publish(root, "main", newer)
    assert current_version(root, "main") == before


def test_an_index_of_another_encoder_is_refused(root: Path) -> None:
    with pytest.raises(IndexUnusable, match="built with fake-1, not fake-2"):
        Search.open(root, encoder=FakeEncoder("fake-2"))  # type: ignore[arg-type]


@pytest.mark.parametrize("pointer", ["", "../../etc", "no such version", "a/b", "\xff"])
def test_a_damaged_pointer_is_refused(root: Path, pointer: str) -> None:
    (root / "main" / "CURRENT").write_text(pointer, encoding="utf-8")
    with pytest.raises(IndexUnusable):
        opened(root)


def test_b26_an_article_that_the_database_no_longer_has_is_never_returned(root: Path) -> None:
    left = {article.article_id for article in ARTICLES} - {"parcels", "override"}
    search = opened(root)
    for question in ("where is my parcel", "parcel late", "refund by hand", "norway"):
        found = search.suggest(question, limit=10, allowed=left)
        assert {one.article_id for one in (*found.suggestions, *found.internal)} <= left


KILLED = """
import os, signal, sys
from pathlib import Path
from kb_index.build import build
from tests.kb_index.shelf import ARTICLES, FakeEncoder, split_at_full_stops
steps = []
def reached(name):
    steps.append(name)
    if len(steps) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
build(ARTICLES[:4], Path(sys.argv[1]), encoder=FakeEncoder(), split=split_at_full_stops, reached=reached)
"""


@pytest.mark.parametrize("step", [1, 8, 21, 22])
def test_b27_a_build_killed_at_any_step_leaves_the_old_index_serving(root: Path, step: int) -> None:
    before = current_version(root, "main")
    killed = subprocess.run([sys.executable, "-c", KILLED, str(root), str(step)], check=False, env={**os.environ})
    assert killed.returncode == -signal.SIGKILL
    assert current_version(root, "main") == before
    assert opened(root).suggest("where is my parcel").suggestions[0].article_id == "parcels"
    newer = shelve(root, ARTICLES[:4])
    assert opened(root).kb_version == newer
    assert not list((root / "main").glob(".building-*"))


def test_b27_an_interrupted_build_leaves_nothing_behind(root: Path) -> None:
    """The steps of a build, one after the other; a failure at each of them changes nothing that serves."""
    from kb_index.build import build
    from tests.kb_index.shelf import split_at_full_stops

    class Stopped(Exception):
        pass

    before = current_version(root, "main")
    for step in range(1, 40):
        steps: list[str] = []

        def reached(name: str, steps: list[str] = steps, step: int = step) -> None:
            steps.append(name)
            if len(steps) == step:
                raise Stopped

        with pytest.raises(Stopped):
            build(ARTICLES[:4], root, encoder=FakeEncoder(), split=split_at_full_stops, reached=reached)  # type: ignore[arg-type]
        assert current_version(root, "main") == before
        assert not list((root / "main").glob(".building-*"))
        if steps[-1] == "rename":
            break
    assert steps[-1] == "rename"


def test_f10_an_index_never_holds_a_pickle_and_names_stay_inside_their_folder(root: Path) -> None:
    for path in files(root):
        assert path.suffix in (".json", ".npy", ".faiss", ".sha256")
        if path.suffix == ".npy":
            assert b"|O" not in path.read_bytes()[:128]
    with pytest.raises(ValueError, match="not a name"):
        publish(root, "../main", "x")


def test_versions_that_served_lately_are_kept_to_show_what_was_answered_then(root: Path) -> None:
    first = current_version(root, "main")
    built = [first]
    for count in range(2, 6):
        built.append(build(ARTICLES[:count], root, encoder=FakeEncoder(), split=split_at_full_stops))  # type: ignore[arg-type]
        publish(root, "main", built[-1], kept_s=3600)
    assert [is_whole(root / "main" / version) for version in built] == [True] * 5
    earlier = Search.open(root, encoder=FakeEncoder(), version=built[1])  # type: ignore[arg-type]
    assert (earlier.kb_version, len(earlier.index.articles)) == (built[1], 2)
    publish(root, "main", built[-1])
    assert sum(is_whole(root / "main" / version) for version in built) == 3
    with pytest.raises(IndexUnusable):
        Search.open(root, encoder=FakeEncoder(), version="gone")  # type: ignore[arg-type]
