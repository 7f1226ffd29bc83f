"""One catalogue of visible texts, and nothing asked of it that it lacks."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from api.pages.render import FOLDER, texts

NAMED = re.compile(r"""\btext\(["'](\w+)\.(\w+)["']""")


def test_every_text_a_page_asks_for_is_in_the_catalogue() -> None:
    files = [*FOLDER.glob("static/**/*.js"), *FOLDER.glob("templates/*.html")]
    asked = {(page, key) for file in files for page, key in NAMED.findall(file.read_text("utf-8"))}
    assert len(asked) > 200
    assert {(page, key) for page, key in asked if key not in texts().get(page, {}) and not key.endswith("_")} == set()


def test_no_text_stands_twice_under_one_name() -> None:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert [name for name, count in Counter(name for name, _ in pairs).items() if count > 1] == []
        return dict(pairs)

    json.loads((FOLDER / "strings" / "en.json").read_text("utf-8"), object_pairs_hook=once)


def test_every_text_of_the_widget_is_in_the_catalogue_and_used() -> None:
    source = "".join(file.read_text("utf-8") for file in FOLDER.glob("widget/*.js"))
    quoted = set(re.findall(r'"([a-z_]+)"', source))
    assert set(re.findall(r'\btext\("(\w+)"', source)) <= set(texts()["widget"])
    assert set(texts()["widget"]) <= quoted
