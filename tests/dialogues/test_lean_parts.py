"""The parts of Rasa that were made cheaper do what Rasa's own do."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import jsonschema
import pytest
from rasa.core.actions.action import RemoteAction
from rasa.core.policies.rule_policy import RulePolicy
from rasa.exceptions import ActionLimitReached
from rasa.shared.core.events import ActionExecuted
from rasa.shared.core.trackers import DialogueStateTracker

from bot.action_server import ActionFailed, compile_result_check
from bot.processor import TurnProcessor, give_up
from bot.replies import Replies
from bot.rules import IndexedRulePolicy
from bot.turns import InvalidTurn, Payload, Turn, first_name, ordinary_words, payload_of
from bot.wording import least_recent

GOOD = {"events": [{"event": "slot", "name": "a", "value": 1, "timestamp": None}], "responses": [{"text": "x"}]}
BAD = [None, [], {"events": 7}, {"responses": [1]}, {"events": [{"event": "slot"}]}]


def test_the_result_check_never_looks_at_the_meta_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    compile_result_check()
    action = RemoteAction("action_answer", None)
    action._validate_action_result(GOOD)

    def refuse(*arguments: Any, **options: Any) -> None:
        raise AssertionError("the schema was checked again")

    monkeypatch.setattr(jsonschema.Draft7Validator, "check_schema", refuse)
    assert action._validate_action_result(GOOD)


@pytest.mark.parametrize("result", BAD)
def test_the_result_check_refuses_what_jsonschema_refuses(result: Any) -> None:
    compile_result_check()
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(result, RemoteAction.action_response_format_spec())
    with pytest.raises(ActionFailed, match="action_answer answered what is no action result"):
        RemoteAction("action_answer", None)._validate_action_result(result)


def rule(*states: dict[str, Any]) -> str:
    return json.dumps(list(states))


def state(intent: str | None, action: str | None, **slots: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"slots": slots} if slots else {}
    if intent:
        made["user"] = {"intent": intent}
    if action:
        made["prev_action"] = {"action_name": action}
    return made


def test_the_index_finds_the_rules_that_trying_each_one_finds() -> None:
    actions, intents = (None, "action_listen", "utter_thanks"), (None, "thanks", "ask")
    lookup = {
        rule(*before, state(intent, action)): "x"
        for before in ([], [state("ask", "action_listen")], [state(None, None)])
        for intent in intents
        for action in actions
    }
    plain, indexed = (object.__new__(kind) for kind in (RulePolicy, IndexedRulePolicy))
    for intent in (*intents, "other"):
        for action in (*actions, "other"):
            for before in ([], [state("ask", "action_listen")]):
                states = [*before, state(intent, action)]
                assert indexed._get_possible_keys(lookup, states) == plain._get_possible_keys(lookup, states)


def test_a_dialogue_that_goes_round_in_circles_fails_the_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """B06."""

    def one_too_many(*_: object) -> None:
        raise ActionLimitReached("ten actions")

    processor = object.__new__(TurnProcessor)
    processor.on_circuit_break, processor.nlg = give_up, None
    monkeypatch.setattr(TurnProcessor, "predict_next_with_tracker_if_should", one_too_many)
    tracker = DialogueStateTracker.from_events("c", [ActionExecuted("action_ask_again")])
    with pytest.raises(ActionFailed, match="in circles, last with action_ask_again"):
        asyncio.run(processor._run_prediction_loop(Replies(), tracker))


def test_variants_are_taken_in_order_and_then_the_one_said_longest_ago() -> None:
    variants = [{"text": "a"}, {"text": "b"}, {"text": "c"}]
    assert least_recent(variants, [])["text"] == "a"
    assert least_recent(variants, ["a"])["text"] == "b"
    assert least_recent(variants, ["b", "c", "a", "b"])["text"] == "c"


@pytest.mark.parametrize(
    ("text", "words"),
    [("/restart", "restart"), (" // deny", "deny"), ("/", "slash"), ("a/b", "a/b"), ("x" * 5_000, "x" * 2_000)],
)
def test_a_command_becomes_words(text: str, words: str) -> None:
    assert ordinary_words(text) == words


@pytest.mark.parametrize(
    ("text", "payload"),
    [
        ("/affirm", Payload("affirm", {})),
        ('/choose_article{"article_id": "a"}', Payload("choose_article", {"article_id": "a"})),
        ("affirm", None),
        ("/Affirm", None),
        ("/affirm{", None),
        ("/affirm{[]}", None),
        (None, None),
    ],
)
def test_only_a_payload_of_ours_is_read_as_one(text: str | None, payload: Payload | None) -> None:
    assert payload_of(text) == payload


@pytest.mark.parametrize(("name", "first"), [("Ann-Marie O'Neill", "Ann-Marie"), ("<b>", None), (7, None), ("", None)])
def test_the_first_name_is_one_word_of_letters(name: object, first: str | None) -> None:
    assert first_name(name) == first


def test_a_turn_names_what_is_wrong_with_it() -> None:
    with pytest.raises(InvalidTurn, match="turn must be a whole number from 1, not 'two'"):
        Turn.of({"turn": "two", "text": "hello"})
