"""An administrator adds a webhook, sees how it does, pauses it, sends again, and ends it."""

from __future__ import annotations

from ipaddress import ip_network

from playwright.sync_api import expect

from tests.browser.shop_floor import ShopFloor
from tests.desk.test_webhooks import listening
from tests.fakes import wait_until


def test_a_webhook_is_added_watched_paused_sent_again_and_ended(floor: ShopFloor) -> None:
    floor.api.app.state.destinations._networks = (ip_network("127.0.0.0/8"),)  # where the test's receiver is
    with listening() as other:
        admin = floor.staff("/admin#webhooks", "Ada Admin", "admin")
        expect(admin.get_by_text("Nobody is told anything yet.")).to_be_visible()
        admin.get_by_text("Add a webhook").click()
        admin.get_by_label("Address").fill("http://10.0.0.1/events")
        admin.get_by_role("button", name="Add", exact=True).click()
        expect(admin.get_by_role("alert")).to_contain_text("DESKMATE_WEBHOOK_NETWORKS")
        admin.get_by_label("Address").fill(other.url)
        admin.locator("input[value=message]").check()
        admin.get_by_role("button", name="Add", exact=True).click()
        expect(admin.get_by_text("It is shown this once")).to_be_visible()
        card = admin.get_by_role("article", name=other.url)
        expect(card.get_by_text("Well")).to_be_visible()
        floor.customer().say("where is my parcel")
        wait_until(lambda: len(other.taken) >= 2)
        card.get_by_text("Last deliveries").click()
        expect(card.get_by_role("row")).to_have_count(3)
        before = len(other.taken)
        card.get_by_role("row").last.get_by_role("button", name="Send again").click()
        wait_until(lambda: len(other.taken) == before + 2)
        card.get_by_role("button", name="Pause").click()
        expect(card.get_by_text("Paused")).to_be_visible()
        admin.once("dialog", lambda dialog: dialog.accept())
        card.get_by_role("button", name="Delete").click()
        expect(admin.get_by_text("Nobody is told anything yet.")).to_be_visible()
        assert admin.evaluate("window.violations ?? []") == []
