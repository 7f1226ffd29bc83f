"""Two hundred hostile texts in every field people fill: data in JSON, text in HTML, never markup (D09, F11, F12)."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import pytest

from api.store.tables import Intent
from tests.desk.office import Guest, Office
from tests.security.payloads import PAYLOADS

ALLOWED_IN_ARTICLES = {
    "h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "pre", "code", "em", "strong", "s", "ul", "ol",
    "li", "table", "thead", "tbody", "tr", "th", "td", "a",
}  # fmt: skip


class Elements(HTMLParser):
    """Counts a page's elements and notes every attribute that runs or loads something."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.suspicious: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            address = (value or "").strip().casefold()
            runs = name.startswith("on") or name in ("srcdoc", "style", "formaction", "xlink:href")
            if runs or address.startswith(("javascript:", "data:", "vbscript:")):
                self.suspicious.append(f"{tag} {name}={value}")
            if name in ("src", "action") and not address.startswith("/"):
                self.suspicious.append(f"{tag} {name}={value}")


def test_there_are_two_hundred_different_ones() -> None:
    assert len(set(PAYLOADS)) == 200


def test_in_json_every_payload_comes_back_as_the_text_it_was(office: Office) -> None:
    """D09."""
    agent, admin = office.person(), office.person("admin")
    office.write(lambda s: s.add(Intent(name="ask", outcome="search", created_at=office.clock.now())))
    guest = office.guest(name="Eve")
    messages = [office.says(guest, payload) for payload in PAYLOADS]
    office.understood(guest, messages[-1], outcome="fallback", intent="ask", confidence=0.1,
                      entities=[{"entity": "product", "value": PAYLOADS[0]}])  # fmt: skip
    office.waits(guest, PAYLOADS[1], counterfactual=PAYLOADS[2])

    transcript = get(office, f"{guest.path}/messages", guest.headers)
    assert [line["text"] for line in transcript["messages"]][: len(PAYLOADS)] == list(PAYLOADS)
    packet = get(office, f"{guest.path}/hand-off", agent.headers)
    assert [line["text"] for line in packet["transcript"]][: len(PAYLOADS)] == list(PAYLOADS)
    assert packet["entities"][0]["value"] == PAYLOADS[0]
    assert packet["why"]["reasons"][0]["code"] == PAYLOADS[1]
    assert packet["why"]["counterfactual"] == PAYLOADS[2]
    [entry] = get(office, "/v1/queue", agent.headers)["conversations"]
    assert entry["last_message"] == PAYLOADS[-1]
    [row] = get(office, "/v1/review", admin.headers)["messages"]
    assert row["text"] == PAYLOADS[-1]


@pytest.mark.parametrize("start", range(0, 200, 50))
def test_names_addresses_and_pages_of_customers_stay_text(office: Office, start: int) -> None:
    """D09."""
    agent = office.person()
    for payload in PAYLOADS[start : start + 50]:
        body = {"customer": {"name": payload, "email": payload}, "page_url": payload}
        opened = office.client.post("/v1/conversations", json=body)
        assert opened.status_code == 201, payload
        row = get(office, f"/v1/conversations/{opened.json()['conversation_id']}", agent.headers)
        assert (row["customer"]["name"], row["customer"]["email"], row["page_url"]) == (payload, payload, payload)


def test_answers_are_declared_as_json_and_never_sniffed(office: Office) -> None:
    guest = Guest(**vars(office.guest(name=PAYLOADS[0])))
    office.says(guest, PAYLOADS[0])
    answer = office.client.get(f"{guest.path}/messages", headers=guest.headers)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert json.loads(answer.text)["messages"][0]["text"] == PAYLOADS[0]


def test_an_error_does_not_hand_markup_back_as_html(office: Office) -> None:
    for payload in PAYLOADS[::10]:
        for answer in (
            office.client.get("/v1/articles/search", params={"q": payload, "limit": payload}),
            office.client.get(f"/v1/conversations/{payload.replace('/', '')}", headers=office.person().headers),
            office.client.post("/v1/sessions", json={"email": payload, "password": payload}),
        ):
            assert answer.headers["content-type"] == "application/json"


def test_an_articles_page_has_no_element_beyond_the_allowed_ones(office: Office) -> None:
    """D09."""
    office.article("plain", "Text.", title="Title", category="Orders")
    base = Elements(office.client.get("/help/plain").text)
    for number in range(0, 200, 20):
        some = PAYLOADS[number : number + 20]
        title = some[0][:300]
        body = "\n\n".join(some) + "\n\n| " + " | ".join(p.replace("|", "").replace("\n", " ") for p in some[:3]) + " |"
        office.article("plain", body, title=title, category=some[1][:100], questions=list(some[:5]))
        page = Elements(office.client.get("/help/plain").text)
        assert page.suspicious == base.suspicious == []
        assert set(page.tags) <= set(base.tags) | ALLOWED_IN_ARTICLES
        for tag in ("script", "img", "link", "meta", "style", "form", "button", "input"):
            assert page.tags.count(tag) == base.tags.count(tag), tag
        index = Elements(office.client.get("/help").text)
        assert index.suspicious == []


def test_what_somebody_searches_for_is_shown_as_text(office: Office) -> None:
    """D09."""
    office.article("plain", "Text.", category="Orders")
    base = Elements(office.client.get("/help", params={"q": "nothing like it"}).text)
    for payload in PAYLOADS:
        page = Elements(office.client.get("/help", params={"q": payload}).text)
        assert page.tags == base.tags, payload
        assert page.suspicious == []


def get(office: Office, path: str, headers: dict[str, str]) -> Any:
    answer = office.client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()
