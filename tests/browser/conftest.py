"""A real Chromium, and the pages served to it."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.fake_backend import FakeBackend, build
from tests.browser.widget_page import RECORD_VIOLATIONS, WidgetPage

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium: the system's, found through PATH."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), headless=True, args=CHROMIUM_FLAGS
        )
        yield browser
        browser.close()


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Serve an app on a free port of the loopback and give its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", ws="websockets-sansio", timeout_graceful_shutdown=2)
    )
    started = threading.Event()
    original = server.startup

    async def startup(sockets: list[socket.socket] | None = None) -> None:
        await original(sockets=sockets)
        started.set()

    server.startup = startup  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    assert started.wait(20)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@dataclass
class Site:
    """The pages on a fake back end, and a way to visit them as different people."""

    address: str
    backend: FakeBackend
    context: Callable[..., BrowserContext]

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

    def context(**options: object) -> BrowserContext:
        made = browser.new_context(
            viewport={"width": 1280, "height": 860}, locale="en-GB", reduced_motion="reduce", **options
        )  # type: ignore[arg-type]
        made.set_default_timeout(8000)
        contexts.append(made)
        return made

    with served(build(backend)) as address:
        yield Site(address, backend, context)
        for made in contexts:
            made.close()
