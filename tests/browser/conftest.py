"""A real Chromium, and the pages served to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.fake_backend import FakeBackend, build
from tests.browser.serving import PATIENCE_MS, RECORD_VIOLATIONS, chromium, new_context, served
from tests.browser.shop_floor import ShopFloor, shop_floor
from tests.browser.widget_page import WidgetPage

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="package")  # not longer: Playwright keeps an event loop running in this thread
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@dataclass
class Site:
    """The pages on a fake back end, and a way to visit them as different people."""

    address: str
    backend: FakeBackend
    context: Callable[[], BrowserContext]

    def visit(self, context: BrowserContext | None = None, path: str = "/") -> Page:
        """Open a page and watch it for violations of the content policy."""
        page = (context or self.context()).new_page()
        page.add_init_script(RECORD_VIOLATIONS)
        page.goto(self.address + path)
        return page

    def customer(self, context: BrowserContext | None = None) -> WidgetPage:
        """Visit the shop and open the chat."""
        return WidgetPage(self.visit(context)).open()


@pytest.fixture
def site(browser: Browser) -> Iterator[Site]:
    backend = FakeBackend()
    contexts: list[BrowserContext] = []

    def context() -> BrowserContext:
        contexts.append(new_context(browser))
        return contexts[-1]

    with served(build(backend)) as address:
        yield Site(address, backend, context)
        for made in contexts:
            made.close()


@pytest.fixture
def floor(browser: Browser, tmp_path: Path) -> Iterator[ShopFloor]:
    with shop_floor(browser, tmp_path / "var") as running:
        yield running
