"""Three agents and two customers at once: who has which chat, who looks, who takes over; no words are lost."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.shop_floor import ShopFloor


def transcript(desk: Page, words: str) -> None:
    expect(desk.get_by_role("log", name="Transcript").get_by_text(words, exact=True)).to_be_visible()


def test_three_agents_and_two_customers_at_once(floor: ShopFloor) -> None:
    ada, grace = floor.customer(), floor.customer()
    for customer, said in ((ada, "my parcel is late"), (grace, "how do returns work")):
        customer.say(said)
        customer.sees(f"You said: {said}")
        customer.person.click()
        expect(customer.page.get_by_text("in the queue", exact=False).first).to_be_visible()
    priya, tom = floor.staff("/desk", "Priya Shah"), floor.staff("/desk", "Tom Reed")
    boss = floor.staff("/desk", "Mia Stone", "admin")
    expect(tom.get_by_role("button", name="Take Guest")).to_have_count(2)

    priya.keyboard.press("Alt+t")  # each takes the next one, and gets another chat
    transcript(priya, "my parcel is late")
    expect(tom.get_by_role("button", name="Take Guest")).to_have_count(1)
    tom.keyboard.press("Alt+t")
    transcript(tom, "how do returns work")
    expect(boss.get_by_role("button", name="Take Guest")).to_have_count(0)
    for desk, words in ((priya, "Good morning Ada."), (tom, "Good morning Grace.")):
        expect(desk.get_by_label("Reply", exact=True)).to_be_enabled()
        desk.get_by_label("Reply", exact=True).fill(words)
        desk.keyboard.press("Enter")
    ada.sees("Good morning Ada.")
    grace.sees("Good morning Grace.")
    expect(priya.get_by_text("Seen", exact=True)).to_be_visible()
    assert ada.log.get_by_text("Grace").count() == 0

    # a supervisor looks in quietly: Priya sees it, the customer reads nothing of it
    lines = ada.transcript()
    boss.keyboard.press("Alt+l")
    boss.get_by_role("button", name="Guest, with Priya Shah").click()
    transcript(boss, "my parcel is late")
    expect(priya.get_by_text("Mia Stone is here too")).to_be_visible()
    assert ada.transcript() == lines
    priya.get_by_label("Reply", exact=True).press_sequentially("I am just ")
    expect(boss.get_by_text("Priya Shah is writing")).to_be_visible()

    # and takes the chat over; what Priya was writing stays with her
    boss.get_by_role("button", name="Take over").click()
    expect(ada.page.get_by_text("You are talking with Mia Stone.")).to_be_visible()
    expect(priya.get_by_text("With Mia Stone")).to_be_visible()
    expect(priya.get_by_label("Reply", exact=True)).to_be_disabled()
    expect(priya.get_by_label("Reply", exact=True)).to_have_value("I am just ")
    boss.get_by_label("Reply", exact=True).fill("Mia here, I have your parcel.")
    boss.keyboard.press("Enter")
    ada.sees("Mia here, I have your parcel.")

    # the customer asks for the bot again
    grace.page.get_by_role("button", name="Back to the assistant").click()
    grace.say("and the price?")
    grace.sees("You said: and the price?")
    expect(tom.get_by_label("Reply", exact=True)).to_be_disabled()
    for page in (priya, tom, boss, ada.page, grace.page):
        assert page.evaluate("window.violations") == []


def test_a_reply_to_a_chat_that_another_screen_has_closed_stays_on_screen(floor: ShopFloor) -> None:
    """C11."""
    customer = floor.customer()
    customer.say("hello")
    customer.sees("You said: hello")
    customer.person.click()
    desk = floor.staff("/desk", "Priya Shah")
    desk.get_by_role("button", name="Take Guest").click()
    reply = desk.get_by_label("Reply", exact=True)
    expect(reply).to_be_enabled()
    desk.route("**/agent-messages", lambda route: route.fulfill(
        status=409, json={"error": {"code": "held_by_closed", "message": "This chat is closed."}}
    ))  # fmt: skip
    reply.fill("Nobody must lose these words.")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("Not sent. This chat is closed.")).to_be_visible()
    transcript(desk, "Nobody must lose these words.")


def test_a_draft_and_a_macro_are_there_on_the_next_screen(floor: ShopFloor) -> None:
    customer = floor.customer()
    customer.say("hello")
    customer.sees("You said: hello")
    customer.person.click()
    desk = floor.staff("/desk", "Priya Shah")
    desk.get_by_role("button", name="Take Guest").click()
    reply = desk.get_by_label("Reply", exact=True)
    expect(reply).to_be_enabled()
    with desk.expect_response("**/place"):
        reply.fill("I was going to say")
    desk.keyboard.press("Alt+a")
    desk.get_by_role("button", name="New macro").click()
    desk.get_by_label("Name of the macro").fill("Goodbye")
    desk.get_by_role("textbox", name="Say to the customer").fill("Goodbye, and thank you.")
    desk.get_by_label("Add a step").select_option("close")
    desk.get_by_role("button", name="Add a step").click()
    desk.get_by_role("button", name="Keep the macro").click()
    expect(desk.get_by_role("button", name="Goodbye Say to the customer")).to_be_visible()
    desk.reload()
    desk.get_by_role("navigation", name="Chats").get_by_role("button", name="Guest").click()
    expect(reply).to_have_value("I was going to say")
    expect(reply).to_be_enabled()
    desk.keyboard.press("Alt+a")
    desk.get_by_label("Search macros").fill("good")
    expect(desk.get_by_role("button", name="Goodbye Say to the customer")).to_be_visible()
    desk.keyboard.press("Enter")
    customer.sees("Goodbye, and thank you.")
    expect(customer.page.get_by_role("button", name="5 of 5 stars")).to_be_visible()
