"""An agent takes over, knows everything, and answers with a suggestion."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import APIResponse, Page, Route, WebSocketRoute, expect
from sqlalchemy import select

from api.store.tables import SuggestionFeedback
from tests.browser.payloads import PAYLOADS
from tests.browser.shop_floor import ShopFloor, log_in
from tests.browser.widget_page import WidgetPage
from tests.fakes import Call, wait_until


def bubbles(desk: Page) -> list[str]:
    """The transcript on the desk."""
    return desk.get_by_role("log", name="Transcript").locator(".bubble").all_inner_texts()


def waiting_customer(floor: ShopFloor, said: str = "where is my parcel") -> WidgetPage:
    customer = floor.customer()
    customer.say(said)
    customer.sees(f"You said: {said}")
    customer.person.click()
    expect(customer.page.get_by_text("You are number 1 in the queue")).to_be_visible()
    return customer


def take(desk: Page) -> None:
    desk.get_by_role("button", name="Take Guest").click()
    expect(desk.get_by_label("Reply", exact=True)).to_be_enabled()


def test_a_wrong_password_is_said_kindly_and_shows_nothing(floor: ShopFloor) -> None:
    page = floor.page("/desk")
    floor.account("Priya Shah")
    page.get_by_label("E-mail").fill("priya@tarnwick.example")
    page.get_by_label("Password").fill("not this one at all")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).not_to_be_empty()
    expect(page.get_by_role("button", name="Log out")).to_have_count(0)


def test_an_agent_takes_over_and_both_talk(floor: ShopFloor) -> None:
    customer = waiting_customer(floor)
    desk = floor.staff("/desk", "Priya Shah")
    take(desk)
    assert bubbles(desk)[:2] == ["where is my parcel", "You said: where is my parcel"]
    expect(customer.page.get_by_text("You are talking with Priya Shah.")).to_be_visible()
    desk.keyboard.type("Good morning, I am looking now.")
    desk.keyboard.press("Enter")
    customer.sees("Good morning, I am looking now.")
    customer.say("thank you")
    expect(desk.get_by_role("log", name="Transcript").get_by_text("thank you")).to_be_visible()
    assert customer.log.locator(".bot", has_text="thank you").count() == 0
    desk.get_by_role("button", name="Close", exact=True).click()
    desk.get_by_label("Solved", exact=True).check()
    desk.get_by_role("button", name="Close the chat").click()
    customer.page.get_by_role("button", name="5 of 5 stars").click()
    expect(customer.page.get_by_text("Thank you, that helps us.")).to_be_visible()


def test_the_context_says_who_why_and_what_was_tried(floor: ShopFloor) -> None:
    waiting_customer(floor)
    desk = floor.staff("/desk", "Priya Shah")
    take(desk)
    desk.get_by_role("tab", name="Context").click()
    context = desk.get_by_role("tabpanel")
    for heading in ("Customer", "Why a person", "Frustration over time", "What the assistant tried", "Pages visited"):
        expect(context.get_by_role("heading", name=heading)).to_be_visible()
    context.get_by_text("Found, not shown").click()
    expect(context.get_by_role("link", name="Where is my parcel")).to_be_visible()
    expect(context.get_by_text(f"{floor.address}/", exact=True)).to_be_visible()


def test_a_suggestion_arrives_with_each_message_and_its_use_is_recorded(floor: ShopFloor) -> None:
    customer = waiting_customer(floor)
    desk = floor.staff("/desk", "Priya Shah")
    take(desk)
    customer.say("and how do I send it back, with returns?")
    card = desk.get_by_role("article", name="Returns")
    expect(card.get_by_text("Send it back within 30 days.")).to_be_visible()
    expect(desk.get_by_text("For agents only")).to_have_count(0)
    desk.keyboard.press("Alt+1")
    reply = desk.get_by_label("Reply", exact=True)
    expect(reply).to_have_value("Send it back within 30 days.")
    reply.press("Home")
    desk.keyboard.type("Of course. ")
    reply.press("Enter")
    customer.sees("Of course. Send it back within 30 days.")
    stored = floor.api.store.read_sync(
        lambda s: list(s.scalars(select(SuggestionFeedback).where(SuggestionFeedback.sent.is_(True))))
    )
    [feedback] = stored
    assert (feedback.clicked, feedback.sent_text) == (True, "Of course. Send it back within 30 days.")


def test_an_internal_article_is_shown_but_cannot_be_sent(floor: ShopFloor) -> None:
    customer = waiting_customer(floor, "lost parcel, carrier escalation")
    desk = floor.staff("/desk", "Priya Shah")
    take(desk)
    internal = desk.get_by_role("article", name="Parcel desk")
    expect(internal.get_by_text("Carrier escalation for a lost parcel.")).to_be_visible()
    expect(internal.get_by_role("button")).to_have_count(0)
    assert "Carrier escalation for a lost parcel." not in customer.log.inner_text()


def test_a_late_reply_of_the_bot_is_shown_as_not_sent(floor: ShopFloor) -> None:
    def dawdle(call: Call) -> None:
        call.rasa.ended.wait(3)
        call.reply("Too late.")

    floor.rasa.behave = dawdle
    customer = floor.customer()
    customer.say("are you there")
    floor.rasa.wait_for_turn()
    customer.person.click()
    desk = floor.staff("/desk", "Priya Shah")
    take(desk)
    expect(desk.get_by_text("Assistant, not sent: a person had taken over")).to_be_visible()
    expect(desk.locator(".late").get_by_text("Too late.")).to_be_visible()
    assert "Too late." not in customer.transcript()


def test_the_composer_waits_until_everything_said_meanwhile_is_on_screen(floor: ShopFloor) -> None:  # A16
    customer = waiting_customer(floor)
    email = floor.account("Priya Shah")
    lines: list[WebSocketRoute] = []
    cut = {"now": False}

    def carry(line: WebSocketRoute) -> None:
        if cut["now"]:
            line.close()
            return
        lines.append(line)
        line.connect_to_server()

    stale = floor.context().new_page()
    stale.route_web_socket("**/v1/desk", carry)
    stale.goto(floor.address + "/desk")
    log_in(stale, email)
    take(stale)
    cut["now"] = True
    for line in lines:
        line.close()
    reply = stale.get_by_label("Reply", exact=True)
    expect(reply).to_be_disabled()

    fresh = floor.page("/desk")
    log_in(fresh, email)
    fresh.get_by_role("navigation", name="Chats").get_by_role("button", name="Guest").click()
    fresh.get_by_label("Reply", exact=True).fill("Answered from the other screen.")
    fresh.keyboard.press("Enter")
    customer.sees("Answered from the other screen.")
    assert "Answered from the other screen." not in bubbles(stale)
    expect(reply).to_be_disabled()
    cut["now"] = False
    seen = stale.wait_for_function(
        """() => { const reply = document.getElementById("reply");
                   return reply.disabled ? "" : document.querySelector(".log").textContent; }"""
    )
    assert "Answered from the other screen." in seen.json_value()


def test_a_second_agent_is_told_who_holds_the_chat(floor: ShopFloor) -> None:
    waiting_customer(floor)
    first = floor.staff("/desk", "Priya Shah")
    second = floor.staff("/desk", "Owen Pryce")
    second.get_by_role("navigation").get_by_role("button", name="Guest").first.click()
    take(first)
    expect(second.get_by_text("With Priya Shah")).to_be_visible()
    expect(second.get_by_label("Reply", exact=True)).to_be_disabled()


def test_an_answer_older_than_what_was_heard_does_not_hide_who_holds_the_chat(floor: ShopFloor) -> None:
    waiting_customer(floor)
    first = floor.staff("/desk", "Priya Shah")
    second = floor.staff("/desk", "Owen Pryce")
    held: list[tuple[Route, APIResponse]] = []
    second.route(
        re.compile(r"/v1/conversations/[^/]+(/messages.*)?$"), lambda route: held.append((route, route.fetch()))
    )
    second.get_by_role("navigation").get_by_role("button", name="Guest").first.click()
    wait_until(lambda: second.evaluate("true") and len(held) == 2)  # Playwright hears of them only while it is asked
    take(first)
    expect(second.get_by_text("With Priya Shah")).to_be_visible()
    for route, answer in held:
        route.fulfill(response=answer)
    expect(second.get_by_role("log", name="Transcript").get_by_text("where is my parcel").first).to_be_visible()
    expect(second.get_by_text("With Priya Shah")).to_be_visible()


def test_the_whole_desk_works_from_the_keyboard(floor: ShopFloor) -> None:
    customer = waiting_customer(floor)
    desk = floor.staff("/desk", "Priya Shah")
    expect(desk.get_by_role("button", name="Take Guest")).to_be_visible()
    desk.keyboard.press("Alt+t")
    expect(desk.get_by_label("Reply", exact=True)).to_be_focused()
    expect(desk.get_by_label("Reply", exact=True)).to_be_enabled()
    expect(desk.get_by_role("article", name="Where is my parcel")).to_be_visible()
    desk.keyboard.press("Alt+1")
    desk.keyboard.press("Enter")
    customer.sees("Track your parcel in your account.")
    desk.keyboard.press("Alt+k")
    desk.keyboard.type("returns")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("article", name="Returns").first).to_be_visible()
    desk.keyboard.press("Alt+c")
    expect(desk.get_by_role("tab", name="Context")).to_have_attribute("aria-selected", "true")
    desk.keyboard.press("Alt+b")
    expect(desk.get_by_text("No conversation open").first).to_be_visible()
    customer.say("hello again")
    customer.sees("You said: hello again")


@pytest.mark.parametrize("path", ["/desk", "/admin"])
def test_a_narrow_screen_never_scrolls_sideways(floor: ShopFloor, path: str) -> None:
    waiting_customer(floor)
    page = floor.staff(path, "Ada Admin", "admin")
    page.set_viewport_size({"width": 360, "height": 740})
    if path == "/desk":
        take(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_what_customers_write_is_text_on_desk_and_admin(floor: ShopFloor) -> None:  # D09
    customer = floor.customer()
    customer.say("hello")
    customer.sees("You said: hello")
    customer.person.click()
    expect(customer.page.get_by_text("You are number 1 in the queue")).to_be_visible()
    for payload in PAYLOADS[::4]:
        customer.say(payload)
    customer.settle()
    admin = floor.staff("/admin", "Ada Admin", "admin")
    desk = floor.page("/desk", admin.context)
    take(desk)
    said = desk.locator(".row.customer .bubble")
    expect(said).to_have_count(1 + len(PAYLOADS[::4]))
    shown = desk.evaluate(
        "[...document.querySelectorAll('.row.customer .bubble')].map((b) => [b.childElementCount, b.textContent])"
    )
    assert [count for count, _ in shown] == [0] * len(shown)
    assert shown[1][1] == PAYLOADS[0]
    admin.goto(floor.address + "/admin#conversations")
    admin.get_by_role("link", name="Guest").click()
    expect(admin.locator(".typed")).to_have_count(1 + len(PAYLOADS[::4]))
    for page in (desk, admin):
        assert page.evaluate("window.hacked") is None
        assert page.evaluate("window.violations") == []
        assert page.locator("script:not([src^='/static/']), iframe, object, embed").count() == 0
