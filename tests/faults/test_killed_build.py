"""kill -9 of whoever builds an index, at each moment at which something goes to the disk."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

from kb_index.storage import current_version
from tests.faults.index_build import build_until, count_waits
from tests.faults.processes import PROCESSES
from tests.kb_index.shelf import ARTICLES, opened, shelve


def test_an_index_that_was_being_built_is_never_read_and_is_built_again(tmp_path: Path) -> None:
    """B27."""
    whole = tmp_path / "whole"
    before = shelve(whole)
    moments = count_waits(lambda: shelve(copy(whole, tmp_path / "dry"), ARTICLES[:4]))
    assert moments >= 20
    newer = current_version(tmp_path / "dry", "main")
    seen = set()
    for moment in range(1, moments + 1):
        root = copy(whole, tmp_path / f"killed-{moment}")
        builder = PROCESSES.Process(target=build_until, args=(str(root), moment))
        builder.start()
        builder.join(60)
        assert builder.exitcode == -signal.SIGKILL, moment
        seen.add(current_version(root, "main"))
        assert opened(root).suggest("where is my parcel").suggestions[0].article_id == "parcels"
        assert shelve(root, ARTICLES[:4]) == newer
        assert opened(root).kb_version == newer
        assert not list((root / "main").glob(".*building*"))
        shutil.rmtree(root)
    assert before in seen
    assert seen <= {before, newer}


def copy(whole: Path, root: Path) -> Path:
    """Return a copy to build in."""
    shutil.copytree(whole, root)
    return root
