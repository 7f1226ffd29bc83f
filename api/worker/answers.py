"""The shop's own questions: does a model still let each reach the article that answers it?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from api.worker.training_data import Example
from api.worker.trial import ASK, Routes, Trial, taken_for
from kb_index.build import LabelledQuestion
from kb_index.cross_encoder import Judge
from kb_index.encoder import Encoder
from kb_index.search import Search, Utterance

MOST_ASKED = 200  # a few seconds of searching


@dataclass(frozen=True, slots=True)
class Known:
    """A question the search answers rightly, and how sure it is."""

    text: str
    articles: tuple[str, ...]
    confidence: float  # chance that the first article is right, in [0, 1]

    @property
    def example(self) -> Example:
        """The question as an example of what the search is for."""
        return Example(ASK, self.text)


@dataclass(frozen=True, slots=True)
class Found:
    """What the search puts first."""

    article_id: str | None
    title: str
    answer: str
    confidence: float


Ask = Callable[[str], Found]


def search_of(index: Path, encoder: Encoder, kb: str, judge: Judge | None = None) -> Ask:
    """Return a function that asks the index that serves.

    Raises:
        IndexUnusable: there is none.
    """
    search = Search.open(index, kb=kb, encoder=encoder, judge=judge)

    def ask(question: str, history: Sequence[Utterance] = ()) -> Found:
        finding = search.suggest(question, history=history, limit=1)
        if not finding.suggestions:
            return Found(None, "", "", finding.confidence)
        first = finding.suggestions[0]
        return Found(first.article_id, first.title, first.answer, finding.confidence)

    return ask


def answered(questions: Sequence[LabelledQuestion], ask: Ask) -> list[Known]:
    """Return the questions without a history that the search answers rightly: at most `MOST_ASKED`, spread evenly."""
    alone = [question for question in questions if question.relevant and not question.history]
    step = max(1, -(-len(alone) // MOST_ASKED))
    found = ((question, ask(question.question)) for question in alone[::step])
    return [
        Known(question.question, tuple(question.relevant), first.confidence)
        for question, first in found
        if first.article_id in question.relevant
    ]


def reached(trial: Trial, questions: Sequence[Known], routes: Routes) -> tuple[str, ...]:
    """Return what each question is taken for; `ask` also where an intent leads to the right article by itself."""
    taken = []
    for question in questions:
        intent = taken_for(trial.guesses[question.text], routes, search_confidence=question.confidence)
        route = routes.get(intent)
        leads_there = route is not None and route.outcome == "article" and route.target in question.articles
        taken.append(ASK if leads_there else intent)
    return tuple(taken)
