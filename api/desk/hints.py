"""Quiet hints on what an agent is about to send: blame, unkind words, jargon, promises, figures, open questions.

Patterns, not models: an agent can see at once why a hint is there, and each rule can be switched off in `company.yml`.
A hint never holds a message back. What a rule rests on is named with it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from api.desk.figures import Source, contradicted

HOW_WE_SOUND = "writing-to-upset-customers"
GOODWILL = "goodwill-limits"
MOST = 5


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that is better said in another way."""

    name: str
    pattern: re.Pattern[str]
    source: str | None  # the article that says so


@dataclass(frozen=True, slots=True)
class Hint:
    """One place in a draft."""

    rule: str
    quote: str  # as it stands in the draft
    source: str | None
    says: str | None = None  # the words of the source that say otherwise


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)", re.IGNORECASE)


RULES = (
    Rule(
        "blame",
        _any(
            r"you should(?:n['\u2019]t)? have(?: \w+)?",
            r"you (?:failed|forgot|neglected) to",
            r"your (?:own )?(?:mistake|fault)",
            r"as I (?:already |have )?(?:said|told you|explained|mentioned)",
            r"you (?:did not|didn['\u2019]t) (?:read|listen)",
            r"if you had (?:only )?(?:read|checked|looked)",
        ),
        HOW_WE_SOUND,
    ),
    Rule(
        "unkind",
        _any(
            r"calm down",
            r"obviously",
            r"like I said",
            r"not my problem",
            r"there(?:['\u2019]s| is) nothing (?:I|we) can do",
            r"whatever",
            r"you people",
            r"simply read",
            r"I understand your frustration",
            r"unfortunately,? our policy",
        ),
        HOW_WE_SOUND,
    ),
    Rule(
        "jargon",
        _any(
            r"SKUs?",
            r"RMA",
            r"SLA",
            r"ETA",
            r"backend",
            r"escalat(?:e|ed|ion) (?:to )?(?:tier|level) \w+",
            r"ticket queue",
            r"fulfil?ment (?:centre|center)",
            r"as per",
            r"kindly revert",
            r"utili[sz]e",
            r"pursuant to",
            r"aforementioned",
        ),
        None,
    ),
    Rule(
        "promise",
        _any(
            r"I (?:can )?(?:guarantee|promise)",
            r"we (?:can )?(?:guarantee|promise)",
            r"definitely (?:arrive|be there|come)\w*",
            r"(?:full|100 ?%) refund (?:today|now|at once|right away)",
            r"for free",
            r"free of charge",
            r"as an exception",
            r"make an exception",
            r"by tomorrow at the latest",
        ),
        GOODWILL,
    ),
)
SMALL_WORDS = "the and you your for are with that this have can not but was what when where how does did is it i a to"
SMALL = frozenset(SMALL_WORDS.split())
QUESTION = re.compile(r"(?<![^.!?\n])[^.!?\n]*\?")
WORDS = re.compile(r"[^\W\d_]{3,}|\d[\w-]*")


def hints_for(
    draft: str,
    question: str | None = None,
    *,
    off: Collection[str] = (),
    quoted: Collection[str] = (),
    sources: Sequence[Source] = (),
) -> list[Hint]:
    """Return what might be said better in a draft, in the order it stands there.

    Args:
        draft: what the agent has written so far.
        question: the customer's last message; None when the agent has answered since.
        off: names of rules that are switched off.
        quoted: answers of the knowledge base; what a draft takes from them word for word is the company's own.
        sources: passages about what the draft is about; a figure that they contradict is named.
    """
    whole = draft
    for answer in quoted:
        draft = draft.replace(answer, "\n") if answer else draft
    found = [
        (match.start(), Hint(rule.name, match[0], rule.source))
        for rule in RULES
        if rule.name not in off
        for match in rule.pattern.finditer(draft)
    ]
    hints = [hint for _, hint in sorted(found, key=lambda one: one[0])][:MOST]
    if "figures" not in off:
        hints += [Hint("figures", one.quote, one.title, one.says) for one in contradicted(draft, sources)]
    if "unanswered" not in off and question is not None:
        hints += list(_unanswered(whole, question))
    return hints


def _unanswered(draft: str, question: str) -> Iterator[Hint]:
    """Yield the questions of a message, if it asks several, that share no word with a finished-looking draft."""
    asked = [one.strip() for one in QUESTION.findall(question) if _words(one)]
    if len(asked) < 2 or len(_words(draft)) < 4:
        return
    said = _words(draft)
    open_ones = [one for one in asked if not _words(one) & said]
    if len(open_ones) < len(asked):  # with none in common, the agent answers in words of their own
        for one in open_ones:
            yield Hint("unanswered", one, None)


def _words(text: str) -> set[str]:
    return {word.lower().rstrip("s") for word in WORDS.findall(text)} - SMALL
