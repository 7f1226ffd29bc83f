"""One script tag puts the widget on any website, however strict its content policy."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from playwright.sync_api import expect

from tests.browser.serving import served
from tests.browser.shop_floor import ShopFloor
from tests.browser.widget_page import WidgetPage


def website(desk: str, attributes: str) -> FastAPI:
    """Another company's page: no inline script, no inline style, nothing but what it names."""
    app = FastAPI()
    policy = f"default-src 'none'; script-src {desk}; connect-src {desk} {desk.replace('http', 'ws')}"

    @app.get("/", response_class=HTMLResponse)
    def page() -> HTMLResponse:
        script = f'<script src="{desk}/widget.js" {attributes}></script>'
        html = f'<!doctype html><html lang="en"><title>x</title><h1>Ours</h1>{script}'
        return HTMLResponse(html, headers={"Content-Security-Policy": policy})

    return app


def test_the_widget_works_on_another_website(floor: ShopFloor) -> None:
    attributes = (
        'defer data-title="Ours" data-label="Ask Tarnwick" data-name="Maya" data-accent="#5b2a86" data-side="left"'
    )
    with served(website(floor.address, attributes), urlsplit(floor.host).port or 0) as host:
        page = floor.context().new_page()
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
        page.goto(host)
        customer = WidgetPage(page).open()
        customer.say("where is my parcel")
        customer.sees("You said: where is my parcel")
        box = page.get_by_role("dialog", name="Ours").bounding_box()
        assert box is not None
        assert box["x"] == 20
        expect(customer.log.locator(".customer .bubble").first).to_have_css("background-color", "rgb(91, 42, 134)")
        assert [line for line in refused if "favicon" not in line and "Content Security Policy" in line] == []
        page.context.close()


def test_a_website_that_is_not_allowed_gets_no_conversation(floor: ShopFloor) -> None:
    with served(website(floor.address, 'defer data-label="Ask Tarnwick"')) as host:
        page = floor.context().new_page()
        page.goto(host)
        customer = WidgetPage(page).open()
        customer.say("hello")
        expect(page.get_by_text("You are not connected.")).to_be_visible()
        page.context.close()
