"""Two questions in one message: found with care, and each answered from its own passage."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from kb_index.confidence import Decision
from kb_index.conversation import Utterance
from kb_index.lexical import terms
from kb_index.search import Finding, Search, Suggestion

MOST_PARTS = 3
FEWEST_WORDS = 2  # words of a part that say something; "how much?" alone is no question of its own
MOST_SHOWN = 3  # suggestions of all parts together: as many as a set shows to whoever does not ask for more
CHOICES = 2  # articles shown for a part that needs asking back

_AUXILIARY = r"(?:is|are|was|were|do|does|did|can|could|will|would|should|may|must|has|have|had|happens?|about|if)"
_WHO = r"(?:i|you|we|they|he|she|there|the|my|your|our|a|an|any|some|every|someone|anyone|somebody|anybody|these|those)"
_OPENING = r"(?:(?:hi|hello|hey|please|also|and|but|so|then|oh|ok|okay|well|plus|secondly|second|first|firstly)[\s,]+)*"
# An inverted question: "how long does", "what about", "can I", "is there". "When it arrives" is none.
_WH = r"(?:what|how|when|where|which|who|whose|why)"
_ASKS = rf"(?:{_WH}(?:['\u2019]s|(?:\s+[\w'-]+){{0,3}}?\s+{_AUXILIARY})\b|{_AUXILIARY}\s+{_WHO}\b)"
QUESTION = re.compile(rf"^\W*{_OPENING}{_ASKS}", re.IGNORECASE)
JOINT = re.compile(rf"(?<![\s,;])[\s,;]+(?:and|but|or|plus|also|as well as)\s+(?:also\s+)?(?={_ASKS})", re.IGNORECASE)
REFERS = re.compile(r"\b(?:it|its|that|this|they|them|those|these|one|ones)\b", re.IGNORECASE)
SENTENCE_END = re.compile(r"(?<=[.?!])\s+|\n+")  # a stop within "4.50" or an address ends nothing


@dataclass(frozen=True, slots=True)
class Part:
    """One of the questions of a message, and what is done about it."""

    question: str
    decision: Decision  # answer or clarify
    article_ids: tuple[str, ...]  # the one that answers, or those to choose from


@dataclass(frozen=True, slots=True)
class FindingInParts(Finding):
    """What the knowledge base says about a message that asks several things; its first suggestions are the parts'."""

    parts: tuple[Part, ...] = ()


def parts_of(text: str) -> tuple[str, ...]:
    """Return the questions of a message, in order, each with the statements before it; one where it is one question.

    Two clauses count as two questions only if both are put as questions, say something each, and the second does not
    refer to the first ("and how long does *that* take?").
    """
    clauses = [clause.strip(" ,;\n") for sentence in SENTENCE_END.split(text) for clause in JOINT.split(sentence)]
    parts: list[str] = []
    said: list[str] = []
    for clause in filter(None, clauses):
        said.append(clause)
        if QUESTION.search(clause):
            parts.append(" ".join(said))
            said = []
    if not 2 <= len(parts) <= MOST_PARTS or not all(map(_stands_alone, parts)):
        return (text,)
    if any(REFERS.search(_without_opening(part)) for part in parts[1:]):
        return (text,)
    return (*parts[:-1], " ".join([parts[-1], *said]))


def suggest_parts(
    search: Search,
    question: str,
    *,
    history: Sequence[Utterance] = (),
    limit: int = 3,
    allowed: Collection[str] | None = None,
) -> Finding:
    """Suggest answers as `Search.suggest` does, and for a message of several questions an answer to each.

    A message is taken apart only if a different article comes first for each part and none is beyond the knowledge
    base. Where no part is sure of its answer, the customer is asked which of the parts' articles is meant first. The
    confidence is that of the first part.

    Raises:
        ValueError: `limit` is below 1.
    """
    whole = search.suggest(question, history=history, limit=limit, allowed=allowed)
    texts = parts_of(question)
    if len(texts) < 2:
        return whole
    found = [search.suggest(text, history=history, limit=limit, allowed=allowed) for text in texts]
    firsts = {finding.suggestions[0].article_id for finding in found if finding.suggestions}
    decisions = [finding.decision for finding in found]
    if len(firsts) < len(found) or not set(decisions) <= {"answer", "clarify"}:
        return whole
    is_sure = "answer" in decisions
    parts = [_part(text, one, CHOICES if is_sure else 1) for text, one in zip(texts, found, strict=True)]
    return _joined(whole, parts, found, limit)


def _part(text: str, found: Finding, choices: int) -> Part:
    shown = found.suggestions[: choices if found.decision == "clarify" else 1]
    return Part(text, found.decision, tuple(one.article_id for one in shown))


def _joined(whole: Finding, parts: Sequence[Part], found: Sequence[Finding], limit: int) -> Finding:
    """Put the suggestions of the parts first, one of each article, and then those of the whole message."""
    chosen: dict[str, Suggestion] = {}
    for part, finding in zip(parts, found, strict=True):
        for suggestion in finding.suggestions[: len(part.article_ids)]:
            chosen.setdefault(suggestion.article_id, suggestion)
    if len(chosen) > min(limit, MOST_SHOWN):
        return whole
    for suggestion in whole.suggestions:
        chosen.setdefault(suggestion.article_id, suggestion)
    return FindingInParts(
        decision=found[0].decision,
        confidence=found[0].confidence,
        suggestions=tuple(chosen.values())[:limit],
        internal=whole.internal,
        kb_version=whole.kb_version,
        model_version=whole.model_version,
        parts=tuple(parts) if "answer" in {part.decision for part in parts} else (),
    )


def _stands_alone(part: str) -> bool:
    return len(terms(part)) >= FEWEST_WORDS


def _without_opening(part: str) -> str:
    return re.sub(rf"^\W*{_OPENING}", "", part, flags=re.IGNORECASE)
