"""What makes an agent quick: notes, tags, snippets, hints, a personal reply, passing on."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.shop_floor import ShopFloor


def test_an_agent_notes_tags_reuses_words_and_passes_the_chat_on(floor: ShopFloor) -> None:
    customer = floor.customer()
    customer.say("how do I send it back, with returns?")
    customer.sees("You said: how do I send it back, with returns?")
    customer.person.click()
    colleague = floor.staff("/desk", "Tom Reed")
    desk = floor.staff("/desk", "Priya Shah")
    expect(desk.get_by_role("button", name="Take Guest")).to_be_visible()
    desk.keyboard.press("Alt+t")
    reply = desk.get_by_label("Reply", exact=True)
    expect(reply).to_be_enabled()
    transcript = desk.get_by_role("log", name="Transcript")

    desk.keyboard.press("Alt+n")
    desk.keyboard.type("@Tom she is a regular")
    desk.keyboard.press("Enter")
    expect(transcript.get_by_text("Private note of Priya Shah")).to_be_visible()
    expect(colleague.get_by_text("Priya Shah: @Tom she is a regular")).to_be_visible()

    desk.get_by_label("Add a tag").fill("Fitting")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("button", name="Remove the tag fitting")).to_be_visible()

    reply.fill("You should have checked the size.")
    expect(desk.get_by_role("list", name="Hints on your draft").get_by_text("May sound like blame:")).to_be_visible()
    reply.fill("Thank you, {first_name}. Have a good day.")
    desk.keyboard.press("Alt+s")
    desk.get_by_label("Name for the reply as it stands").fill("Farewell")
    desk.keyboard.press("Enter")
    expect(desk.get_by_label("Search snippets")).to_be_hidden()
    reply.fill("")
    desk.keyboard.press("Alt+s")
    desk.get_by_label("Search snippets").fill("farewell")
    expect(desk.get_by_role("button", name="Farewell")).to_be_visible()
    desk.keyboard.press("Enter")
    expect(reply).to_have_value("Thank you, {first_name}. Have a good day.")

    reply.fill("")
    desk.get_by_role("article", name="Returns").get_by_role("button", name="Personal reply").click()
    expect(reply).to_have_value(
        "Hello, this is Priya.\n\nSend it back within 30 days.\n\nDoes that answer your question?"
    )
    desk.keyboard.press("Enter")
    customer.sees("Send it back within 30 days.")

    desk.keyboard.press("Alt+p")
    desk.get_by_label("Pass on to").select_option("Tom Reed (0 chats)")
    desk.get_by_label("What they need to know").fill("wants the label")
    desk.get_by_role("button", name="Pass the chat on").click()
    expect(customer.page.get_by_text("You are talking with Tom Reed.")).to_be_visible()
    colleague.get_by_role("button", name="Guest").first.click()
    expect(colleague.get_by_role("log", name="Transcript").get_by_text("@Tom Reed wants the label")).to_be_visible()
    assert customer.log.get_by_text("regular").count() == 0


def test_the_sound_stays_off_once_it_is_off(floor: ShopFloor) -> None:
    desk = floor.staff("/desk", "Priya Shah")
    desk.keyboard.press("Alt+m")
    expect(desk.get_by_role("button", name="Sound off")).to_be_visible()
    desk.reload()
    expect(desk.get_by_role("button", name="Sound off")).to_be_visible()
