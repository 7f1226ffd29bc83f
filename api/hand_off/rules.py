"""When the bot offers a person and when it calls one: one pure function from signals to a decision.

The signals and the version of these rules are stored with every decision, so that the same record gives the same
decision for ever: `replay` decides by the rules of its time. A change of behaviour is a new `RULES_VERSION`.

1. Anger after an offer was any score of anger, also one that the bot's own failures alone had made.
2. Anger comes back only in a message that is angry by itself, written below the offer, and not to decline it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Literal

RULES_VERSION = "2"

# Frustration at or above this is anger. Precision first: offering a person to a calm customer who merely has a problem
# costs trust ("problem words are not frustration"), while an angry one who is missed once can still ask.
# `deskmate evaluate frustration` prints precision and recall at every cut.
ANGER_AT = 0.6

# A message by itself, without what the conversation adds to it, is angry beyond doubt at or above this. Handing off
# unasked needs more than offering does. In 100 recorded dialogues of other trades, all of whose turns fail, version 1
# handed 29 off by the frustration score; 0.6 here would 9, and 0.75 does 3, of which a reader finds 2 angry.
RENEWED_AT = 0.75

FAILED_TURNS = 3  # in a row; from the third the bot should stop guessing and offer a person


COMPANY_RULES = frozenset({"safety_problem", "legal_threat", "company_rule"})  # always for a person
ANGER_INTENTS = frozenset({"upset", "insult"})
FAILURES = frozenset({"fallback", "rejected"})


@dataclass(frozen=True, slots=True)
class Signals:
    """Everything a decision is made from."""

    intent: str | None = None
    confidence: float | None = None  # of the intent
    reason_codes: tuple[str, ...] = ()  # what Rasa reported: request_person, person_keyword, legal_threat, ...
    frustration: float = 0.0  # 0..1, with what the conversation adds: failures, repeating, earlier anger
    message_frustration: float | None = None  # 0..1, of the message by itself; None: the model does not say
    failed_turns: int = 0  # in a row, this one counted
    offer_open: bool = False  # the line before asked "would you like to talk to a person?"
    offered_before: bool = False
    offer_unseen: bool = False  # this message was written before the offer was made: it is no answer to it
    accepted: bool = False  # the button "talk to a person" under an offer was pressed
    typed: bool = True  # False: a button was pressed, so yes and no belong to that button's question
    bot_error: str | None = None  # why the bot could not answer: timeout, unreachable, ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason with the value it rests on."""

    reason: str
    value: float | str | int | None = None
    threshold: float | int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, and why."""

    decision: Literal["none", "offer", "immediate"]
    reason_codes: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    counterfactual: str | None  # what would have happened without this message, one sentence; None for `none`
    rules_version: str = RULES_VERSION


def decide(signals: Signals, *, version: str = RULES_VERSION) -> Decision:
    """Return what the rules say to these signals.

    Immediate: an accepted offer, a full request for a person, a company rule, renewed anger or a bare keyword once
    an offer was made. Offer, once per conversation: anger, a bare keyword, the third failed turn, a bot that cannot
    answer.

    Args:
        signals: of one message.
        version: of the rules; an earlier one to decide again what was decided by it.

    Raises:
        ValueError: there are no rules of this version.
    """
    if version not in _RENEWED:
        raise ValueError(f"no rules of version {version!r}")
    immediate = tuple(_immediate(signals, version))
    if immediate:
        return _decision("immediate", immediate, signals, version)
    offer = tuple(_offer(signals)) if not signals.offered_before else ()
    if offer:
        return _decision("offer", offer, signals, version)
    return Decision("none", (), (), None, version)


def replay(record: dict[str, object], version: str) -> Decision:
    """Decide a stored record again, by the rules it was decided by.

    Raises:
        ValueError: there are no rules of this version.
    """
    return decide(from_record(record), version=version)


def declines_offer(signals: Signals) -> bool:
    """Say whether the customer typed no to an open offer."""
    return signals.offer_open and signals.typed and signals.intent == "deny"


def failed_turns_after(before: int, outcome: str | None, previous_outcome: str | None, *, helpful: bool | None) -> int:
    """Return how many turns in a row have failed, this one counted.

    A fallback or a rejected answer is a failure. One answer between two failures proves nothing, because it may be the
    next to be rejected; a customer who says that it helped, or two answers in a row, start the count again.
    """
    if helpful:
        return 0
    if outcome in FAILURES:
        return before + 1
    if outcome == "answer" and previous_outcome is not None and previous_outcome not in FAILURES:
        return 0
    return before


def as_record(signals: Signals) -> dict[str, object]:
    """Return the signals as plain JSON, to be stored with the decision."""
    record = asdict(signals)
    record["reason_codes"] = list(signals.reason_codes)
    return record


def from_record(record: dict[str, object]) -> Signals:
    """Return the signals of a stored record, to replay its decision."""
    codes = record.get("reason_codes", ())
    return Signals(**{**record, "reason_codes": tuple(codes) if isinstance(codes, list | tuple) else ()})  # type: ignore[arg-type]


def _immediate(signals: Signals, version: str) -> Iterator[Evidence]:
    if signals.accepted:
        yield Evidence("accepted_offer", "button")
    elif signals.offer_open and signals.typed and signals.intent == "affirm":
        yield Evidence("accepted_offer", signals.intent)
    if "request_person" in signals.reason_codes:
        yield Evidence("request_person", signals.confidence)
    for code in signals.reason_codes:
        if code in COMPANY_RULES:
            yield Evidence(code, signals.confidence)
    if signals.offered_before and not signals.offer_unseen:
        yield from _again(signals, version)


def _again(signals: Signals, version: str) -> Iterator[Evidence]:
    anger = _RENEWED[version](signals)
    if anger is not None:
        yield replace(anger, reason="anger_again")
    if "person_keyword" in signals.reason_codes:
        yield Evidence("person_keyword_again", signals.confidence)


def _offer(signals: Signals) -> Iterator[Evidence]:
    anger = _anger(signals)
    if anger is not None:
        yield anger
    if "person_keyword" in signals.reason_codes:
        yield Evidence("person_keyword", signals.confidence)
    if "make_complaint" in signals.reason_codes:
        yield Evidence("complaint", signals.confidence)
    if signals.failed_turns >= FAILED_TURNS:
        yield Evidence("failed_turns", signals.failed_turns, FAILED_TURNS)
    if signals.bot_error is not None:
        yield Evidence("bot_unavailable", signals.bot_error)


def _anger(signals: Signals) -> Evidence | None:
    if signals.frustration >= ANGER_AT:
        return Evidence("anger", round(signals.frustration, 3), ANGER_AT)
    if signals.intent in ANGER_INTENTS:
        return Evidence("anger", signals.intent)
    return None


def _renewed_anger(signals: Signals) -> Evidence | None:
    """Return what shows that a message is angry by itself, whatever the conversation had added to its score.

    Failed answers, a question asked again and anger from before the offer raise `frustration`; none of them is
    something the customer says now. A no to the offer is respected, however it is said.
    """
    if declines_offer(signals):
        return None
    alone = signals.message_frustration
    if alone is None and signals.failed_turns == 0:
        alone = signals.frustration  # nothing has failed that could have raised it
    if alone is not None and alone >= RENEWED_AT:
        return Evidence("anger", round(alone, 3), RENEWED_AT)
    if signals.intent in ANGER_INTENTS and (signals.confidence or 0.0) >= RENEWED_AT:
        return Evidence("anger", signals.intent)
    return None


_RENEWED: Mapping[str, Callable[[Signals], Evidence | None]] = {"1": _anger, "2": _renewed_anger}


def _decision(
    decision: Literal["offer", "immediate"], evidence: tuple[Evidence, ...], signals: Signals, version: str
) -> Decision:
    codes = tuple(dict.fromkeys(line.reason for line in evidence))
    return Decision(decision, codes, evidence, _counterfactual(decision, signals, version), version)


def _counterfactual(decision: str, signals: Signals, version: str) -> str:
    """Say what would have been decided had the strongest signal been absent, by deciding again without it."""
    for without, words in _without(signals, version):
        other = decide(without, version=version).decision
        if other != decision:
            return f"Without {words} it would have been {_WORDS[other]}."
    return "Each of the reasons alone would have led to this."


def _without(signals: Signals, version: str) -> Iterator[tuple[Signals, str]]:
    if signals.accepted:
        yield replace(signals, accepted=False), "the press on the button"
    if signals.reason_codes:
        yield replace(signals, reason_codes=()), f"the signal {' and '.join(signals.reason_codes)}"
    if version != "1" and signals.offered_before and (signals.message_frustration or 0.0) >= RENEWED_AT:
        calm = replace(signals, frustration=0.0, message_frustration=0.0)
        yield calm, f"the message's own frustration of {signals.message_frustration:.2f} (threshold {RENEWED_AT:.2f})"
    if signals.frustration >= ANGER_AT:
        calm = replace(signals, frustration=0.0)
        yield calm, f"the frustration of {signals.frustration:.2f} (threshold {ANGER_AT:.2f})"
    if version != "1" and signals.intent in ANGER_INTENTS:
        yield replace(signals, intent=None), f"the intent {signals.intent}"
    if signals.offer_open:
        yield replace(signals, offer_open=False), "the open offer"
    if signals.offered_before:
        yield replace(signals, offered_before=False), "the earlier offer"
    if signals.failed_turns:
        yield replace(signals, failed_turns=0), f"the {signals.failed_turns} failed turns in a row"
    if signals.bot_error:
        yield replace(signals, bot_error=None), "the failure of the bot"


_WORDS = {"none": "answered by the bot alone", "offer": "an offer of a person", "immediate": "a hand-off"}
