"""Names in YAML are code: intents, domain, rules, examples, responses and actions must agree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from rasa_sdk.executor import ActionExecutor

from bot.sync_intents import Intent, IntentsUnusable, domain_with, read_intents, rules_of, sync
from tests.dialogues.bot import domain
from tests.installation import ROOT

RESPONSES_SAID_BY_THE_GATEWAY = {"utter_feelings_first", "utter_feelings_repeated", "utter_feelings_waiting"}


def intents() -> list[Intent]:
    return read_intents(ROOT / "data" / "intents.yml")


def examples() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            if "intent" in block:
                lines = re.findall(r"^- (.+)$", block["examples"], re.MULTILINE)
                found.setdefault(block["intent"], []).extend(lines)
    return found


def custom_actions() -> set[str]:
    return {entry if isinstance(entry, str) else next(iter(entry)) for entry in domain()["actions"]}


def test_domain_and_rules_are_what_sync_intents_writes() -> None:
    assert sync(ROOT, only_check=True) == []


def test_there_are_thirty_intents_or_more_and_every_outcome_occurs() -> None:
    assert len(intents()) >= 30
    assert {intent.outcome for intent in intents()} == {"search", "article", "form", "response", "hand_off"}


def test_every_intent_has_twenty_examples_and_every_example_an_intent() -> None:
    typed = {intent.name for intent in intents()} - {"choose_article"}
    assert set(examples()) == typed
    assert {name: len(lines) for name, lines in examples().items() if len(lines) < 20} == {}


def test_no_sentence_is_an_example_of_two_intents() -> None:
    seen: dict[str, str] = {}
    for name, lines in examples().items():
        for line in lines:
            assert seen.setdefault(line.lower(), name) == name, line


def test_every_action_of_the_domain_is_written_and_every_written_one_is_in_the_domain() -> None:
    executor = ActionExecutor()
    executor.register_package("actions")
    assert set(executor.actions) == custom_actions()


def test_every_response_is_said_somewhere_and_every_one_said_exists() -> None:
    known = set(domain()["responses"])
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "actions").glob("*.py"))
    said = {name for name in re.findall(r"utter_[a-z_]+", code) if not name.endswith("_")} - {"utter_message"}
    from_states = {f"utter_order_{state}" for state in ("packing", "on_its_way", "delivered", "delayed", "cancelled")}
    from_rules = {intent.action for intent in intents() if intent.action.startswith("utter_")}
    from_forms = {name for form in domain()["forms"] for name in known if name.startswith(f"utter_ask_{form}_")}
    assert said | from_states | from_rules | from_forms | RESPONSES_SAID_BY_THE_GATEWAY == known


def test_every_article_that_an_intent_names_exists() -> None:
    named = {intent.target for intent in intents() if intent.outcome == "article"}
    assert {name for name in named if not (ROOT / "data" / "articles" / f"{name}.md").is_file()} == set()


def test_apologies_have_enough_variants_not_to_repeat_one_soon() -> None:
    for name in (
        "utter_not_found",
        "utter_rejected",
        "utter_search_unavailable",
        "utter_upset",
        "utter_feelings_first",
    ):
        assert len(domain()["responses"][name]) >= 3, name


def test_every_variant_with_a_name_has_one_without() -> None:
    for name, variants in domain()["responses"].items():
        assert any("{customer_name}" not in variant["text"] for variant in variants), name


def test_sessions_never_expire() -> None:
    assert domain()["session_config"]["session_expiration_time"] == 0


def test_an_added_intent_gets_its_domain_entry_and_its_rules(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "domain.yml").write_text((ROOT / "domain.yml").read_text())
    about = (ROOT / "data" / "intents.yml").read_text() + "  ask_parking: {outcome: article, target: parking}\n"
    (tmp_path / "data" / "intents.yml").write_text(about)
    assert [path.name for path in sync(tmp_path)] == ["domain.yml", "intents.yml"]
    assert "ask_parking" in yaml.safe_load((tmp_path / "domain.yml").read_text())["intents"]
    rules = yaml.safe_load((tmp_path / "data" / "rules" / "intents.yml").read_text())["rules"]
    added = next(rule for rule in rules if rule["rule"] == "ask_parking")
    assert added["steps"] == [{"intent": "ask_parking"}, {"action": "action_answer_article"}]
    assert sync(tmp_path) == []


def test_a_rule_within_a_form_comes_back_to_it() -> None:
    rules = rules_of([Intent("thanks", "response", None)], ["order_status_form"])
    assert rules[1]["condition"] == [{"active_loop": "order_status_form"}]
    assert rules[1]["steps"][1:] == [
        {"action": "utter_thanks"},
        {"action": "order_status_form"},
        {"active_loop": "order_status_form"},
    ]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("Ask: {outcome: search}", "a name is small letters"),
        ("ask: {outcome: guess}", "outcome 'guess'"),
        ("ask: {outcome: article}", "needs a target"),
        ("ask: {outcome: response, target: utter_nothing}", "the domain has no utter_nothing"),
    ],
)
def test_wrong_intents_are_refused_by_name(tmp_path: Path, line: str, complaint: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "domain.yml").write_text((ROOT / "domain.yml").read_text())
    (tmp_path / "data" / "intents.yml").write_text(f"intents:\n  {line}\n")
    with pytest.raises(IntentsUnusable, match=complaint):
        sync(tmp_path)


def test_only_the_intent_list_of_the_domain_is_rewritten() -> None:
    before = "version: '3.1'\n\nintents:\n  - old\n  # note\n\nentities:\n  - kept # as it was\n"
    after = domain_with(before, [Intent("new", "search", None)])
    assert after == "version: '3.1'\n\nintents:\n  - new\n\nentities:\n  - kept # as it was\n"
