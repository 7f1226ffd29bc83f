"""WCAG 2.2 A and AA, as far as axe-core can tell, on every page, light and dark."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site
from tests.browser.serving import new_context
from tests.browser.shop_floor import ShopFloor, log_in
from tests.browser.widget_page import WidgetPage

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}

DIALOGS = {"l": "Wall", "a": "Macros", "s": "Snippets", "p": "Pass on", "w": "Close the chat", "/": "Keyboard"}
SECTIONS = (
    *("Review", "Training", "Insight", "Conversations", "Articles", "Data"),
    *("Desk", "People", "Webhooks", "Privacy", "Audit log", "Health"),
)


def check(page: Page) -> None:
    """Fail with what axe found, and where."""
    found = Axe().run(page, options=RULES).response["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found] == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_shop_and_the_chat(site: Site, browser: Browser, dark: bool) -> None:
    context = new_context(browser, dark=dark)
    customer = WidgetPage(site.visit(context))
    check(customer.page)
    customer.open()
    customer.say("Where is my parcel?")
    expect(customer.page.get_by_role("link", name="Tracking your parcel")).to_be_visible()
    customer.say("this is useless!!")
    customer.page.get_by_role("button", name="Yes, please").click()
    customer.page.get_by_role("button", name="Leave my contact details instead").click()
    expect(customer.page.get_by_label("E-mail")).to_be_focused()
    check(customer.page)
    backend = site.backend
    backend.do(lambda: backend.own(backend.only, "agent", agent_name="Priya"))
    backend.do(lambda: backend.write(backend.only, "agent", "Here I am.", name="Priya"))
    backend.do(lambda: backend.own(backend.only, "closed"))
    customer.page.get_by_role("button", name="4 of 5 stars").click()
    check(customer.page)
    context.close()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_help_desk_and_administration(floor: ShopFloor, browser: Browser, dark: bool) -> None:
    context = new_context(browser, dark=dark)
    page = floor.page("/help", context)
    for path in ("/help", "/help?q=parcel", "/help/returns", "/help/no-such-page", "/setup"):
        page.goto(floor.address + path)
        expect(page.get_by_role("heading").first).to_be_visible()
        check(page)
    customer = floor.customer()
    customer.say("where is my parcel, WHY is nobody answering")
    customer.sees("You said: where is my parcel")
    customer.person.click()
    expect(customer.page.get_by_text("You are number 1 in the queue")).to_be_visible()
    page.goto(floor.address + "/desk")
    check(page)
    log_in(page, floor.account("Ada Admin", "admin"))
    expect(page.get_by_role("button", name="Take Guest")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Take Guest").click()
    expect(page.get_by_role("article").first).to_be_visible()
    check(page)
    page.get_by_role("tab", name="Context").click()
    check(page)
    for key, title in DIALOGS.items():
        page.keyboard.press(f"Alt+{key}")
        expect(page.locator("dialog[open]").get_by_role("heading", name=title).first).to_be_visible()
        check(page)
        page.keyboard.press("Escape")
        expect(page.locator("dialog[open]")).to_have_count(0)
    page.goto(floor.address + "/admin")
    for section in SECTIONS:
        page.get_by_role("navigation").get_by_role("link", name=section).click()
        expect(page.get_by_role("heading", name=section, level=1)).to_be_visible()
        check(page)
    context.close()
