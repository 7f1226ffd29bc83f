"""Articles: their wordings, their public pages, and whether they helped."""

from __future__ import annotations

import pytest

from api.articles.markdown import summary_of, to_html
from api.store.tables import ArticleFeedback, Job
from tests.desk.office import ORIGIN, Office


def test_every_wording_of_an_article_is_kept(office: Office) -> None:
    headers = office.person("admin").headers
    text = {"title": "Delivery", "body": "Two days.", "questions": ["how long"], "category": "Orders"}
    first = office.client.put("/v1/articles/delivery", json=text, headers=headers).json()
    assert (first["version"], first["url"], first["updated"]) == (1, "/help/delivery", "2026-05-05")
    same = office.client.put("/v1/articles/delivery", json=text, headers=headers).json()
    assert same["version"] == 1
    second = office.client.put("/v1/articles/delivery", json=text | {"body": "Three days."}, headers=headers).json()
    assert [edit["version"] for edit in second["versions"]] == [2, 1]
    read = office.client.get("/v1/articles/delivery", headers=headers).json()
    assert (read["body"], read["questions"], read["audience"]) == ("Three days.", ["how long"], "public")
    [row] = office.client.get("/v1/articles", headers=headers).json()["articles"]
    assert (row["article_id"], row["title"], row["category"], row["version"]) == ("delivery", "Delivery", "Orders", 2)


def test_two_administrators_do_not_overwrite_each_other_unseen(office: Office) -> None:
    headers = office.person("admin").headers
    office.article("delivery", "One.")
    late = {"title": "Delivery", "body": "Two.", "version": 1}
    assert office.client.put("/v1/articles/delivery", json=late, headers=headers).status_code == 200
    refused = office.client.put("/v1/articles/delivery", json=late | {"body": "Three."}, headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "version_conflict")


def test_a_change_asks_for_one_new_index(office: Office) -> None:
    office.article("delivery", "One.")
    office.article("delivery", "Two.")
    assert office.read(lambda s: [(job.kind, job.state) for job in s.query(Job)]) == [("index", "queued")]


def test_a_removed_article_is_gone_for_everybody_and_can_come_back(office: Office) -> None:
    headers = office.person("admin").headers
    office.article("delivery", "One.")
    assert office.client.delete("/v1/articles/delivery", headers=headers).status_code == 204
    assert office.client.delete("/v1/articles/delivery", headers=headers).status_code == 404
    assert office.client.get("/v1/articles/delivery", headers=headers).status_code == 404
    assert office.client.get("/help/delivery").status_code == 404
    office.article("delivery", "One again.")
    assert office.client.get("/v1/articles/delivery", headers=headers).json()["version"] == 2


@pytest.mark.parametrize("article_id", ["Delivery", "a b", "-a", "a--b", "é", "x" * 121, "a.b"])
def test_ids_that_are_no_slugs_are_refused(office: Office, article_id: str) -> None:
    text = {"title": "Delivery", "body": "Two days."}
    answer = office.client.put(f"/v1/articles/{article_id}", json=text, headers=office.person("admin").headers)
    assert answer.status_code == 422


def test_an_unknown_knowledge_base_is_404(office: Office) -> None:
    text = {"title": "Delivery", "body": "Two days."}
    headers = office.person("admin").headers
    assert office.client.put("/v1/articles/delivery?kb=other", json=text, headers=headers).status_code == 404


def test_the_help_pages_list_search_and_show_public_articles_only(office: Office) -> None:
    office.article("delivery", "# Delivery\n\nTwo **days**.\n\n| To | Days |\n|---|---|\n| UK | 2 |", category="Orders")
    office.article("goodwill", "For agents.", audience="internal", category="Orders")
    index = office.client.get("/help").text
    assert "Delivery" in index
    assert "Goodwill" not in index
    page = office.client.get("/help/delivery")
    assert "<strong>days</strong>" in page.text
    assert "<td>UK</td>" in page.text
    assert page.text.count("<h1") == 1  # the body's own title is not said twice
    assert office.client.get("/help/goodwill").status_code == 404
    office.search.article_ids = ["delivery", "goodwill"]
    found = office.client.get("/help", params={"q": "how long"}).text
    assert "About delivery." in found
    assert "goodwill" not in found.casefold()
    office.search.broken = True
    assert "/help/delivery" in office.client.get("/help", params={"q": "deliv"}).text
    assert office.client.get("/help/nothing-here").status_code == 404


def test_whether_an_article_helped_is_counted_for_our_own_pages_only(office: Office) -> None:
    office.article("delivery", "Two days.")
    path, form = "/help/delivery/helpful", {"helpful": "yes"}
    pressed = office.client.post(path, data=form, headers={"Origin": ORIGIN}, follow_redirects=False)
    assert (pressed.status_code, pressed.headers["location"]) == (303, "/help/delivery?helpful=yes")
    assert office.client.post(path, data=form, headers={"Origin": "https://evil.example"}).status_code == 403
    assert office.client.post(path, data=form).status_code == 403
    assert office.client.post(path, data={"helpful": "maybe"}, headers={"Origin": ORIGIN}).status_code == 422
    assert office.read(lambda s: [row.helpful for row in s.query(ArticleFeedback)]) == [True]


def test_agents_search_articles_by_meaning(office: Office) -> None:
    agent = office.person()
    office.article("delivery", "Two days.", category="Orders")
    office.search.article_ids = ["delivery", "gone-since-the-last-index"]
    [found] = office.client.get("/v1/articles/search?q=when", headers=agent.headers).json()["articles"]
    assert (found["article_id"], found["answer"], found["category"]) == ("delivery", "About delivery.", "Orders")
    office.search.broken = True
    assert office.client.get("/v1/articles/search?q=when", headers=agent.headers).status_code == 503


@pytest.mark.parametrize(
    "body",
    ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "![x](https://evil/p.png)",
     "<svg/onload=alert(1)>", "[x]: javascript:alert(1)\n\n[x]", "<a href='data:text/html,x'>x</a>",
     "[x](data:text/html;base64,PHM+)", "<iframe srcdoc='<p>'></iframe>", "[x](vbscript:x)",
     "<math><mi//xlink:href='x'>",
     "```html\n<script>alert(1)</script>\n```", "<style>*{}</style>", "# <b onclick=x>hi</b>", "<javascript:alert(1)>"],
)  # fmt: skip
def test_nothing_in_an_article_becomes_code_or_loads_anything(body: str) -> None:
    html = to_html(body)
    for part in (
        "<script",
        "<img",
        "<svg",
        "<iframe",
        "<style",
        "<math",
        "<b ",
        'href="javascript',
        'href="data',
        'href="vb',
    ):
        assert part not in html.casefold()


def test_links_tell_other_sites_nothing(office: Office) -> None:
    assert 'rel="noopener noreferrer nofollow"' in to_html("[carrier](https://carrier.example)")


def test_a_summary_is_the_first_paragraph_cut_at_a_word() -> None:
    assert summary_of("# Title\n\nFirst *words* here.\n\nMore.") == "First words here."
    assert summary_of("one two three four", limit=10) == "one two …"
    assert summary_of("# Only a title") == ""
