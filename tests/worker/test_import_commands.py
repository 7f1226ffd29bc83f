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
from api.web.guard import NotReached
from api.worker.imports import Website, import_from, preview_of, source_of
from api.worker.seed import read_seed, sow
from tests.desk.documents import pdf
from tests.web_server import website


@pytest.fixture
def kb(shop):
    shop.store.write_sync(lambda session: session.add(KnowledgeBase(slug="main", created_at=shop.clock.now())))
    return shop


def test_a_file_is_previewed_then_imported(kb, tmp_path: Path):
    faq = tmp_path / "faq.csv"
    faq.write_text("title,answer\nMending zips,Post it to us.\n")
    assert preview_of(kb, faq, "main").splitlines()[-1] == "1 new, 0 changed, 0 the same."
    assert kb.store.read_sync(lambda session: current_articles(session, "main")) == []
    assert import_from(kb, faq, "main").changed == 1
    faq.write_text("title,answer\nMending zips,Bring it to us.\n")
    told = preview_of(kb, faq, "main")
    assert "-Post it to us.\n+Bring it to us." in told
    assert import_from(kb, faq, "main", draft=True).changed == 1
    assert [row.body for row in kb.store.read_sync(lambda session: current_articles(session, "main"))] == [
        "Post it to us."
    ]
    assert [row.body for row in kb.store.read_sync(lambda session: drafts(session, "main"))] == ["Bring it to us."]


def test_what_waits_as_a_draft_is_published_by_an_import_that_publishes(kb, tmp_path: Path):
    faq = tmp_path / "faq.csv"
    faq.write_text("title,answer\nMending zips,Post it to us.\n")
    assert import_from(kb, faq, "main", draft=True).changed == 1
    assert import_from(kb, faq, "main", draft=True).changed == 0
    assert import_from(kb, faq, "main").changed == 1
    assert [row.body for row in kb.store.read_sync(lambda session: current_articles(session, "main"))] == [
        "Post it to us."
    ]
    assert kb.store.read_sync(lambda session: drafts(session, "main")) == []
    assert import_from(kb, faq, "main").changed == 0


def test_a_file_that_is_no_article_is_refused(kb, tmp_path: Path):
    (tmp_path / "manual.pdf").write_bytes(b"MZ")
    with pytest.raises(Refused, match="a program"):
        import_from(kb, tmp_path / "manual.pdf", "main")


def test_a_folder_is_read_with_its_documents_and_says_what_it_did_not_read(kb, tmp_path: Path):
    (tmp_path / "returns.md").write_text("# Returns\n\nSixty days.")
    (tmp_path / "manual.pdf").write_bytes(pdf([("Pitch it dry.", 11)], title="The tent"))
    (tmp_path / "scan.pdf").write_bytes(pdf([]))
    count = import_from(kb, tmp_path, "main")
    assert (count.read, count.changed, list(count.refused)) == (2, 2, ["scan.pdf"])
    rows = kb.store.read_sync(lambda session: current_articles(session, "main"))
    assert {row.article_id: row.title for row in rows} == {"returns": "Returns", "manual": "The tent"}


def test_a_command_names_a_website_a_sitemap_or_a_path(tmp_path: Path):
    assert source_of("https://tarnwick.example/help") == Website("https://tarnwick.example/help", "page")
    assert source_of("https://tarnwick.example/s.xml", sitemap=True).kind == "sitemap"
    assert source_of(str(tmp_path)) == tmp_path
    with pytest.raises(FileNotFoundError):
        source_of(str(tmp_path / "missing"))


def test_a_website_is_previewed_and_imported(kb, tmp_path: Path):
    with website() as site:
        site.pages["/help"] = b"<html><body><h1>Returns</h1><p>Sixty days.</p></body></html>"
        kb.settings = kb.settings.model_copy(update={"import_hosts": site.host})
        assert "+Sixty days." in preview_of(kb, Website(f"{site.address}/help"), "main")
        assert import_from(kb, Website(f"{site.address}/help"), "main").changed == 1
    with pytest.raises(NotReached, match="a network of our own"):
        import_from(kb, Website("http://127.0.0.1/"), "main")


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
