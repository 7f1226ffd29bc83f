"""What an import would change is read before it is written, on the command line too."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.articles.catalogue import current_articles, drafts
from api.articles.limits import Refused
from api.cli.data import app
from api.processes.places import ROOT
from api.store.tables import KnowledgeBase
from api.worker.imports import import_file, preview_of
from api.worker.seed import read_seed, sow


@pytest.fixture
def kb(shop):
    shop.store.write_sync(lambda session: session.add(KnowledgeBase(slug="main", created_at=shop.clock.now())))
    return shop


def test_a_file_is_previewed_then_imported(kb, tmp_path: Path):
    faq = tmp_path / "faq.csv"
    faq.write_text("title,answer\nMending zips,Post it to us.\n")
    assert preview_of(kb, faq, "main").splitlines()[-1] == "1 new, 0 changed, 0 the same."
    assert kb.store.read_sync(lambda session: current_articles(session, "main")) == []
    assert import_file(kb, faq, "main").changed == 1
    faq.write_text("title,answer\nMending zips,Bring it to us.\n")
    told = preview_of(kb, faq, "main")
    assert "-Post it to us.\n+Bring it to us." in told
    assert import_file(kb, faq, "main", draft=True).changed == 1
    assert [row.body for row in kb.store.read_sync(lambda session: current_articles(session, "main"))] == [
        "Post it to us."
    ]
    assert [row.body for row in kb.store.read_sync(lambda session: drafts(session, "main"))] == ["Bring it to us."]


def test_what_waits_as_a_draft_is_published_by_an_import_that_publishes(kb, tmp_path: Path):
    faq = tmp_path / "faq.csv"
    faq.write_text("title,answer\nMending zips,Post it to us.\n")
    assert import_file(kb, faq, "main", draft=True).changed == 1
    assert import_file(kb, faq, "main", draft=True).changed == 0
    assert import_file(kb, faq, "main").changed == 1
    assert [row.body for row in kb.store.read_sync(lambda session: current_articles(session, "main"))] == [
        "Post it to us."
    ]
    assert kb.store.read_sync(lambda session: drafts(session, "main")) == []
    assert import_file(kb, faq, "main").changed == 0


def test_a_file_that_is_no_article_is_refused(kb, tmp_path: Path):
    (tmp_path / "manual.pdf").write_bytes(b"MZ")
    with pytest.raises(Refused, match="a program"):
        import_file(kb, tmp_path / "manual.pdf", "main")


def test_data_is_read_in_only_after_its_diff_was_agreed_to(shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    data = tmp_path / "data"
    for name in ("articles", "nlu"):
        shutil.copytree(ROOT / "data" / name, data / name)
    for name in ("intents.yml", "questions.jsonl"):
        shutil.copy(ROOT / "data" / name, data / name)
    seed = read_seed(data)
    shop.store.write_sync(lambda session: sow(session, seed, now=shop.clock.now()))
    monkeypatch.setattr("api.cli.data.workshop", lambda: shop)
    article = next(iter(sorted((data / "articles").glob("*.md"))))
    article.write_text(article.read_text() + "\nOne more line.\n")
    run = CliRunner()
    for arguments, answer in ((["import", str(data), "--preview"], ""), (["import", str(data)], "n\n")):
        told = run.invoke(app, arguments, input=answer).output
        assert "+One more line." in told
        assert "Nothing was changed." in told
    assert "1 articles" in run.invoke(app, ["import", str(data)], input="y\n").output
    assert "say the same" in run.invoke(app, ["import", str(data)]).output
