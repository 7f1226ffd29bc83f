"""The desk's left column: whose turn it is, and what is owed outside the chat."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.shop_floor import ShopFloor


def test_an_address_that_a_customer_left_is_answered_and_ticked_off(floor: ShopFloor) -> None:
    customer = floor.customer()
    customer.say("my stove is broken")
    customer.sees("You said: my stove is broken")
    customer.person.click()
    customer.page.get_by_role("button", name="Leave my contact details instead").click()
    customer.page.get_by_label("E-mail").fill("ada@example.org")
    customer.page.get_by_text("You may use these details").click()
    customer.page.get_by_role("button", name="Send", exact=True).first.click()
    expect(customer.page.get_by_text("A person will get back to you.")).to_be_visible()
    desk = floor.staff("/desk", "Priya Shah")
    expect(desk.get_by_text("Your turn")).to_be_visible()
    owed = desk.get_by_role("region", name="To answer elsewhere")
    expect(owed.get_by_text("ada@example.org")).to_be_visible()
    owed.get_by_role("button", name="Take on").click()
    owed.get_by_label("What came of it").fill("Sent her the spare part.")
    owed.get_by_role("button", name="Done").click()
    expect(owed).to_be_hidden()


def test_the_wall_leads_to_who_is_upset(floor: ShopFloor) -> None:
    floor.rasa.behave = lambda call: call.reply("Sorry.", frustration=0.8)
    customer = floor.customer()
    customer.say("this is useless!!")
    customer.page.get_by_role("group", name="Choices").get_by_role("button", name="Talk to a person").click()
    desk = floor.staff("/desk", "Priya Shah")
    expect(desk.get_by_text("Your turn")).to_be_visible()
    desk.keyboard.press("Alt+l")
    wall = desk.get_by_role("dialog", name="Wall")
    expect(wall.get_by_text("Priya Shah")).to_be_visible()
    wall.get_by_role("button", name="Guest").click()
    expect(desk.get_by_role("log", name="Transcript").get_by_text("this is useless!!")).to_be_visible()
