"""The widget as a customer meets it: what one can see and do on the page."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect


class WidgetPage:
    """A customer's view of one tab."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.launcher = page.get_by_role("button", name="Ask Tarnwick")
        self.input = page.get_by_label("Write a message")
        self.log = page.get_by_role("log", name="Conversation")
        self.bubbles = self.log.locator(".bubble")
        self.person = page.get_by_role("button", name="Talk to a person")

    def open(self) -> WidgetPage:
        """Open the chat."""
        self.launcher.click()
        expect(self.input).to_be_focused()
        return self

    def say(self, text: str) -> None:
        """Write a message and send it by Enter."""
        self.input.fill(text)
        self.input.press("Enter")

    def sees(self, text: str) -> Locator:
        """Wait for one bubble with exactly this text."""
        bubble = self.bubbles.filter(has_text=text)
        expect(bubble.first).to_be_visible()
        return bubble

    def transcript(self) -> list[str]:
        """Every stored line on the page, in order, without the greeting."""
        return self.bubbles.all_inner_texts()[1:]

    def settle(self) -> None:
        """Wait until nothing is waiting to be acknowledged."""
        expect(self.log.locator(".waiting")).to_have_count(0)

    def violations(self) -> list[str]:
        """What the content policy had to stop so far."""
        stopped: list[str] = self.page.evaluate("window.violations ?? []")
        return stopped
