"""The whole story, played by three people in three browsers: a customer, an agent, an administrator."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.serving import new_context
from tests.browser.shop_floor import PASSWORD, log_in
from tests.browser.widget_page import WidgetPage
from tests.installation import Stack

TURN_MS = 30_000
TRAINING_MS = 900_000

QUESTION = "Can I return sale items?"
ANSWERED_BY = "/help/outlet-returns"
MISUNDERSTOOD = "get me on the dog and bone"
MEANT = "request_callback"
ASKED_AGAIN = (
    "could you get me on the dog and bone this afternoon",
    "can you get hold of me on the dog and bone",
    "please get me on the dog and bone before lunch",
)
ANNOYED = "this is useless!! you never understand me, I am so fed up"
NEXT_QUESTION = "I have worn the boots outside twice and they rub. May I still send them back?"


@dataclass
class Album:
    """A folder of screenshots, numbered in the order they were taken."""

    folder: Path
    taken: int = 0

    def take(self, page: Page, name: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.taken += 1
        page.screenshot(path=self.folder / f"{self.taken:02d}-{name}.png")


@dataclass
class Story:
    """Who takes part, and what each of them does."""

    browser: Browser
    stack: Stack
    album: Album

    def __post_init__(self) -> None:
        self.contexts: list[BrowserContext] = []
        self.customer = self._shop("customer")
        self.admin_token = self.stack.token("admin")

    def end(self) -> None:
        for context in self.contexts:
            context.close()

    def _context(self) -> BrowserContext:
        self.contexts.append(new_context(self.browser))
        self.contexts[-1].set_default_timeout(TURN_MS)
        return self.contexts[-1]

    def _shop(self, _who: str) -> WidgetPage:
        page = self._context().new_page()
        page.goto(self.stack.address)
        return WidgetPage(page).open()

    def _staff(self, path: str, name: str, role: str) -> Page:
        email = f"{name.split()[0].lower()}@tarnwick.example"
        options = ("--email", email, "--name", name, "--password", PASSWORD, "--role", role)
        self.stack.deskmate("agent", "create", *options)
        page = self._context().new_page()
        page.goto(self.stack.address + path)
        log_in(page, email)
        return page

    # ---- the customer and the bot ----------------------------------------------------------------------------

    def ask(self, customer: WidgetPage, text: str) -> Locator:
        """Say something and return the bot's last bubble of the answer."""
        before = customer.log.locator(".bot").count()
        customer.say(text)
        answers = customer.log.locator(".bot")
        expect(answers.nth(before)).to_be_visible(timeout=TURN_MS)
        expect(customer.page.locator(".typing .dots")).to_have_count(0, timeout=TURN_MS)
        return answers.last

    def customer_is_answered(self) -> None:
        answer = self.ask(self.customer, QUESTION)
        source = self.customer.log.locator(".source a").first
        expect(source).to_have_attribute("href", self.stack.address + ANSWERED_BY)
        expect(answer).to_be_visible()
        self.album.take(self.customer.page, "customer-is-answered")

    def customer_is_misunderstood(self) -> None:
        self.ask(self.customer, MISUNDERSTOOD)
        assert self.intent_of(MISUNDERSTOOD) != MEANT, "understood already; the story needs another phrase"

    def customer_gets_annoyed_and_is_handed_over(self) -> None:
        self.ask(self.customer, ANNOYED)
        accept = self.customer.log.locator(".chips:visible").last.get_by_role("button").first
        expect(accept).to_be_visible()
        self.album.take(self.customer.page, "customer-is-offered-a-person")
        accept.click()
        expect(self.customer.page.get_by_text("in the queue").first).to_be_visible(timeout=TURN_MS)
        self.album.take(self.customer.page, "customer-waits")

    # ---- the agent -------------------------------------------------------------------------------------------

    def agent_takes_over_and_answers_with_a_suggestion(self) -> None:
        desk = self._staff("/desk", "Priya Shah", "agent")
        desk.set_viewport_size({"width": 1440, "height": 900})
        desk.get_by_role("button", name="Take Guest").first.click()
        reply = desk.get_by_label("Reply", exact=True)
        expect(reply).to_be_enabled()
        transcript = desk.get_by_role("log", name="Transcript")
        for said in (QUESTION, MISUNDERSTOOD, ANNOYED):
            expect(transcript.get_by_text(said)).to_be_visible()
        desk.get_by_role("tab", name="Context").click()
        expect(desk.get_by_role("heading", name="Frustration over time")).to_be_visible()
        self.album.take(desk, "agent-reads-the-context")
        reply.fill("Hello, I am Priya. I am sorry that you had to ask twice; I have read everything above.")
        reply.press("Enter")
        self.customer.sees("Hello, I am Priya.")
        self.customer.say(NEXT_QUESTION)
        desk.get_by_role("tab", name="Suggestions").click()
        expect(desk.get_by_text(NEXT_QUESTION).first).to_be_visible()
        first = desk.locator("article.suggestion:not(.internal)").first
        expect(first).to_be_visible()
        suggested = first.locator(".answer").inner_text().split("\n")[0]
        desk.keyboard.press("Alt+1")
        expect(reply).not_to_have_value("")
        self.album.take(desk, "agent-uses-a-suggestion")
        reply.press("Enter")
        expect(self.customer.log.locator(".agent").last).to_contain_text(suggested)
        self.album.take(self.customer.page, "customer-talks-with-a-person")
        desk.get_by_role("button", name="Close", exact=True).click()
        desk.get_by_label("Solved", exact=True).check()
        desk.get_by_role("button", name="Close the chat").click()
        self.customer.page.get_by_role("button", name="5 of 5 stars").click()
        expect(self.customer.page.get_by_text("Thank you, that helps us.")).to_be_visible()

    # ---- the administrator -----------------------------------------------------------------------------------

    def administrator_labels_trains_and_promotes(self) -> str:
        admin = self._staff("/admin", "Ada Wren", "admin")
        card = admin.get_by_role("article").filter(has_text=MISUNDERSTOOD).first
        card.get_by_label("Intent").select_option(MEANT)
        card.get_by_role("button", name="Label intent").click()
        expect(card.get_by_text(f"Labelled: {MEANT}")).to_be_visible()
        self.album.take(admin, "administrator-labels")
        admin.get_by_role("navigation").get_by_role("link", name="Training").click()
        admin.get_by_role("button", name="Train", exact=True).click()
        promote = admin.get_by_role("button", name="Promote this model")
        expect(promote).to_be_visible(timeout=TRAINING_MS)
        self.album.take(admin, "administrator-compares")
        before = self.serving()
        promote.click()
        job = admin.locator("section.job").first  # the newest job is on top; older promotions are below
        expect(job.get_by_text("Promotion", exact=True)).to_be_visible()
        expect(job.get_by_text("Done", exact=True)).to_be_visible(timeout=TRAINING_MS)
        self.album.take(admin, "administrator-promotes")
        after = self.serving()
        assert after != before
        return after

    def customer_asks_again_and_is_understood(self, model_version: str) -> None:
        for number, wording in enumerate(ASKED_AGAIN):
            customer = self._shop(f"again {number}")
            self.ask(customer, wording)
            turn = self.turn_of(wording)
            assert (turn["intent"], turn["model_version"]) == (MEANT, model_version), (wording, turn)
            self.album.take(customer.page, f"customer-is-understood-{number + 1}")

    # ---- looking behind the scenes ---------------------------------------------------------------------------

    def _get(self, path: str) -> dict[str, object]:
        headers = {"Authorization": f"Bearer {self.admin_token}"}
        answer = httpx.get(self.stack.address + path, headers=headers, timeout=20, trust_env=False)
        assert answer.status_code == 200, answer.text
        body: dict[str, object] = answer.json()
        return body

    def serving(self) -> str:
        return str(self._get("/v1/models")["current"])

    def turn_of(self, said: str) -> dict[str, object]:
        """What the bot made of a message, in the newest conversation that has it."""
        listed = self._get(f"/v1/conversations?q={httpx.QueryParams({'q': said})['q']}&limit=1")["conversations"]
        assert isinstance(listed, list)
        conversation = listed[0]["conversation_id"]
        messages = self._get(f"/v1/conversations/{conversation}/messages?after=0")["messages"]
        turns = self._get(f"/v1/conversations/{conversation}")["turns"]
        assert isinstance(messages, list)
        assert isinstance(turns, list)
        [message_id] = [row["message_id"] for row in messages if row["text"] == said]
        [turn] = [turn for turn in turns if turn["message_id"] == message_id]
        found: dict[str, object] = turn
        return found

    def intent_of(self, said: str) -> str:
        return str(self.turn_of(said)["intent"])


def play(browser: Browser, stack: Stack, album: Album) -> None:
    """Play the story from the first question to the last."""
    story = Story(browser, stack, album)
    try:
        story.customer_is_answered()
        story.customer_is_misunderstood()
        story.customer_gets_annoyed_and_is_handed_over()
        story.agent_takes_over_and_answers_with_a_suggestion()
        version = story.administrator_labels_trains_and_promotes()
        story.customer_asks_again_and_is_understood(version)
    finally:
        story.end()
