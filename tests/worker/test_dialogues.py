"""Golden dialogues: how they are written down, where one goes wrong, and what the gate makes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import httpx
import pytest

from api.processes.places import ROOT
from api.worker.compare import Comparison
from api.worker.dialogues import Came, Derailed, Dialogue, Line, Played, derailed, read_dialogues
from api.worker.gate import Material, judge
from api.worker.jobs import Reporter
from api.worker.playing import play_golden
from api.worker.seed import read_seed
from api.worker.stage import Stage
from api.worker.training_data import Example, TrainingDataInvalid
from api.worker.trial import Trial
from api.worker.workshop import Workshop
from tests.worker.test_gate import ROUTES, letters

ORDER = Dialogue(
    "where is my order",
    (
        Line("where is it", False, Came("form", "order_status", asks="order_number")),
        Line("TW-1", False, Came("form", asks="order_postcode")),
        Line("Yes", True, Came("response")),
    ),
)
WELL = [
    Came("form", "order_status", None, "order_number", offers=False, upset=False),
    Came("form", "inform", None, "order_postcode", offers=False, upset=True),
    Came("response", "affirm", None, "nothing", offers=False, upset=False),
]


def test_a_dialogue_goes_right_whatever_comes_that_is_not_written_down() -> None:
    assert derailed(ORDER, WELL) is None


def test_the_first_line_that_goes_wrong_is_named_with_what_was_expected_and_what_came() -> None:
    astray = [WELL[0], Came("answer", "ask", "late-parcel", "order_number"), Came("fallback")]
    found = derailed(ORDER, astray)
    assert found is not None
    assert (found.number, found.text, found.meant) == (2, "TW-1", None)
    assert found.line == (
        "the golden dialogue “where is my order” goes wrong at line 2, “TW-1”: "
        "expected outcome form, asks order_postcode, came outcome answer, asks order_number"
    )


def test_a_button_that_is_not_there_is_where_it_went_wrong() -> None:
    found = derailed(ORDER, WELL[:2])
    assert found is not None
    assert (found.number, found.came.outcome) == (3, "no such button")


def test_the_shops_dialogues_can_be_read_and_cover_what_customers_meet() -> None:
    dialogues = read_dialogues(ROOT / "data")
    lines = [line for one in dialogues for line in one.lines]
    outcomes = Counter(line.expected.outcome for line in lines)
    assert len(dialogues) >= 15
    assert set(outcomes) >= {"answer", "form", "response", "fallback", "queue"}
    assert any(line.expected.offers and line.expected.upset for line in lines)
    assert any(line.pressed for line in lines)
    named = {line.expected.intent for line in lines} - {None}
    assert named <= {intent.name for intent in read_seed(ROOT / "data").intents}


def test_without_a_file_there_are_no_dialogues(tmp_path) -> None:
    assert read_dialogues(tmp_path) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("dialogue: {}", "wants a list"),
        ("- {dialogue: a}", "wants 'dialogue'"),
        ("- {dialogue: a, lines: []}", "no lines"),
        ("- {dialogue: a, lines: [hello]}", "wants 'says' or 'presses'"),
        ("- {dialogue: a, lines: [{says: x, presses: y, outcome: form}]}", "wants 'says' or 'presses'"),
        ("- {dialogue: a, lines: [{says: x, outcome: form, mood: good}]}", "wants 'says' or 'presses'"),
        ("- {dialogue: a, lines: [{says: x}]}", "'outcome' is one of"),
        ("- {dialogue: a, lines: [{says: x, outcome: form, upset: maybe}]}", "'upset' cannot be 'maybe'"),
        ("- {dialogue: a, lines: [{says: x, outcome: form}]}\n" * 2, "two dialogues"),
    ],
)
def test_a_file_in_another_form_is_refused(tmp_path, text: str, says: str) -> None:
    (tmp_path / "dialogues.yml").write_text(text)
    with pytest.raises(TrainingDataInvalid, match=says):
        read_dialogues(tmp_path)


LOST = Derailed("hello", 1, "hello there", "greet", Came(intent="greet"), Came(intent="legal"))


def verdict(played: Played):
    new = (Example("legal", "hear from my lawyer"), Example("legal", "you will be sued"))
    material = Material(held_out=(), golden=(), questions=(), new=new)
    trials = (Trial("new", {}), Trial("old", {}))
    return judge(material, *trials, routes=ROUTES, vectors=letters, played=played)


def test_a_dialogue_that_only_the_candidate_breaks_refuses_it_and_names_the_label_behind_it() -> None:
    refused = verdict(Played(3, lost=(LOST,)))
    assert isinstance(refused.intents, Comparison)
    assert refused.intents.passed  # nothing else speaks against it
    assert refused.reasons == (LOST.line, "“hear from my lawyer”, labelled legal, is behind 1 of them")
    assert refused.as_json()["dialogues"]["lost"] == [
        {
            "dialogue": "hello", "line": 1, "text": "hello there",
            "expected": {"intent": "greet"}, "came": {"intent": "legal"},
        }
    ]  # fmt: skip


def test_a_dialogue_that_goes_wrong_with_both_is_no_objection() -> None:
    assert verdict(Played(3, wrong_before=(LOST,))).passed


def test_a_little_installation_that_falls_silent_costs_no_trained_model(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def dead(_workshop: object) -> Iterator[Stage]:
        raise httpx.ConnectError("connection refused")
        yield

    monkeypatch.setattr("api.worker.playing.stage", dead)
    played = play_golden(cast(Workshop, None), "new", "old", [ORDER], cast(Reporter, None))
    assert played == Played(1, problem="connection refused")


def test_dialogues_that_could_not_be_played_refuse_instead_of_passing_unseen() -> None:
    assert verdict(Played(3, problem="no port")).reasons == ("the golden dialogues could not be played: no port",)
