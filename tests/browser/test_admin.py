"""An administrator reviews, labels, edits and looks after the service."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import select

from api.security.accounts import create_setup_link
from api.store.tables import ArticleVersion, Intent, Job, Label, Model, SynonymList, TrainingExample
from tests.browser.shop_floor import ShopFloor
from tests.fakes import Call, wait_until


def unsure(call: Call) -> None:
    """A bot that does not understand."""
    call.reply("I am not sure what you mean.", outcome="fallback")


def add_intent(floor: ShopFloor, name: str) -> None:
    floor.api.store.write_sync(
        lambda s: s.add(
            Intent(name=name, outcome="response", target="utter_greet", description="", created_at=datetime.now(UTC))
        )
    )


def misunderstood(floor: ShopFloor, said: str) -> Page:
    """The review list after one message went wrong, seen by an administrator."""
    floor.rasa.behave = unsure
    customer = floor.customer()
    customer.say(said)
    customer.sees("I am not sure what you mean.")
    customer.person.click()
    expect(customer.page.get_by_text("You are number 1 in the queue")).to_be_visible()
    return floor.staff("/admin", "Ada Admin", "admin")


def test_an_agent_cannot_log_in_to_the_administration(floor: ShopFloor) -> None:
    page = floor.page("/admin")
    page.get_by_label("E-mail").fill(floor.account("Priya Shah"))
    page.get_by_label("Password").fill("seven quiet lanterns")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("This needs an administrator's account.")).to_be_visible()


def test_a_misunderstood_message_is_labelled_to_an_intent(floor: ShopFloor) -> None:
    add_intent(floor, "zip_repair")
    admin = misunderstood(floor, "teeth of my zip fell out")
    card = admin.get_by_role("article").filter(has_text="teeth of my zip fell out")
    card.get_by_label("Intent").select_option("zip_repair")
    card.get_by_role("button", name="Label intent").click()
    expect(card.get_by_text("Labelled: zip_repair")).to_be_visible()
    [label] = floor.api.store.read_sync(lambda s: list(s.scalars(select(Label))))
    examples = floor.api.store.read_sync(lambda s: list(s.scalars(select(TrainingExample.text))))
    assert (label.intent, examples) == ("zip_repair", ["teeth of my zip fell out"])


def test_a_message_becomes_one_of_an_articles_questions(floor: ShopFloor) -> None:
    admin = misunderstood(floor, "the courier left it where")
    card = admin.get_by_role("article").filter(has_text="the courier left it where")
    card.get_by_label("Article").fill("no such page")
    card.get_by_role("button", name="Label article").click()
    expect(card.get_by_text("Choose an article from the list.")).to_be_visible()
    card.get_by_label("Article").fill("Where is my parcel")
    card.get_by_role("button", name="Label article").click()
    expect(card.get_by_text("Question of: Where is my parcel")).to_be_visible()


def test_a_cluster_is_labelled_with_one_key_and_taken_back_with_another(floor: ShopFloor) -> None:
    add_intent(floor, "out_of_scope")
    floor.rasa.behave = unsure
    for said in ("sing me a song", "sing a song"):
        customer = floor.customer()
        customer.say(said)
        customer.sees("I am not sure what you mean.")
    admin = floor.staff("/admin", "Ada Admin", "admin")
    card = admin.get_by_role("article").filter(has_text="2 messages in 2 conversations")
    card.focus()
    admin.keyboard.press("n")
    expect(card.get_by_text("Not for us", exact=True)).to_be_visible()
    texts = lambda: floor.api.store.read_sync(  # noqa: E731
        lambda s: sorted(s.scalars(select(TrainingExample.text).where(TrainingExample.deleted_at.is_(None))))
    )
    assert texts() == ["sing a song", "sing me a song"]
    card.focus()
    admin.keyboard.press("u")
    expect(card.get_by_text("Taken back.")).to_be_visible()
    assert texts() == []
    assert admin.evaluate("window.violations") == []


COMPARED = {
    "cases": 180,
    "current": {"model_version": "m1", "accuracy": 0.95},
    "candidate": {"model_version": "m2", "accuracy": 0.90},
    "fixed": [],
    "broken": [{"text": "mend my zip", "label": "zip_repair", "was": "zip_repair", "now": "greet"}],
    "gate": {"passed": False, "reasons": ["9 held-out examples that were right are wrong now"]},
    "suspects": [{"text": "zip zip hooray", "label": "greet", "broke": ["mend my zip"]}],
    "answers": {"cases": 40, "current": {"accuracy": 1.0}, "candidate": {"accuracy": 0.975}},
    "golden": {"cases": 16, "wrong": [{"text": "good morning", "label": "greet", "now": "ask"}]},
    "dialogues": {
        "cases": 20,
        "lost": [
            {
                "dialogue": "a call-back",
                "line": 1,
                "text": "could somebody ring me",
                "expected": {"intent": "request_callback", "asks": "callback_phone"},
                "came": {"intent": "greet", "asks": "nothing"},
            }
        ],
        "wrong_before": [],
        "problem": "",
    },
    "cross_validation": {"candidate": {"examples": 900, "accuracy": 0.91}, "current": None},
    "receipts": {
        "corrections": 37,
        "right": 31,
        "wrong": 4,
        "broken": 2,
        "people": [{"name": "Ben", "corrections": 37, "right": 31, "wrong": 4, "broken": 2}],
        "open": [{"message_id": "x", "meant": "greet", "now": "ask", "became": "wrong", "by": "Ben"}],
    },
    "replay": {
        "messages": 200,
        "changed": 1,
        "hand_offs": {"before": 3, "after": 5},
        "shown": [
            {
                "message_id": "x",
                "conversation_id": "c",
                "text": "can I send it back",
                "before": {"intent": "ask", "outcome": "search", "gets": "Returns", "answer": "Within 30 days."},
                "after": {
                    "intent": "legal_threat",
                    "outcome": "hand_off",
                    "gets": "utter_legal_threat",
                    "answer": None,
                },
            }
        ],
    },
}


def test_a_refused_candidate_says_why_what_changed_and_whose_corrections_it_learnt(floor: ShopFloor) -> None:
    add_intent(floor, "zip_repair")
    now = datetime.now(UTC)
    model = Model(version="m2", manifest={}, comparison=COMPARED, created_at=now)
    example = TrainingExample(intent="greet", text="zip zip hooray", created_at=now)
    floor.api.store.write_sync(lambda s: s.add_all([model, example]))
    folder = floor.api.settings.var_dir / "models" / "m2"
    folder.mkdir(parents=True)
    doubted = {"text": "zip zip hooray", "label": "greet", "predicted": "zip_repair", "confidence": 0.9}
    crossed = {"folds": 5, "examples": 900, "accuracy": 0.91}
    (folder / "training_report.json").write_text(json.dumps({"cross_validation": crossed, "suspects": [doubted]}))
    admin = floor.staff("/admin#training", "Ada Admin", "admin")
    admin.get_by_role("button", name="Comparison").click()
    expect(admin.get_by_text("9 held-out examples that were right are wrong now")).to_be_visible()
    expect(admin.get_by_text("37 corrections: 31 now right, 4 still wrong, 2 newly broken.")).to_be_visible()
    expect(admin.get_by_text("1 of 200 answers would change.")).to_be_visible()
    expect(admin.get_by_text("Handed to people: 3 before, 5 after.")).to_be_visible()
    expect(admin.get_by_role("row").filter(has_text="Golden messages understood")).to_contain_text("15 / 16")
    expect(admin.get_by_role("row").filter(has_text="Golden dialogues that go as written")).to_contain_text("19 / 20")
    admin.get_by_text("Golden dialogues that go wrong now").first.click()
    expect(admin.get_by_role("row").filter(has_text="1. could somebody ring me")).to_contain_text("callback phone")
    admin.get_by_text("Changed answers, side by side").first.click()
    expect(admin.get_by_text("Within 30 days.")).to_be_visible()
    admin.get_by_text("New labels likely behind it").first.click()
    expect(admin.get_by_role("cell", name="zip zip hooray")).to_be_visible()
    admin.get_by_role("button", name="Training report").click()
    expect(admin.get_by_text("91.0 % right of 900 examples")).to_be_visible()
    admin.get_by_role("button", name="Label it zip_repair").click()
    meant = select(TrainingExample.intent).where(TrainingExample.deleted_at.is_(None))
    wait_until(lambda: floor.api.store.read_sync(lambda s: list(s.scalars(meant))) == ["zip_repair"])
    assert admin.evaluate("window.violations") == []


def test_an_article_is_edited_and_every_save_is_a_version(floor: ShopFloor) -> None:
    admin = floor.staff("/admin#articles", "Ada Admin", "admin")
    admin.get_by_role("link", name="Returns").click()
    admin.get_by_label("Text, in Markdown").fill("Send it back within 60 days.")
    admin.get_by_label("Questions people ask").fill("may I return it\nis it too late")
    admin.get_by_role("button", name="Save").click()
    expect(admin.get_by_text("Saved.")).to_be_visible()
    rows = floor.api.store.read_sync(
        lambda s: [
            (v.version, v.body) for v in s.scalars(select(ArticleVersion).where(ArticleVersion.article_id == "returns"))
        ]
    )
    assert sorted(rows) == [(1, "Send it back within 30 days."), (2, "Send it back within 60 days.")]


def test_a_new_article_has_a_page(floor: ShopFloor) -> None:
    admin = floor.staff("/admin#articles/new", "Ada Admin", "admin")
    admin.get_by_label("Id, the end of its address").fill("mend-a-pole")
    admin.get_by_label("Title").fill("Mending a tent pole")
    admin.get_by_label("Text, in Markdown").fill("Slide the sleeve over the break.\n\n1. Warm it.\n2. Tape it.")
    admin.get_by_role("button", name="Save").click()
    expect(admin.get_by_role("heading", name="Mending a tent pole")).to_be_visible()
    page = floor.page("/help/mend-a-pole")
    expect(page.get_by_text("Slide the sleeve over the break.")).to_be_visible()
    page.get_by_role("button", name="Yes").click()
    expect(page.get_by_text("Thank you. We are glad it helped.")).to_be_visible()
    assert page.evaluate("window.violations") == []


def test_a_draft_is_previewed_and_published(floor: ShopFloor) -> None:
    admin = floor.staff("/admin#articles", "Ada Admin", "admin")
    admin.get_by_role("link", name="Returns").click()
    admin.get_by_label("Text, in Markdown").fill("Send it back **within 60 days**.<script>window.ran = 1</script>")
    admin.get_by_role("button", name="Preview").click()
    expect(admin.get_by_role("region", name="Preview").locator("strong")).to_have_text("within 60 days")
    admin.get_by_role("button", name="Keep as a draft").click()
    expect(admin.get_by_text("Kept as a draft.")).to_be_visible()
    expect(floor.page("/help/returns").get_by_text("Send it back within 30 days.")).to_be_visible()
    admin.get_by_role("button", name="Publish", exact=True).click()
    expect(admin.get_by_role("button", name="Publish", exact=True)).to_have_count(0)
    expect(floor.page("/help/returns").get_by_text("within 60 days")).to_be_visible()
    assert admin.evaluate("window.violations") == []
    assert admin.evaluate("window.ran") is None


def test_a_file_is_imported_after_what_changes_was_read(floor: ShopFloor, tmp_path: Path) -> None:
    admin = floor.staff("/admin#articles/import", "Ada Admin", "admin")
    (tmp_path / "faq.csv").write_text("title,answer\nMending zips,Post it to us.\n")
    admin.get_by_label("File").set_input_files(tmp_path / "faq.csv")
    admin.get_by_role("button", name="Read it").click()
    expect(admin.get_by_text("1 articles would change")).to_be_visible()
    admin.get_by_text("Show", exact=True).click()
    expect(admin.get_by_text("+Post it to us.")).to_be_visible()
    admin.get_by_role("button", name="Import as drafts").click()
    expect(admin.get_by_text("1 drafts imported.")).to_be_visible()
    admin.goto(floor.address + "/admin#articles")
    expect(admin.get_by_role("row").filter(has_text="Mending zips").get_by_text("Draft")).to_be_visible()
    assert admin.evaluate("window.violations") == []


def test_conversations_are_filtered_and_opened(floor: ShopFloor) -> None:
    admin = misunderstood(floor, "find me by this word: marmalade")
    admin.goto(floor.address + "/admin#conversations")
    admin.get_by_label("Words, name or e-mail").fill("marmalade")
    admin.get_by_role("button", name="Show", exact=True).click()
    expect(admin.get_by_role("row")).to_have_count(2)  # the head and the one found; until then every guest is listed
    admin.get_by_role("link", name="Guest").click()
    expect(admin.get_by_text("find me by this word: marmalade")).to_be_visible()
    expect(admin.get_by_text("Fell back")).to_be_visible()


def test_people_are_added_and_disabled(floor: ShopFloor) -> None:
    admin = floor.staff("/admin#people", "Ada Admin", "admin")
    admin.get_by_text("Add a person").click()
    admin.get_by_label("Name").fill("Tom Ashdown")
    admin.get_by_label("E-mail").fill("tom@tarnwick.example")
    admin.get_by_label("First password").fill("a kettle on the fell")
    admin.get_by_role("button", name="Add", exact=True).click()
    row = admin.get_by_role("row").filter(has_text="Tom Ashdown")
    row.get_by_role("button", name="Disable").click()
    expect(row.get_by_text("Disabled")).to_be_visible()


def test_health_asks_every_part(floor: ShopFloor) -> None:
    admin = floor.staff("/admin#health", "Ada Admin", "admin")
    expect(admin.get_by_text("A customer would get an answer now.")).to_be_visible()
    for part in ("Database", "Search index", "Rasa", "Actions"):
        expect(admin.get_by_role("listitem").filter(has_text=part)).to_contain_text("ok")


def test_the_first_administrator_is_created_by_the_link(floor: ShopFloor) -> None:
    token = floor.api.store.write_sync(lambda s: create_setup_link(s, now=datetime.now(UTC)))
    page = floor.page(f"/setup#{token}")
    expect(page).to_have_url(f"{floor.address}/setup")  # the token is gone from the address bar
    page.get_by_label("Name").fill("Ada Admin")
    page.get_by_label("E-mail").fill("ada@tarnwick.example")
    page.get_by_label("Password").fill("seven quiet lanterns")
    page.get_by_role("button", name="Create administrator").click()
    expect(page.get_by_role("heading", name="Review")).to_be_visible()


def test_synonyms_are_edited_as_lines_and_measuring_is_queued(floor: ShopFloor) -> None:
    admin = floor.staff("/admin#articles", "Ada Admin", "admin")
    admin.get_by_role("button", name="Measure now").click()
    expect(admin.get_by_text("Waiting for the worker")).to_be_visible()
    admin.get_by_role("link", name="Synonyms").click()
    lines = admin.get_by_label("What customers say, with commas between")
    lines.fill("cagoule, anorak = jacket\nhalf a line")
    admin.get_by_role("button", name="Save").click()
    expect(admin.get_by_text("Line 2 is not of the form")).to_be_visible()
    lines.fill("cagoule, anorak = jacket\n\nwellies=boots")
    admin.get_by_role("button", name="Save").click()
    expect(admin.get_by_text("Saved. The search learns it")).to_be_visible()
    expect(lines).to_have_value("cagoule, anorak = jacket\nwellies = boots")
    [stored] = floor.api.store.read_sync(lambda s: list(s.scalars(select(SynonymList))))
    assert [(one["said"], one["means"]) for one in stored.entries] == [
        ("cagoule", "jacket"),
        ("anorak", "jacket"),
        ("wellies", "boots"),
    ]


def test_an_index_that_was_refused_is_said_above_the_articles_and_built_with_a_reason(floor: ShopFloor) -> None:
    log = "Reading the articles\nFailed: the new index does not serve: 6 labelled questions are wrong now\n"
    refused = {"kind": "index", "state": "failed", "arguments": {"kb": "main"}, "log": log}
    floor.api.store.write_sync(lambda s: s.add(Job(id="refused", created_at=datetime.now(UTC), **refused)))
    admin = floor.staff("/admin#articles", "Ada Admin", "admin")
    note = admin.get_by_role("alert").filter(has_text="Customers still read the articles as they were")
    expect(note.get_by_text("6 labelled questions are wrong now")).to_be_visible()
    note.get_by_label("Let it serve all the same? Say why").fill("the policy has changed")
    note.get_by_role("button", name="Build it and let it serve").click()
    expect(admin.get_by_text("The index is being built")).to_be_visible()
    [queued] = floor.api.store.read_sync(lambda s: list(s.scalars(select(Job).where(Job.state == "queued"))))
    assert queued.arguments == {"kb": "main", "reason": "the policy has changed"}


def test_a_conversation_becomes_a_golden_dialogue_and_is_let_go_of(floor: ShopFloor) -> None:
    customer = floor.customer()
    customer.say("Where is my parcel?")
    customer.sees("You said: Where is my parcel?")
    admin = floor.staff("/admin#conversations", "Ada Admin", "admin")
    admin.get_by_role("row").nth(1).get_by_role("link").click()
    admin.get_by_text("Hold every later model to this conversation").click()
    admin.get_by_label("What it is called").fill("a parcel")
    admin.get_by_role("button", name="Hold to it").click()
    expect(admin.get_by_text("Kept: 1 lines.")).to_be_visible()
    admin.get_by_role("navigation").get_by_role("link", name="Training").click()
    admin.locator("summary", has_text="Golden dialogues").click()
    admin.locator("summary", has_text="a parcel").click()
    expect(admin.get_by_role("row").filter(has_text="Where is my parcel?")).to_contain_text("Outcome:")
    admin.get_by_role("button", name="Let go of it").click()
    expect(admin.locator("summary", has_text="a parcel")).to_have_count(0)
    assert admin.evaluate("window.violations") == []
