"""The real API with people in it and a fake Rasa behind it: everything but the models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Page, expect

from api.security.accounts import NewAccount, create_account
from tests.browser.serving import RECORD_VIOLATIONS, new_context, served
from tests.browser.widget_page import WidgetPage
from tests.fakes import FakeRasa
from tests.installation import free_ports
from tests.running import RunningApi

PASSWORD = "seven quiet lanterns"


@dataclass
class ShopFloor:
    """Customers, agents and administrators, each in a browser context of their own."""

    address: str
    host: str  # another website's address that may carry the widget
    api: RunningApi
    rasa: FakeRasa
    context: Callable[[], BrowserContext]

    def page(self, path: str, context: BrowserContext | None = None) -> Page:
        page = (context or self.context()).new_page()
        page.add_init_script(RECORD_VIOLATIONS)
        page.goto(self.address + path)
        return page

    def customer(self) -> WidgetPage:
        """A customer with the chat open."""
        return WidgetPage(self.page("/")).open()

    def account(self, name: str, role: Literal["agent", "admin"] = "agent") -> str:
        """Add somebody who can log in; returns their e-mail address."""
        email = f"{name.split()[0].lower()}@tarnwick.example"
        account = NewAccount(name=name, email=email, password=PASSWORD, role=role)
        self.api.store.write_sync(lambda session: create_account(session, account, by="test", now=datetime.now(UTC)).id)
        return email

    def staff(self, path: str, name: str, role: Literal["agent", "admin"] = "agent") -> Page:
        """Somebody of ours, logged in at `/desk` or `/admin`."""
        page = self.page(path)
        log_in(page, self.account(name, role))
        return page


def log_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Log in as a person does."""
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()


@contextmanager
def shop_floor(browser: Browser, var: Path) -> Iterator[ShopFloor]:
    """Run the API on a free port until the test ends."""
    port, host_port = free_ports(2)
    address, host = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{host_port}"
    contexts: list[BrowserContext] = []

    def context() -> BrowserContext:
        contexts.append(new_context(browser))
        return contexts[-1]

    with FakeRasa() as rasa:
        api = RunningApi(var, rasa, allowed_origins=f"{address},{host}")
        with served(api.app, port):
            yield ShopFloor(address, host, api, rasa, context)
            for made in contexts:
                made.close()
        api.store.close()
