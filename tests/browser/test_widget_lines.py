"""Lost networks, reloads and second tabs: nothing is lost, nothing is doubled."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Site


def test_a_reload_keeps_the_conversation(site: Site) -> None:
    customer = site.customer()
    customer.say("first")
    customer.sees("You said: first")
    before = customer.transcript()
    customer.page.reload()
    customer.sees("You said: first")
    customer.settle()
    assert customer.transcript() == before == ["first", "You said: first"]


def test_two_tabs_of_one_customer_show_the_same_transcript(site: Site) -> None:  # A15
    context = site.context()
    left, right = site.customer(context), site.customer(context)
    left.say("from the left")
    right.sees("You said: from the left")
    for number in range(10):
        (left if number % 2 else right).say(f"message {number}.")
    for tab in (left, right):
        tab.sees("You said: message 9.")
        expect(tab.bubbles).to_have_count(1 + 22)
        tab.settle()
    stored = [row["text"] for row in site.backend.only.rows]
    assert left.transcript() == right.transcript() == stored
    assert len(site.backend.conversations) == 1


def test_the_second_tab_can_come_first(site: Site) -> None:
    context = site.context()
    left, right = site.customer(context), site.customer(context)
    right.say("hello")
    left.sees("You said: hello")
    assert left.transcript() == ["hello", "You said: hello"]


def test_messages_typed_without_a_network_survive_a_reload_and_are_sent_once_in_order(site: Site) -> None:  # A20
    customer = site.customer()
    customer.say("before")
    customer.sees("You said: before")
    backend = site.backend
    backend.do(lambda: setattr(backend, "down", True))
    backend.do(backend.hang_up)
    expect(customer.page.get_by_text("You are not connected.")).to_be_visible()
    for word in ("one", "two", "three"):
        customer.say(word)
    keys = "Object.keys(localStorage).filter((key) => key.includes(':out:')).sort()"
    ids = customer.page.evaluate(f"{keys}.map((key) => JSON.parse(localStorage[key]).client_msg_id)")
    assert len(ids) == 3
    customer.page.reload()
    customer.sees("three")
    assert customer.page.evaluate(f"{keys}.length") == 3
    backend.do(lambda: setattr(backend, "down", False))
    customer.page.evaluate("dispatchEvent(new Event('online'))")
    customer.sees("You said: three")
    customer.settle()
    sent = [row["text"] for row in backend.only.rows if row["sender"] == "customer"]
    assert sent == ["before", "one", "two", "three"]
    assert [key for key in backend.only.ids if key in ids] == ids
    assert customer.page.evaluate(f"{keys}.length") == 0


def test_a_browser_that_goes_offline_sends_when_it_is_back(site: Site) -> None:
    context = site.context()
    customer = site.customer(context)
    context.set_offline(True)
    customer.say("typed in a tunnel")
    expect(customer.page.get_by_text("You are not connected.")).to_be_visible()
    context.set_offline(False)
    customer.sees("You said: typed in a tunnel")
    assert customer.transcript() == ["typed in a tunnel", "You said: typed in a tunnel"]


def test_a_lost_acknowledgement_never_doubles_a_message(site: Site) -> None:
    customer = site.customer()
    customer.say("before")
    customer.sees("You said: before")
    site.backend.do(lambda: setattr(site.backend, "silent_acks", 1))
    customer.say("the acknowledgement is lost")
    customer.sees("You said: the acknowledgement is lost")
    customer.settle()
    assert customer.transcript() == [row["text"] for row in site.backend.only.rows]
    assert len(customer.transcript()) == 4


def test_a_restored_history_replaces_what_was_on_the_page(site: Site) -> None:
    customer = site.customer()
    customer.say("kept")
    customer.sees("You said: kept")
    customer.say("lost in the restore")
    customer.sees("You said: lost in the restore")
    backend = site.backend
    backend.do(lambda: backend.restore("epoch-2", keep=2))
    expect(customer.bubbles).to_have_count(1 + 2)
    customer.say("after")
    customer.sees("You said: after")
    assert customer.transcript() == ["kept", "You said: kept", "after", "You said: after"]


def test_a_conversation_that_is_gone_is_replaced_and_the_message_still_arrives(site: Site) -> None:
    customer = site.customer()
    customer.say("old")
    customer.sees("You said: old")
    backend = site.backend
    backend.do(backend.conversations.clear)
    backend.do(lambda: setattr(backend, "down", True))
    customer.page.reload()
    customer.say("new")
    backend.do(lambda: setattr(backend, "down", False))
    customer.page.evaluate("dispatchEvent(new Event('online'))")
    customer.sees("You said: new")
    assert [row["text"] for row in backend.only.rows] == ["new", "You said: new"]
