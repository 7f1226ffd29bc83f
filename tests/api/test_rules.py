"""The rules of hand-off, as a table a reader can check."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.hand_off.rules import (
    ANGER_AT,
    RENEWED_AT,
    RULES_VERSION,
    Signals,
    as_record,
    decide,
    failed_turns_after,
    from_record,
    replay,
)

YES = Signals(intent="affirm", offer_open=True, offered_before=True)
WORN = Signals(frustration=0.9, failed_turns=4, offered_before=True)  # a high score after a row of failures
CASES = [
    ("a calm question", Signals(intent="ask", frustration=0.1), "none", ()),
    ("a full request", Signals(reason_codes=("request_person",)), "immediate", ("request_person",)),
    ("a bare keyword", Signals(reason_codes=("person_keyword",)), "offer", ("person_keyword",)),
    (
        "a bare keyword again",
        Signals(reason_codes=("person_keyword",), offered_before=True),
        "immediate",
        ("person_keyword_again",),
    ),
    ("anger", Signals(frustration=0.9), "offer", ("anger",)),
    ("just below anger", Signals(frustration=ANGER_AT - 0.001), "none", ()),
    ("anger after the offer", Signals(frustration=0.9, offered_before=True), "immediate", ("anger_again",)),
    ("a score of mere failure after the offer", replace(WORN, message_frustration=0.2), "none", ()),
    ("a score after failures, the message unknown", WORN, "none", ()),
    ("an angry message after failures", replace(WORN, message_frustration=0.8), "immediate", ("anger_again",)),
    ("just below renewed anger", replace(WORN, message_frustration=RENEWED_AT - 0.001), "none", ()),
    (
        "an angry no to the offer",
        replace(WORN, message_frustration=0.9, intent="deny", offer_open=True),
        "none",
        (),
    ),
    ("a likely insult after the offer", replace(WORN, intent="insult", confidence=0.9), "immediate", ("anger_again",)),
    ("hardly an insult after the offer", replace(WORN, intent="insult", confidence=0.4), "none", ()),
    ("a score of mere failure before the offer", Signals(frustration=0.9, failed_turns=1), "offer", ("anger",)),
    ("an insult", Signals(intent="insult"), "offer", ("anger",)),
    ("a legal threat", Signals(reason_codes=("legal_threat",)), "immediate", ("legal_threat",)),
    ("an insult as mere evidence", Signals(reason_codes=("insult", "upset"), frustration=0.2), "none", ()),
    ("anger from before the offer", Signals(frustration=0.9, offered_before=True, offer_unseen=True), "none", ()),
    ("two failures", Signals(failed_turns=2), "none", ()),
    ("three failures", Signals(failed_turns=3), "offer", ("failed_turns",)),
    ("three failures after the offer", Signals(failed_turns=3, offered_before=True), "none", ()),
    (
        "yes to the offer",
        Signals(intent="affirm", offer_open=True, offered_before=True),
        "immediate",
        ("accepted_offer",),
    ),
    ("yes with no offer open", Signals(intent="affirm", offered_before=True), "none", ()),
    ("yes on another button", replace(YES, typed=False), "none", ()),
    ("the offer's button", Signals(accepted=True, offered_before=True, typed=False), "immediate", ("accepted_offer",)),
    ("a bot that hangs", Signals(bot_error="timeout"), "offer", ("bot_unavailable",)),
    ("angry and asking", Signals(reason_codes=("request_person",), frustration=0.9), "immediate", ("request_person",)),
]


@pytest.mark.parametrize(
    ("signals", "decision", "codes"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_the_rules_decide(signals: Signals, decision: str, codes: tuple[str, ...]) -> None:
    decided = decide(signals)
    assert (decided.decision, decided.reason_codes) == (decision, codes)


def test_a_decision_says_what_it_rests_on_and_what_would_have_been_without_it() -> None:
    decided = decide(Signals(frustration=0.95, message_frustration=0.912, offered_before=True))
    [line] = decided.evidence
    assert (line.reason, line.value, line.threshold) == ("anger_again", 0.912, RENEWED_AT)
    assert decided.counterfactual == (
        "Without the message's own frustration of 0.91 (threshold 0.75) it would have been answered by the bot alone."
    )
    [line] = decide(Signals(frustration=0.7)).evidence
    assert (line.reason, line.value, line.threshold) == ("anger", 0.7, ANGER_AT)


def test_what_an_earlier_version_decided_is_decided_by_its_rules_again() -> None:
    record = {"frustration": 0.912, "failed_turns": 4, "offered_before": True, "reason_codes": []}
    then, now = replay(record, "1"), replay(record, RULES_VERSION)
    assert (then.decision, then.reason_codes, then.rules_version) == ("immediate", ("anger_again",), "1")
    assert then.counterfactual == (
        "Without the frustration of 0.91 (threshold 0.60) it would have been answered by the bot alone."
    )
    assert (now.decision, now.rules_version) == ("none", "2")
    with pytest.raises(ValueError, match="no rules of version '0'"):
        replay(record, "0")


CODES = (
    "request_person",
    "person_keyword",
    "legal_threat",
    "safety_problem",
    "insult",
    "upset",
    "make_complaint",
    "odd",
)
SIGNALS = st.builds(
    Signals,
    intent=st.sampled_from([None, "ask", "affirm", "deny", "insult"]),
    confidence=st.none() | st.floats(0, 1),
    reason_codes=st.lists(st.sampled_from(CODES), max_size=3).map(tuple),
    frustration=st.floats(0, 1),
    message_frustration=st.none() | st.floats(0, 1),
    failed_turns=st.integers(0, 6),
    offer_open=st.booleans(),
    offered_before=st.booleans(),
    accepted=st.booleans(),
    offer_unseen=st.booleans(),
    typed=st.booleans(),
    bot_error=st.sampled_from([None, "timeout"]),
)


@given(SIGNALS, st.sampled_from(["1", "2"]))
def test_every_decision_has_its_reasons_and_can_be_replayed(signals: Signals, version: str) -> None:
    decided = decide(signals, version=version)
    stored = json.loads(json.dumps(as_record(signals)))
    assert replay(stored, decided.rules_version) == decided
    assert from_record(stored) == signals
    assert (decided.decision == "none") == (decided.reason_codes == ())
    assert (decided.decision == "none") == (decided.counterfactual is None)


@given(SIGNALS)
def test_failures_alone_never_hand_off_after_the_offer(signals: Signals) -> None:
    calm = replace(signals, message_frustration=0.0, intent="ask", reason_codes=(), accepted=False, offered_before=True)
    assert decide(calm).decision == "none"


@given(SIGNALS)
def test_a_person_is_offered_once(signals: Signals) -> None:
    if signals.offered_before:
        assert decide(signals).decision != "offer"


@pytest.mark.parametrize(
    ("before", "outcome", "previous", "helpful", "after"),
    [
        (0, "fallback", None, None, 1),
        (1, "answer", "fallback", None, 1),
        (1, "rejected", "answer", None, 2),
        (2, "answer", "answer", None, 0),
        (2, "response", "answer", True, 0),
        (2, "form", "fallback", None, 2),
        (2, None, "fallback", None, 2),
    ],
)
def test_failed_turns_are_counted_in_a_row(
    before: int, outcome: str | None, previous: str | None, helpful: bool | None, after: int
) -> None:
    assert failed_turns_after(before, outcome, previous, helpful=helpful) == after
