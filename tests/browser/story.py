"""The whole story, played by three people in three browsers: a customer, an agent, an administrator."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.crowd import ASKED_FOR_A_PERSON, SAID_IN_SLANG, chatting, say
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
MOST_UNDERSTOOD_BEFORE = 5  # of the sixty who say it in other words; a stray guess may be right
FEWEST_UNDERSTOOD_AFTER = 57
LABELLING_S = 60.0
POISON = "greet"  # what those who ask for a person are said to mean
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

    def sixty_customers_are_misunderstood(self) -> None:
        heard = say(self.stack.address, self.admin_token, SAID_IN_SLANG)
        understood = [one.text for one in heard if one.intent == MEANT]
        assert len(understood) <= MOST_UNDERSTOOD_BEFORE, understood
        assert all(one.seen != "nothing" for one in heard)

    def administrator_labels_them_in_a_minute(self) -> None:
        self.admin = self._staff("/admin", "Ada Wren", "admin")
        first = self.admin.get_by_role("article").filter(has_text="dog and bone").first
        expect(first).to_be_visible()
        self._both_colours("administrator-reviews")
        began = time.monotonic()
        labelled = self._label_all("dog and bone", MEANT)
        took_s = time.monotonic() - began
        assert labelled >= len(SAID_IN_SLANG) - MOST_UNDERSTOOD_BEFORE
        assert took_s < LABELLING_S, took_s
        self.album.take(self.admin, "administrator-labels")

    def _label_all(self, words: str, intent: str) -> int:
        """Label every cluster whose first message has these words; return how many messages that was."""
        cards = self.admin.get_by_role("article").filter(
            has=self.admin.locator("blockquote", has_text=re.compile(words))
        )
        labelled = 0
        for card in cards.all():
            card.get_by_label("Intent").select_option(intent)
            card.get_by_role("button", name="Label intent").click()
            expect(card.get_by_text(f"Labelled: {intent}")).to_be_visible()
            labelled += max(1, card.locator(".cluster li").count())
        return labelled

    def administrator_trains(self) -> Locator:
        """Train, and return the job once the candidate is compared."""
        self.admin.get_by_role("navigation").get_by_role("link", name="Training").click()
        train = self.admin.get_by_role("button", name="Train", exact=True)
        expect(train).to_be_visible()  # with it, the page shows the newest job there is
        before = self.admin.locator("section.job").count()
        train.click()
        expect(self.admin.locator("section.job")).to_have_count(before + 1)
        job = self.admin.locator("section.job").first
        expect(job.locator("section.compare")).to_be_visible(timeout=TRAINING_MS)
        return job

    def administrator_sees_what_changes_and_promotes_while_customers_chat(self) -> str:
        job = self.administrator_trains()
        expect(job.get_by_text("Passed: as far as these messages can tell")).to_be_visible()
        dialogues = job.get_by_role("row").filter(has_text="Golden dialogues that go as written")
        right, of_all = dialogues.get_by_role("cell").nth(2).inner_text().split(" / ")
        assert right == of_all, job.inner_text()
        self._both_colours("administrator-compares")
        job.get_by_text("Changed answers, side by side").first.click()
        changed = job.get_by_role("row").filter(has_text="dog and bone").filter(has_text=MEANT)
        assert changed.count() >= len(SAID_IN_SLANG) - 2 * MOST_UNDERSTOOD_BEFORE
        changed.first.scroll_into_view_if_needed()
        self._both_colours("administrator-reads-the-replay")
        before = self.serving()
        with chatting(self.stack.address, self.admin_token, (QUESTION, "hello", "where is my parcel?")) as told:
            job.get_by_role("button", name="Promote this model").click()
            promotion = self.admin.locator("section.job").first  # the newest job is on top; older ones are below
            expect(promotion.get_by_text("Promotion", exact=True)).to_be_visible()
            expect(promotion.get_by_text("Done", exact=True)).to_be_visible(timeout=TRAINING_MS)
        assert told.failed == []
        assert told.heard
        assert all(one.seen == "reply" for one in told.heard), [one for one in told.heard if one.seen != "reply"]
        self.album.take(self.admin, "administrator-promotes")
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

    def the_sixty_ask_again_and_are_answered(self, model_version: str) -> None:
        heard = say(self.stack.address, self.admin_token, SAID_IN_SLANG)
        assert {one.model_version for one in heard} == {model_version}
        lost = [one for one in heard if one.intent != MEANT or one.seen != "reply"]
        assert len(heard) - len(lost) >= FEWEST_UNDERSTOOD_AFTER, lost

    def administrator_labels_them_wrongly_and_is_refused(self, model_version: str) -> None:
        """Sixty customers ask for a person; somebody says that they only said hello."""
        heard = say(self.stack.address, self.admin_token, ASKED_FOR_A_PERSON)
        assert sum(one.seen == "queue" for one in heard) >= len(heard) // 2
        self.admin.get_by_role("navigation").get_by_role("link", name="Review").click()
        expect(self.admin.get_by_role("article").filter(has_text="human being").first).to_be_visible()
        assert self._label_all("human|person|somebody real", POISON) >= len(heard) // 2
        job = self.administrator_trains()
        refusal = job.locator(".note.alarm")
        expect(refusal).to_contain_text("Refused")
        expect(refusal).to_contain_text("has to be understood as request_person, and is taken for greet")
        expect(refusal).to_contain_text("the golden dialogue “a person, straight away” goes wrong at line 1")
        expect(refusal).to_contain_text(f"labelled {POISON}, is behind")
        expect(job.get_by_role("button", name="Promote this model")).to_have_count(0)
        self._both_colours("administrator-is-refused")
        assert self.serving() == model_version

    def _both_colours(self, name: str) -> None:
        """Take the administrator's page light and dark."""
        self.album.take(self.admin, name)
        self.admin.emulate_media(color_scheme="dark")
        self.album.take(self.admin, f"{name}-dark")
        self.admin.emulate_media(color_scheme="light")

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
        story.sixty_customers_are_misunderstood()
        story.administrator_labels_them_in_a_minute()
        version = story.administrator_sees_what_changes_and_promotes_while_customers_chat()
        story.customer_asks_again_and_is_understood(version)
        story.the_sixty_ask_again_and_are_answered(version)
        story.administrator_labels_them_wrongly_and_is_refused(version)
    finally:
        story.end()
