"""An administrator gives out and erases one customer's data, and reads the audit log."""

from __future__ import annotations

import threading
import zipfile
from pathlib import Path

from playwright.sync_api import expect

from api.processes.places import ROOT, Places
from api.security.secrets import ensure_secrets
from api.worker.service import work_until
from api.worker.workshop import Workshop
from tests.browser.shop_floor import ShopFloor


def test_one_customer_is_found_given_out_and_erased(floor: ShopFloor, tmp_path: Path) -> None:
    api = floor.api
    ensure_secrets(api.settings.secrets_dir)
    customer = floor.customer()
    customer.say("my flask leaks, says Wilhelmina")
    expect(customer.log.locator(".bot").last).to_be_visible()
    customer.person.click()
    expect(customer.page.get_by_text("You are number 1 in the queue")).to_be_visible()
    [conversation_id] = api.store.read_sync(
        lambda s: [row[0] for row in s.connection().exec_driver_sql("SELECT id FROM conversation")]
    )
    admin = floor.staff("/admin#privacy", "Ada Admin", "admin")
    admin.get_by_label("Conversation", exact=True).fill(conversation_id)
    admin.get_by_role("button", name="Find").click()
    expect(admin.get_by_text("1 conversations; in 0 the website vouched")).to_be_visible()
    expect(admin.get_by_role("row", name="Messages")).to_be_visible()
    with admin.expect_download() as download:
        admin.get_by_role("button", name="Save everything as a zip").click()
    download.value.save_as(tmp_path / "customer.zip")
    with zipfile.ZipFile(tmp_path / "customer.zip") as archive:
        assert b"Wilhelmina" in archive.read(f"transcripts/{conversation_id}.txt")
    stop = threading.Event()
    places = Places(root=ROOT, var=api.settings.var_dir)
    places.make()
    worker = threading.Thread(target=work_until, args=(Workshop(api.settings, places, api.store, api.clock), stop))
    worker.start()
    try:
        admin.get_by_label("Erasing cannot be undone").fill("erase")
        admin.get_by_role("button", name="Erase for good").click()
        expect(admin.get_by_text("1 conversations erased")).to_be_visible(timeout=120_000)
    finally:
        stop.set()
        worker.join(20)
    expect(admin.get_by_role("table", name="Receipts of erasures").get_by_role("row")).to_have_count(2)
    admin.get_by_role("navigation").get_by_role("link", name="Audit log").click()
    for deed in ("hand_off", "export_customer", "erase_customer"):
        expect(admin.get_by_role("cell", name=deed, exact=True)).to_have_count(1)
    admin.get_by_role("button", name="Check every line").click()
    expect(admin.get_by_text("all as they were written")).to_be_visible()
    admin.get_by_role("navigation").get_by_role("link", name="Privacy").click()
    expect(admin.get_by_role("heading", name="One customer")).to_be_visible()
