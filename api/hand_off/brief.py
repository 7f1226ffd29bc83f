"""The conversation in a few lines, for a person who has ten seconds: all of them quotations, each with its message.

Nothing is put into other words, so nothing can be put wrongly. What counts as the problem is the customer's line that
says most; the open question is the last one that nobody answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from api.schemas.packet import EntityAt, FrustrationAt, Tried
from api.store.tables import Message

Kind = Literal["problem", "question", "tried", "mood", "fact", "answered"]

LONGEST = 280  # characters of a quotation; the link leads to the rest
UPSET = 0.5  # from here on a message is more likely frustrated than not
MOST_TRIED = 3
MOST_ANSWERS = 2
SMALL = (
    "a an and are as at be but by can could do for from have hello hey hi i i'm in is it it's me my no not of ok on or "
    "please so thank thanks that the there they this to was we what with would yes you your"
)
SMALL_WORDS = frozenset(SMALL.split())
WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class BriefLine:
    """One quotation, or one answer that was tried."""

    kind: Kind
    text: str
    seq: int
    message_id: str


@dataclass(frozen=True, slots=True)
class Story:
    """What a conversation consists of, as the packet has it."""

    messages: Sequence[Message]
    tried: Sequence[Tried]
    frustration: Sequence[FrustrationAt]
    entities: Sequence[EntityAt]
    outcomes: dict[str, str]  # message id -> what came of it, for those whose turn has ended


def brief_of(story: Story) -> list[BriefLine]:
    """Return the brief: the problem, what was tried, the open question, the mood, the facts; what there is."""
    said = [message for message in story.messages if message.sender == "customer"]
    if not said:
        return []
    problem = max(said, key=lambda message: (_weight(message.text), -message.seq))
    lines = [_quote("problem", problem)] if _weight(problem.text) else []
    lines += _tried(story.tried)
    question = _open_question(story, said)
    if question is not None and question.id != problem.id:
        lines.append(_quote("question", question))
    return [*lines, *_mood(story, said), *_facts(story.entities)]


def summary_of(story: Story) -> list[BriefLine]:
    """Return the brief with what people have answered meanwhile, the lines that say most, in order."""
    said = [message for message in story.messages if message.sender == "agent" and _weight(message.text) > 1]
    most = sorted(said, key=lambda message: (-_weight(message.text), message.seq))[:MOST_ANSWERS]
    return [*brief_of(story), *(_quote("answered", one) for one in sorted(most, key=lambda message: message.seq))]


def sentence_of(brief: Sequence[BriefLine]) -> str | None:
    """Return the brief as one text, for readers that want no more."""
    words = {
        "problem": "Wrote",
        "question": "Asked last",
        "tried": "Was shown",
        "mood": "Most upset at",
        "fact": "Named",
        "answered": "Was answered",
    }
    return " ".join(f"{words[line.kind]}: “{line.text}”." for line in brief) or None


def _weight(text: str) -> int:
    """Count the different words that say something."""
    return len({word.lower() for word in WORD.findall(text)} - SMALL_WORDS)


def _quote(kind: Kind, message: Message) -> BriefLine:
    text = " ".join(message.text.split())
    shown = text if len(text) <= LONGEST else text[: LONGEST - 1].rsplit(" ", 1)[0] + "…"
    return BriefLine(kind, shown, message.seq, message.id)


def _tried(tried: Sequence[Tried]) -> Iterator[BriefLine]:
    shown: dict[str, Tried] = {}
    for one in tried:
        if one.shown:
            shown[one.article_id] = one  # what came of an article last
    for one in list(shown.values())[-MOST_TRIED:]:
        came = f" ({one.reaction.replace('_', ' ')})" if one.reaction else ""
        yield BriefLine("tried", f"{one.title}{came}", one.seq, one.message_id)


def _open_question(story: Story, said: Sequence[Message]) -> Message | None:
    """Return the customer's last line that says something and that nobody has answered."""
    answered = max((m.seq for m in story.messages if m.sender == "agent"), default=0)
    for message in reversed(said):
        if message.seq < answered:
            return None
        if _weight(message.text) > 1 and story.outcomes.get(message.id) not in {"answer", "form"}:
            return message
    return None


def _mood(story: Story, said: Sequence[Message]) -> Iterator[BriefLine]:
    by_id = {message.id: message for message in said}
    upset = [one for one in story.frustration if one.score >= UPSET and one.message_id in by_id]
    if upset:
        yield _quote("mood", by_id[max(upset, key=lambda one: (one.score, one.seq)).message_id])


def _facts(entities: Sequence[EntityAt]) -> Iterator[BriefLine]:
    seen: set[tuple[str, str]] = set()
    for one in entities:
        if (one.entity, one.value) not in seen:
            seen.add((one.entity, one.value))
            yield BriefLine("fact", f"{one.entity.replace('_', ' ')} {one.value}", one.seq, one.message_id)
