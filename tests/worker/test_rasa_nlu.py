"""Rasa's training data from outside: taken as far as it fits, refused where it could do harm (F06, F07)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from api.articles.limits import Refused
from api.review.training_imports import plan_examples
from api.store.tables import Intent, TrainingExample
from api.worker.rasa_nlu import read_rasa_nlu
from tests.desk.office import Office, open_office

FILE = b"""version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello
    - good morning
    - good morning
- intent: faq/ask_returns
  examples:
  - text: can I send [my tent](product) back
  - "is [60 days]{\\"entity\\": \\"time\\"} the limit"
- synonym: tent
  examples: |
    - shelter
- regex: slow
  examples: |
    - (a+)+$
- lookup: country
  examples: |
    - Norway
stories: []
"""


def test_sentences_are_taken_without_their_marks_and_the_rest_is_left_out_with_a_reason() -> None:
    read = read_rasa_nlu(FILE)
    assert read.examples == [
        ("greet", "hello"),
        ("greet", "good morning"),
        ("faq/ask_returns", "can I send my tent back"),
        ("faq/ask_returns", "is 60 days the limit"),
    ]
    assert set(read.left_out) == {"synonym tent", "regex slow", "lookup country", "stories", "entities"}
    assert "could hold it up" in read.left_out["regex slow"]


def test_a_look_up_table_of_a_hundred_thousand_lines_is_left_out() -> None:
    """F07."""
    lines = "".join(f"    - country {number}\n" for number in range(100_000)).encode()
    read = read_rasa_nlu(b"nlu:\n- lookup: country\n  examples: |\n" + lines[:900_000])
    assert (read.examples, list(read.left_out)) == ([], ["lookup country"])


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"nlu: !!python/name:os.system x", "tags"),
        (b"nlu: &a [*a]", "anchors"),
        (b"nlu: [{intent: '${HOME}'}]", "environment variable"),
        (b"nlu: []\nnlu: []", "said twice"),
        (b"nlu: []\nevil: 1", "no part of Rasa's"),
        (b"nlu:\n- intent: a\n  run: b", "unknown names"),
        (b"nlu:\n- 4", "no list"),
        (b"- a", "no 'nlu'"),
        (b"\xff\xfe", "cannot be read"),
    ],
)
def test_what_is_hostile_or_something_else_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why):
        read_rasa_nlu(content)


@pytest.fixture
def office(tmp_path: Path):
    with open_office(tmp_path, data_dir=tmp_path / "data") as opened:
        opened.write(lambda s: s.add(Intent(name="greet", outcome="response", created_at=opened.clock.now())))
        yield opened


def add(office: Office, intent: str, text: str) -> None:
    office.write(lambda s: s.add(TrainingExample(intent=intent, text=text, created_at=office.clock.now())))


def test_examples_are_seen_before_they_are_added_and_overwrite_nothing(office: Office) -> None:
    office.write(lambda s: s.add(Intent(name="thanks", outcome="response", created_at=office.clock.now())))
    add(office, "thanks", "Hello")
    headers = office.person("admin").headers
    path = "/v1/training-examples/imports"
    shown = office.client.post(path, params={"name": "nlu.yml"}, content=FILE, headers=headers)
    assert shown.status_code == 201, shown.text
    found = shown.json()
    assert (found["count"], found["new"][0]["text"], found["same"]) == (1, "good morning", 0)
    assert found["elsewhere"] == [{"intent": "greet", "text": "hello", "stands_as": "thanks"}]
    assert found["unknown"] == {"faq/ask_returns": 2}
    apply = f"{path}/{found['import_id']}/apply"
    assert office.client.post(apply, headers=headers).json() == {"added": 1}
    assert office.client.post(apply, headers=headers).status_code == 404
    listed = office.client.get("/v1/training-examples", params={"q": "MORNING"}, headers=headers).json()
    assert [(row["intent"], row["source"]) for row in listed["examples"]] == [("greet", "rasa")]
    back = read_rasa_nlu(office.client.get("/v1/training-examples/rasa.yml", headers=headers).content)
    assert set(back.examples) == {("greet", "good morning"), ("thanks", "Hello")}
    assert office.read(lambda s: plan_examples(s, back.examples)).same == 2


def test_a_refused_training_file_says_why(office: Office) -> None:
    headers = office.person("admin").headers
    bad = office.client.post(
        "/v1/training-examples/imports", params={"name": "x.yml"}, content=b"nlu: *a", headers=headers
    )
    assert bad.status_code == 422
    assert "cannot be read" in bad.json()["error"]["message"]


def project(folder: Path) -> Any:
    (folder / "articles").mkdir(parents=True)
    (folder / "nlu").mkdir()
    (folder / "articles" / "returns.md").write_text("---\nid: returns\ntitle: Returns\n---\n\nSixty days.\n")
    (folder / "intents.yml").write_text("intents:\n  greet: {outcome: response}\n")
    (folder / "nlu" / "all.yml").write_text('version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n    - hello\n')
    (folder / "questions.jsonl").write_text(json.dumps({"query_id": "q1", "query": "?", "relevant_docs": []}) + "\n")


def test_the_text_form_is_compared_and_only_what_was_read_is_applied(office: Office, tmp_path: Path) -> None:
    project(tmp_path / "data")
    headers = office.person("admin").headers
    shown = office.client.get("/v1/data", headers=headers).json()
    assert "+Sixty days." in shown["import_diff"]
    add(office, "greet", "good morning")
    stale = office.client.post("/v1/data/import", json={"digest": shown["digest"]}, headers=headers)
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "changed_meanwhile")
    office.article("zips", body="We mend zips.")
    shown = office.client.get("/v1/data", headers=headers).json()
    assert "- good morning" in shown["export_diff"]
    written = office.client.post("/v1/data/export", json={"digest": shown["digest"]}, headers=headers)
    assert written.json()["changed"] == {"files": 3}
    assert "We mend zips." in (tmp_path / "data" / "articles" / "zips.md").read_text()
    text = (tmp_path / "data" / "articles" / "zips.md").read_text()
    (tmp_path / "data" / "articles" / "zips.md").write_text(text.replace("zips.", "tents."))
    shown = office.client.get("/v1/data", headers=headers).json()
    applied = office.client.post("/v1/data/import", json={"digest": shown["digest"]}, headers=headers).json()
    assert applied["changed"]["articles"] == 1
    assert "We mend tents." in office.client.get("/help/zips").text
    (tmp_path / "data" / "nlu" / "all.yml").write_text("nlu: !!evil x")
    assert office.client.get("/v1/data", headers=headers).status_code == 422
