"""Some networks let no WebSocket through: the widget then talks by plain calls."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.shop_floor import ShopFloor
from tests.browser.widget_page import WidgetPage


def test_everything_works_by_plain_calls(floor: ShopFloor) -> None:
    page = floor.context().new_page()
    page.route_web_socket("**/v1/chat", lambda line: line.close())
    page.goto(floor.address)
    customer = WidgetPage(page).open()
    for number in range(3):
        customer.say(f"message {number}.")
    customer.sees("You said: message 2.")
    customer.settle()
    assert sorted(customer.transcript()[:3]) == [f"message {number}." for number in range(3)]
    customer.say("one more")
    customer.sees("You said: one more")
    assert customer.transcript().count("one more") == 1
    customer.person.click()
    expect(page.get_by_text("You are number 1 in the queue")).to_be_visible()
    page.reload()
    customer.sees("You said: one more")
