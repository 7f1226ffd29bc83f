"""Articles by how useful they were: said, helped, rejected, followed by a person, sent by agents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from api.insight.answers import said_by_bot
from api.insight.cases import Case, Offered
from api.insight.refs import Ref

KINDS = ("shown", "helpful", "rejected", "hand_off", "sent")


@dataclass(frozen=True, slots=True)
class ArticleUse:
    """What became of one article's answers."""

    article_id: str
    title: str
    refs: Mapping[str, list[Ref]] = field(default_factory=lambda: defaultdict(list))  # by kind, see `KINDS`

    def count(self, kind: str) -> int:
        """Return how often something happened."""
        return len(self.refs[kind]) if kind in self.refs else 0

    @property
    def trouble(self) -> int:
        """How often it was rejected or a person had to come after it, once for each answer."""
        return len({ref for kind in ("rejected", "hand_off") for ref in self.refs[kind]})


def article_uses(cases: Sequence[Case]) -> list[ArticleUse]:
    """Return every article that was said or sent, the most trouble first, then the most shown.

    An article led to a hand-off when its answer was the last one the bot gave before a person was called.
    """
    uses: dict[str, ArticleUse] = {}

    def note(one: Offered, kind: str, case: Case) -> None:
        use = uses.setdefault(one.article_id, ArticleUse(one.article_id, one.title))
        use.refs[kind].append(Ref(case.conversation_id, one.message_id))

    for case in cases:
        said = said_by_bot(case)
        for one in said:
            note(one, "shown", case)
            if one.wrong is not None:
                note(one, "rejected" if one.wrong else "helpful", case)
        if (last := _last_before_people(case, said)) is not None:
            note(last, "hand_off", case)
        for one in case.offered:
            if one.sent:
                note(one, "sent", case)
    return sorted(uses.values(), key=lambda use: (-use.trouble, -use.count("shown"), use.article_id))


def _last_before_people(case: Case, said: Sequence[Offered]) -> Offered | None:
    """Return the last answer the bot gave before a person was called for the first time."""
    if not case.stays:
        return None
    called = case.stays[0].requested_at
    before = [line.suggestion_id for line in case.lines if line.sender == "bot" and line.at <= called]
    shown = [suggestion_id for suggestion_id in before if suggestion_id]
    return next((one for one in said if shown and one.suggestion_id == shown[-1]), None)
