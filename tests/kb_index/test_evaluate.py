from __future__ import annotations

import json
from pathlib import Path

import pytest

from kb_index.evaluate import articles_of, ask, asked_of, at_most, labelled_of, main
from kb_index.lines import read_lines
from kb_index.search import Search


def test_documents_of_one_id_are_joined_with_a_warning() -> None:
    warnings: list[str] = []
    [article] = articles_of(
        [{"doc_id": "a", "title": "T", "text": "One."}, {"doc_id": "a", "title": "T", "text": "Two."}], warnings.append
    )
    assert article.body == "One.\n\nTwo."
    assert warnings == ["document 'a' occurs twice: joined"]


def test_a_document_may_be_a_question_with_answers() -> None:
    [article] = articles_of([{"doc_id": 7, "question": "Is it late?", "answers": ["Yes.", "No."]}], print)
    assert (article.article_id, article.title, article.body) == ("7", "Is it late?", "Yes.\n\nNo.")


@pytest.mark.parametrize(
    ("speaker", "read"), [("user", "customer"), ("customer", "customer"), ("system", "bot"), ("agent", "agent")]
)
def test_every_name_for_a_speaker_is_read(speaker: str, read: str) -> None:
    asked = asked_of({"query_id": "1", "query": "x", "history": [{"speaker": speaker, "text": "y"}]})
    assert asked.history[0].speaker == read


def test_an_unknown_speaker_is_refused() -> None:
    with pytest.raises(ValueError, match="martian"):
        asked_of({"query_id": "1", "query": "x", "history": [{"speaker": "martian", "text": "y"}]})


def test_a_line_holds_what_the_interface_asks_for(search: Search) -> None:
    line = json.loads(ask(search, "q1", asked_of({"query": "how long is a gift card valid"})).to_json())
    assert list(line) == ["query_id", "ranking", "passages", "answer", "confidence", "decision"]
    assert line["ranking"][0] == "vouchers"
    assert "override" not in line["ranking"]
    assert line["answer"] in line["passages"][0]
    assert 1 <= len(line["passages"]) <= 5


@pytest.mark.parametrize(
    ("way", "shown"),
    [("whole", "A gift card is valid for two years."), ("sentence", "A gift card is valid for two years.")],
)
def test_the_plain_rivals_show_the_same_passage(search: Search, way: str, shown: str) -> None:
    assert ask(search, "q", asked_of({"query": "gift card valid"}), way).answer == shown


def test_a_query_that_says_nothing_still_has_a_line(search: Search) -> None:
    assert ask(search, "q", asked_of({"query": "?!"})).ranking == ()


def test_a_long_text_is_cut_between_words() -> None:
    assert at_most("one two  three four", 3) == "one two  three"
    assert at_most("one two", 3) == "one two"


def test_labels_keep_the_history() -> None:
    [label] = labelled_of([{"query": "x", "relevant_docs": ["a"], "history": [{"speaker": "user", "text": "y"}]}])
    assert (label.relevant, label.history) == (("a",), (("customer", "y"),))


def test_a_line_that_is_no_json_is_named(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text('{"a": 1}\n\n{oops\n')
    with pytest.raises(ValueError, match=r"q\.jsonl:3"):
        read_lines(tmp_path / "q.jsonl")


def test_a_text_may_hold_what_other_programs_take_for_the_end_of_a_line(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text('{"text": "one\u2028two\x85three"}\n', encoding="utf-8")
    assert read_lines(tmp_path / "q.jsonl") == [{"text": "one\u2028two\x85three"}]


def test_a_missing_encoder_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text('{"doc_id": "a", "text": "b", "query_id": "1", "query": "c"}\n')
    options = ["retrieval", "--documents", str(file), "--queries", str(file), "--output", str(tmp_path / "out")]
    assert main([*options, "--encoder", str(tmp_path / "none")]) == 2
    assert "manifest.json" in capsys.readouterr().err
