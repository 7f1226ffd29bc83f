"""A customer asks, is answered, and reaches a person."""

from __future__ import annotations

import gzip

import pytest
from playwright.sync_api import expect

from api.pages.render import widget
from tests.browser.conftest import Site

LARGEST_GZIPPED = 15_000


def test_the_widget_is_one_small_script() -> None:
    script, _tag = widget()
    assert len(gzip.compress(script.encode(), 9)) < LARGEST_GZIPPED


def test_a_question_is_answered_with_its_source_and_judged(site: Site) -> None:
    customer = site.customer()
    customer.say("Where is my parcel?")
    answer = customer.sees("Standard delivery takes two to three working days.")
    expect(answer.locator("ol > li")).to_have_count(3)
    source = customer.page.get_by_role("link", name="Tracking your parcel")
    expect(source).to_have_attribute("href", f"{site.address}/help/tracking")
    customer.page.get_by_role("button", name="Yes", exact=True).click()
    expect(customer.page.get_by_text("Thank you for telling us.")).to_be_visible()
    assert site.backend.only.feedback == [{"type": "feedback", "suggestion_id": "s1", "helpful": True}]
    assert customer.transcript()[0] == "Where is my parcel?"


def test_a_table_in_an_answer_is_a_table(site: Site) -> None:
    customer = site.customer()
    customer.say("prices abroad")
    expect(customer.log.get_by_role("columnheader")).to_have_text(["Where to", "Price"])
    expect(customer.log.get_by_role("row").last).to_have_text("Norway£14.50")


def test_opening_the_page_alone_opens_no_conversation(site: Site) -> None:
    site.customer()
    assert site.backend.conversations == {}


def test_the_page_address_is_sent_without_its_query(site: Site) -> None:
    customer = site.customer()
    customer.page.goto(site.address + "/?secret=1#x")
    customer.say("hello")
    customer.sees("You said: hello")
    assert site.backend.posts == [{"page_url": site.address + "/"}]


def test_slow_turns_say_that_they_are_still_working(site: Site) -> None:
    customer = site.customer()
    customer.say("something slow")
    expect(customer.page.get_by_text("Still working on it…")).to_be_visible()


def test_buttons_lead_to_the_queue_and_out_of_it(site: Site) -> None:
    customer = site.customer()
    customer.say("this is useless!!")
    customer.page.get_by_role("button", name="Yes, please").click()
    customer.sees("Yes, please")
    expect(customer.page.get_by_text("You are number 2 in the queue · about 3 minutes")).to_be_visible()
    expect(customer.page.get_by_role("button", name="No, go on")).to_be_hidden()
    customer.page.get_by_role("button", name="Leave the queue").click()
    expect(customer.page.get_by_text("You are number")).to_be_hidden()
    assert site.backend.only.owner == "bot"


def test_a_person_is_one_press_away_before_anything_was_said(site: Site) -> None:
    customer = site.customer()
    customer.person.click()
    expect(customer.page.get_by_text("You are number 1 in the queue · about a minute")).to_be_visible()
    assert site.backend.only.rows == []


def test_out_of_hours_contact_details_are_taken_with_consent(site: Site) -> None:
    site.backend.available |= {
        "open": False,
        "hours": "Closed until Monday 9:00",
        "sentence": "Nobody is in until Monday 9:00.",
    }
    customer = site.customer()
    expect(customer.page.get_by_text("Closed until Monday 9:00")).to_be_visible()
    customer.person.click()
    expect(customer.page.get_by_text("Nobody is in until Monday 9:00.")).to_be_visible()
    send = customer.page.locator(".tray").get_by_role("button", name="Send")
    send.click()
    expect(customer.page.get_by_text("Please give an e-mail address")).to_be_visible()
    customer.page.get_by_label("E-mail").fill("maya@post.example")
    send.click()
    expect(customer.page.get_by_text("Please tick the box")).to_be_visible()
    customer.page.get_by_role("checkbox").check()
    send.click()
    expect(customer.page.get_by_text("Thank you. A person will get back to you.")).to_be_visible()
    assert site.backend.only.contacts == [{"email": "maya@post.example", "consent": True}]


def test_a_chat_with_a_person_ends_with_one_tap_and_words(site: Site) -> None:
    customer = site.customer()
    customer.say("hello")
    customer.sees("You said: hello")
    backend = site.backend
    backend.do(lambda: backend.own(backend.only, "agent", agent_name="Priya"))
    backend.do(lambda: backend.write(backend.only, "agent", "I have sent a new one.", name="Priya"))
    expect(customer.page.get_by_text("You are talking with Priya.")).to_be_visible()
    customer.sees("I have sent a new one.")
    backend.do(lambda: backend.own(backend.only, "closed"))
    customer.page.get_by_role("button", name="4 of 5 stars").click()
    expect(customer.page.get_by_text("Thank you, that helps us.")).to_be_visible()
    customer.page.get_by_label("Would you like to add a word?").fill("quick")
    customer.page.locator(".tray").get_by_role("button", name="Send").click()
    expect(customer.page.get_by_label("Would you like to add a word?")).to_be_hidden()
    assert backend.only.ratings == [{"stars": 4}, {"stars": 4, "words": "quick"}]


def test_a_message_that_is_too_long_is_refused_before_it_is_sent(site: Site) -> None:
    customer = site.customer()
    customer.say("x" * 8001)
    expect(customer.page.get_by_text("Too long by 1.")).to_be_visible()
    assert site.backend.conversations == {}
    customer.say("y" * 8000)
    customer.settle()
    assert len(site.backend.only.rows[0]["text"]) == 8000


@pytest.mark.parametrize("empty", ["", "   ", "\n\n\n"])
def test_nothing_is_sent_for_nothing(site: Site, empty: str) -> None:
    customer = site.customer()
    customer.say(empty)
    assert customer.transcript() == []
    assert site.backend.conversations == {}


def test_unread_answers_are_counted_on_the_closed_chat(site: Site) -> None:
    customer = site.customer()
    customer.say("hello")
    customer.sees("You said: hello")
    customer.page.get_by_role("button", name="Close the chat").click()
    expect(customer.launcher).to_be_focused()
    backend = site.backend
    backend.do(lambda: backend.write(backend.only, "bot", "One more thing."))
    expect(customer.page.get_by_role("button", name="Ask Tarnwick 1 unread")).to_be_visible()


def test_everything_works_from_the_keyboard(site: Site) -> None:
    page = site.visit()
    page.get_by_role("button", name="Ask Tarnwick").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Write a message")).to_be_focused()
    page.keyboard.type("Where is my parcel?")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Tracking your parcel")).to_be_visible()
    expect(page.get_by_role("button", name="No", exact=True)).to_be_visible()

    def tab_to(name: str, key: str = "Shift+Tab") -> None:
        for _ in range(12):
            page.keyboard.press(key)
            focused = page.evaluate("document.activeElement.shadowRoot?.activeElement?.textContent ?? ''")
            if name in focused:
                return
        pytest.fail(f"{name} is out of reach of the keyboard")

    tab_to("No")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Thank you for telling us.")).to_be_visible()
    page.get_by_label("Write a message").focus()
    tab_to("Talk to a person", "Tab")
    page.keyboard.press("Space")
    expect(page.get_by_text("You are number 1 in the queue")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Ask Tarnwick")).to_be_focused()


def test_a_narrow_screen_is_filled_and_never_scrolls_sideways(site: Site) -> None:
    context = site.context()
    page = site.visit(context)
    page.set_viewport_size({"width": 360, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.get_by_role("button", name="Ask Tarnwick").click()
    box = page.get_by_role("dialog", name="Tarnwick Help").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 360, "height": 640}
    page.get_by_label("Write a message").fill("unbroken" * 40)
    page.get_by_label("Write a message").press("Enter")
    expect(page.get_by_text("You said: unbroken")).to_be_visible()
    assert page.evaluate("document.querySelector('deskmate-chat').shadowRoot.querySelector('.log').scrollWidth <= 360")
