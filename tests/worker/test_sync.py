"""Articles kept in step with a website: seen first, then followed, never lost; sitemaps are hostile too (F05)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from api.articles.catalogue import Wording, current_articles, drafts, save_article
from api.articles.imports import Imports, apply
from api.articles.sources import begin, enqueue_due, gone_pages
from api.articles.websites import Collected, collect, file_name, read_pages
from api.store.tables import ArticleSource, Job, KnowledgeBase
from api.web.fetch import Fetcher
from api.web.guard import NotReached
from api.worker.jobs import JobFailed, Reporter, Work, enqueue
from api.worker.sync import sync_source
from tests.web_server import Website, redirect, website

PAGE = (
    "<html><head><title>{0}</title></head><body><header>Shop</header><main><h1>{0}</h1><p>{1}</p></main></body></html>"
)


def page(title: str, text: str) -> bytes:
    return PAGE.format(title, text).encode()


def sitemap(site: Website, *paths: str) -> bytes:
    named = "".join(f"<url><loc>{site.address}{path}</loc></url>" for path in paths)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{named}</urlset>'.encode()


@pytest.fixture
def site() -> Iterator[Website]:
    with website() as served:
        served.pages["/help/returns"] = page("Returns", "Within 30 days.")
        served.pages["/help/delivery"] = page("Delivery", "Two days.")
        served.pages["/sitemap.xml"] = sitemap(served, "/help/returns", "/help/delivery")
        yield served


@pytest.fixture
def kept_in_step(shop, site, monkeypatch: pytest.MonkeyPatch):
    """The website's first import, applied but for `help-delivery`; returns what fetches it again."""
    monkeypatch.setattr("api.articles.websites.PAUSE_S", 0.0)
    shop.settings = shop.settings.model_copy(update={"import_hosts": site.host})
    now = shop.clock.now()

    def add(session) -> None:
        session.add(KnowledgeBase(slug="main", created_at=now))
        session.flush()
        made = {"kb": "main", "kind": "sitemap", "url": f"{site.address}/sitemap.xml", "every_h": 24, "created_at": now}
        session.add(ArticleSource(id="s1", **made))

    def fetch() -> ArticleSource:
        job = shop.store.write_sync(lambda s: enqueue(s, "sync", {"source_id": "s1"}, now=shop.clock.now()))
        work = Work(job, "sync", {"source_id": "s1"}, "test")
        sync_source(shop, work, Reporter(shop.store, shop.clock, job))
        return shop.store.read_sync(lambda s: s.get_one(ArticleSource, "s1"))

    shop.store.write_sync(add)
    import_id = fetch().last["import_id"]
    kept = Imports(shop.places.var / "imports").kept(import_id)

    def take(session) -> None:
        chosen = ["help-returns"]
        apply(session, "main", kept.wordings, chosen, by="agent:a", now=now, draft=False)
        session.flush()
        begin(session, session.get_one(ArticleSource, "s1"), kept, chosen, now=now)

    assert shop.store.read_sync(lambda s: current_articles(s, "main")) == []  # looked at before it is written
    shop.store.write_sync(take)
    return fetch


def bodies(shop, rows=current_articles) -> dict[str, str]:
    return {row.article_id: row.body for row in shop.store.read_sync(lambda s: rows(s, "main"))}


def test_what_changed_waits_as_a_draft_what_was_left_out_stays_out_and_new_pages_come(shop, site, kept_in_step):
    assert kept_in_step().last["changed"] == []
    site.pages["/help/returns"] = page("Returns", "Within 60 days.")
    site.pages["/help/delivery"] = page("Delivery", "Three days.")
    site.pages["/help/gifts"] = page("Gifts", "Wrapped.")
    site.pages["/sitemap.xml"] = sitemap(site, "/help/returns", "/help/delivery", "/help/gifts")
    last = kept_in_step().last
    assert (last["new"], last["changed"], last["edited"]) == (["help-gifts"], ["help-returns"], [])
    assert bodies(shop) == {"help-returns": "Within 30 days."}
    assert bodies(shop, drafts) == {"help-returns": "Within 60 days.", "help-gifts": "Wrapped."}


def test_changes_are_published_where_that_was_chosen_but_never_over_an_edit_of_ours(shop, site, kept_in_step):
    def publish(session) -> None:
        session.get_one(ArticleSource, "s1").publish = True

    shop.store.write_sync(publish)
    site.pages["/help/returns"] = page("Returns", "Within 60 days.")
    assert kept_in_step().last["changed"] == ["help-returns"]
    assert bodies(shop) == {"help-returns": "Within 60 days."}
    ours = Wording("Returns", "Within 60 days, unused.", ("how long have I got",))
    shop.store.write_sync(lambda s: save_article(s, ("main", "help-returns"), ours, by="agent:a", now=shop.clock.now()))
    assert kept_in_step().last["edited"] == []  # the page is the same: our edit stands
    site.pages["/help/returns"] = page("Returns", "Within 90 days.")
    assert kept_in_step().last["edited"] == ["help-returns"]
    assert bodies(shop) == {"help-returns": "Within 60 days, unused."}
    [draft] = shop.store.read_sync(lambda s: drafts(s, "main"))
    assert (draft.body, draft.questions) == ("Within 90 days.", ["how long have I got"])


def test_a_page_that_is_gone_is_told_and_its_article_stays(shop, site, kept_in_step):
    del site.pages["/help/returns"]
    assert kept_in_step().last["gone"] == [f"{site.address}/help/returns"]
    [gone] = shop.store.read_sync(lambda s: gone_pages(s, "s1"))
    assert (gone.article_id, gone.gone_at) == ("help-returns", shop.clock.now())
    assert bodies(shop) == {"help-returns": "Within 30 days."}
    site.pages["/help/returns"] = page("Returns", "Within 30 days.")
    kept_in_step()
    assert shop.store.read_sync(lambda s: gone_pages(s, "s1")) == []


def test_a_website_that_cannot_be_reached_changes_nothing_and_says_so(shop, site, kept_in_step):
    site.pages["/sitemap.xml"] = redirect("http://169.254.169.254/")
    with pytest.raises(JobFailed, match="a network of our own"):
        kept_in_step()
    source = shop.store.read_sync(lambda s: s.get_one(ArticleSource, "s1"))
    assert "a network of our own" in source.last["error"]
    assert bodies(shop) == {"help-returns": "Within 30 days."}


def test_a_source_is_fetched_again_when_its_time_has_come(shop, kept_in_step):
    due = lambda: shop.store.write_sync(lambda s: list(enqueue_due(s, shop.clock.now())))  # noqa: E731
    assert due() == []
    shop.clock.move(25 * 3600)
    [job_id] = due()
    assert due() == []
    job = shop.store.read_sync(lambda s: s.get_one(Job, job_id))
    assert (job.kind, job.arguments, job.requested_by) == ("sync", {"source_id": "s1"}, "sync")
    source = shop.store.read_sync(lambda s: s.scalars(select(ArticleSource)).one())
    assert source.next_at == shop.clock.now() + timedelta(hours=24)


def test_only_pages_of_the_sitemaps_own_host_are_fetched_and_hostile_ones_are_refused(site, tmp_path: Path):
    index = f"<sitemapindex><sitemap><loc>{site.address}/more.xml</loc></sitemap></sitemapindex>"
    elsewhere = b"<urlset><url><loc>http://10.0.0.1/x</loc></url></urlset>"
    entity = b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><urlset><url><loc>&x;</loc></url></urlset>"
    site.pages |= {"/index.xml": index.encode(), "/more.xml": sitemap(site, "/help/returns")}
    site.pages |= {"/elsewhere.xml": elsewhere, "/entity.xml": entity, "/html.xml": page("A", "b")}
    fetcher = Fetcher([site.host])

    def fetched(path: str) -> Collected:
        return collect(fetcher, "sitemap", site.address + path, tmp_path, lambda *_: None)

    assert list(fetched("/index.xml").pages) == [f"{site.address}/help/returns"]
    for path, why in {"/elsewhere.xml": "no page of", "/entity.xml": "declares", "/html.xml": "no sitemap"}.items():
        with pytest.raises(ValueError, match=why):
            fetched(path)
    with pytest.raises(NotReached):
        collect(fetcher, "page", "http://10.0.0.1/", tmp_path, lambda *_: None)


def test_each_page_is_a_file_of_its_own_named_by_its_address(tmp_path: Path):
    pages = {
        "https://tarnwick.example/": page("Home", "Hello."),
        "https://tarnwick.example/faq?id=2": page("Two", "Second."),
        "https://tarnwick.example/faq/?id=2#a": page("Three", "Third."),
        "https://tarnwick.example/../..%2f..%2fetc/passwd": b"Text.",
        "https://tarnwick.example/terms.md": b"# Terms\n\nBe kind.",
        "https://tarnwick.example/logo.png": b"\x89PNG",
    }
    read = read_pages(Collected(pages=pages), tmp_path)
    assert {one["article_id"]: one["title"] for one in read["articles"]} == {
        "tarnwick-example": "Home", "faq-id-2": "Two", "faq-id-2-2": "Three", "etc-passwd": "Etc passwd",
        "terms": "Terms",
    }  # fmt: skip
    assert read["files"]["terms"] == "https://tarnwick.example/terms.md"
    assert read["refused"] == {"https://tarnwick.example/logo.png": "it is a picture"}
    assert file_name("https://a.example/x", {"x.html": ""}) == "x-2.html"
