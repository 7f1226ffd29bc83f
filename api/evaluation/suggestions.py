"""Whether agents are offered the right article, on conversations of several turns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SHOWN = 3  # suggestions an agent sees without looking further

Conversation = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Share:
    """How many of some questions."""

    of: int
    first: float  # the first suggestion is a right article
    first_three: float  # one of the first three is


def questions_of(conversations: Iterable[Conversation]) -> Iterator[dict[str, Any]]:
    """Yield every customer turn that asks something, with all that was said before it.

    Args:
        conversations: `{"conversation_id", "turns": [{"speaker", "text", "articles"?}]}`; `articles` of a customer turn
            are those of which each is right, [] when none answers, and not there when nothing is asked.
    """
    for conversation in conversations:
        said: list[dict[str, str]] = []
        asked_before = False
        for number, turn in enumerate(conversation["turns"], start=1):
            if "articles" in turn:
                yield {
                    "query_id": f"{conversation['conversation_id']}-{number}",
                    "query": turn["text"],
                    "history": list(said),
                    "relevant_docs": list(turn["articles"]),
                    "follow_up": asked_before,
                }
                asked_before = True
            said.append({"speaker": turn["speaker"], "text": turn["text"]})


def figures_of(questions: Sequence[Mapping[str, Any]], rankings: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return how often the right article is first, or among the first three, opening questions and follow-ups apart.

    Args:
        questions: from `questions_of`.
        rankings: `{"query_id", "ranking": [article_id, best first], "decision"}`, one for each question.
    """
    found = {ranking["query_id"]: ranking for ranking in rankings}
    answerable = [question for question in questions if question["relevant_docs"]]
    groups = {
        "all": answerable,
        "opening": [question for question in answerable if not question["follow_up"]],
        "follow_up": [question for question in answerable if question["follow_up"]],
    }
    shares = {name: _share(some, found) for name, some in groups.items()}
    missed = [q["query_id"] for q in answerable if not _among(q, found[q["query_id"]]["ranking"][:SHOWN])]
    none = [found[q["query_id"]]["decision"] != "answer" for q in questions if not q["relevant_docs"]]
    return {
        **{name: {"of": one.of, "first": one.first, "first_three": one.first_three} for name, one in shares.items()},
        "not_answered_where_nothing_fits": f"{sum(none)} of {len(none)}",
        "missed": missed,
    }


def _share(questions: Sequence[Mapping[str, Any]], found: Mapping[str, Mapping[str, Any]]) -> Share:
    if not questions:
        return Share(0, 0.0, 0.0)
    rankings = [(question, found[question["query_id"]]["ranking"]) for question in questions]
    first, three = (sum(_among(q, ranking[:most]) for q, ranking in rankings) for most in (1, SHOWN))
    return Share(len(questions), round(first / len(questions), 3), round(three / len(questions), 3))


def _among(question: Mapping[str, Any], shown: Sequence[str]) -> bool:
    return not set(question["relevant_docs"]).isdisjoint(shown)
