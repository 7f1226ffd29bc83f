"""Whatever people write is text (D09)."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Site
from tests.browser.payloads import PAYLOADS

INSIDE = "document.querySelector('deskmate-chat').shadowRoot"
ALLOWED_FROM_US = {"P", "BR", "UL", "OL", "LI", "STRONG", "A", "DIV", "TABLE", "TR", "TH", "TD"}


def test_there_are_two_hundred_payloads() -> None:
    assert len(set(PAYLOADS)) == 200


def test_two_hundred_payloads_from_a_customer_and_a_bot_are_shown_as_text(site: Site) -> None:
    customer = site.customer()
    customer.say("hello")
    customer.sees("You said: hello")
    backend = site.backend

    async def pour() -> None:
        for payload in PAYLOADS:
            await backend.write(backend.only, "customer", payload)
            await backend.write(
                backend.only, "bot", payload, source={"title": payload, "url": payload}, suggestion_id="s"
            )
            await backend.write(backend.only, "agent", payload, name=payload)

    backend.do(pour)
    expect(customer.bubbles).to_have_count(1 + 2 + 600, timeout=20_000)
    page = customer.page
    own = page.evaluate(
        f"[...{INSIDE}.querySelectorAll('.customer .bubble')].slice(1)"
        ".map((node) => [node.childElementCount, node.textContent])"
    )
    assert own == [[0, payload] for payload in PAYLOADS]
    tags = page.evaluate(f"[...new Set([...{INSIDE}.querySelectorAll('.bubble *')].map((node) => node.tagName))]")
    assert set(tags) <= ALLOWED_FROM_US
    schemes = page.evaluate(f"[...new Set([...{INSIDE}.querySelectorAll('a')].map((node) => node.protocol))]")
    assert set(schemes) <= {"http:", "https:"}
    assert page.evaluate("window.hacked") is None
    assert customer.violations() == []


def test_the_browser_itself_refuses_markup_on_every_page(site: Site) -> None:
    page = site.visit()
    refused = page.evaluate(
        "() => { try { document.body.innerHTML = '<b>x</b>'; return 'parsed'; } catch (error) { return error.name; } }"
    )
    assert refused == "TypeError"
