"""Where answers come from: the knowledge bases' indexes, behind the one call the API makes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from kb_index.search import Finding, Utterance


class SearchUnavailable(Exception):
    """The knowledge base cannot be searched now: no index, a damaged one, or no encoder."""


@dataclass(frozen=True, slots=True)
class AsOf:
    """What one version of a knowledge base answers, and where it draws its lines."""

    finding: Finding
    answer_cut_off: float  # confidence from which the bot answers
    clarify_cut_off: float  # chance that any article answers, below which a person is offered
    budget: float  # greatest share of wrong answers that the first was chosen for


class Finder(Protocol):
    """Finds the articles that answer a question. Called from worker threads, several at once."""

    def find(
        self,
        question: str,
        *,
        kb: str,
        history: Sequence[Utterance] = (),
        limit: int = 3,
        allowed: Collection[str] | None = None,
    ) -> Finding:
        """Return what knowledge base `kb` answers to `question`, best first.

        Args:
            question: what was asked, at most 2,000 characters.
            kb: slug of the knowledge base.
            history: what was said before, oldest first.
            limit: most suggestions in each list.
            allowed: ids of the articles that may be shown, those the database still has; None for all.

        Raises:
            SearchUnavailable: there is no usable index for `kb`.
        """

    def find_as_of(
        self, question: str, *, kb: str, version: str | None, history: Sequence[Utterance] = (), limit: int = 3
    ) -> AsOf:
        """Return what a version of knowledge base `kb` answers; the serving one when it is None.

        Raises:
            SearchUnavailable: this version is not kept any more, or cannot be used; the message says which.
        """

    def check(self, kb: str = "main") -> str:
        """Ask a real question of `kb` and return its kb_version.

        Raises:
            SearchUnavailable: it cannot be answered.
        """

    def problem(self, kb: str = "main") -> str | None:
        """Return why the newest index of `kb` does not serve, or None while it does."""
