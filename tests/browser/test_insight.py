"""A manager looks at a period, follows a number to its conversations, and asks of one message why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.browser.shop_floor import ShopFloor
from tests.browser.test_accessibility import check
from tests.desk.history import Agent, Asked, Called, History


def test_a_number_leads_to_its_conversations_and_a_message_to_why(floor: ShopFloor) -> None:
    history, day = History(floor.api.store), datetime.now(UTC) - timedelta(days=2)
    history.chat(day, Asked("where is my parcel", article="parcel", helpful=True), stars=5, customer_name="Ann Webb")
    zips = (Asked("mend my zip", outcome="fallback"), Called("anger"), Agent("Yes, for fifteen pounds."))
    history.chat(day, *zips, customer_name="Ravi Shah")
    page = floor.staff("/admin#insight", "Ada Admin", "admin")
    expect(page.get_by_role("heading", name="How conversations ended")).to_be_visible()
    expect(page.get_by_role("img", name="Conversations: ")).to_be_visible()
    check(page)
    page.get_by_role("link", name="50 %", exact=False).first.click()
    expect(page.get_by_role("heading", name="Solved by the bot")).to_be_visible()
    check(page)
    page.get_by_role("link", name="Ann Webb").click()
    page.get_by_role("link", name="Why, and what today?").click()
    expect(page.get_by_role("heading", name="What was said, and why")).to_be_visible()
    expect(page.get_by_text("The bot said:")).to_be_visible()
    check(page)
    for view, sees in (("gaps", "Yes, for fifteen pounds."), ("problems", "Weekly reports"), ("exports", "Fetch")):
        page.goto(f"{floor.address}/admin#insight/{view}")
        expect(page.get_by_text(sees, exact=True).first).to_be_visible(timeout=60_000)  # the first reads spaCy's model
        check(page)
    assert page.evaluate("window.violations") == []
