"""Where answers come from: the knowledge bases' indexes, behind the one call the API makes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from kb_index.search import Finding, Utterance


class SearchUnavailable(Exception):
    """The knowledge base cannot be searched now: no index, a damaged one, or no encoder."""


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

    def check(self, kb: str = "main") -> str:
        """Ask a real question of `kb` and return its kb_version.

        Raises:
            SearchUnavailable: it cannot be answered.
        """

    def problem(self, kb: str = "main") -> str | None:
        """Return why the newest index of `kb` does not serve, or None while it does."""
