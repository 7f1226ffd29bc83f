"""A desk's line that is open and carries nothing."""

from __future__ import annotations

from playwright.sync_api import WebSocketRoute, expect

from tests.browser.shop_floor import ShopFloor, log_in


def test_a_line_that_carries_nothing_is_noticed_and_made_anew(floor: ShopFloor) -> None:
    """A17."""
    customer = floor.customer()
    customer.say("is anybody there")
    customer.sees("You said: is anybody there")
    customer.person.click()
    expect(customer.page.get_by_text("You are number 1 in the queue")).to_be_visible()
    swallows = {"now": False}
    lines: list[WebSocketRoute] = []

    def carry(line: WebSocketRoute) -> None:
        lines.append(line)
        server = line.connect_to_server()
        is_first = len(lines) == 1
        line.on_message(lambda said: None if swallows["now"] and is_first else server.send(said))
        server.on_message(lambda said: None if swallows["now"] and is_first else line.send(said))

    page = floor.context().new_page()
    page.clock.install()
    page.route_web_socket("**/v1/desk", carry)
    page.goto(floor.address + "/desk")
    log_in(page, floor.account("Priya Shah"))
    page.get_by_role("button", name="Take Guest").click()
    expect(page.get_by_label("Reply", exact=True)).to_be_enabled()
    swallows["now"] = True
    customer.say("said while the line was dead")
    customer.settle()
    said = page.get_by_role("log", name="Transcript").get_by_text("said while the line was dead")
    expect(said).to_have_count(0)
    page.clock.run_for(40_000)
    page.clock.run_for(2_000)  # the wait before it is tried again
    expect(said).to_be_visible()
    expect(page.get_by_label("Reply", exact=True)).to_be_enabled()
    assert len(lines) == 2
