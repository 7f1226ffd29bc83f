"""The real finder: one live index per knowledge base, one encoder for all."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from threading import Lock

from api.suggestions.finder import AsOf, SearchUnavailable
from kb_index.cross_encoder import Judge, installed
from kb_index.encoder import Encoder, EncoderUnusable
from kb_index.parts import suggest_parts
from kb_index.search import Finding, IndexUnusable, LiveSearch, Search, Utterance

PROBE = "where is my order"  # any question: readiness wants to see the whole way work, not a certain answer


class Indexes:
    """Searches the indexes in a folder; each is opened when first asked, and exchanged when a new one is published.

    Args:
        root: folder of indexes, one folder per knowledge base.
        encoder_dir: folder of the sentence encoder.
        cross_encoder_dir: folder of the cross-encoder, if there is one.
    """

    def __init__(self, root: Path, encoder_dir: Path, cross_encoder_dir: Path | None = None) -> None:
        self._root = root
        self._encoder_dir = encoder_dir
        self._cross_encoder_dir = cross_encoder_dir
        self._judge: Judge | None = None
        self._encoder: Encoder | None = None
        self._live: dict[str, LiveSearch] = {}
        self._lock = Lock()

    def find(
        self,
        question: str,
        *,
        kb: str,
        history: Sequence[Utterance] = (),
        limit: int = 3,
        allowed: Collection[str] | None = None,
    ) -> Finding:
        """Do as `Finder.find`."""
        try:
            search = self._of(kb).current()
        except (IndexUnusable, EncoderUnusable, ValueError) as error:
            raise SearchUnavailable(str(error)) from error
        return suggest_parts(search, question, history=history, limit=limit, allowed=allowed)

    def find_as_of(
        self, question: str, *, kb: str, version: str | None, history: Sequence[Utterance] = (), limit: int = 3
    ) -> AsOf:
        """Do as `Finder.find_as_of`; an earlier version is read from the disk each time."""
        try:
            serving = self._of(kb)
            search = serving.current() if version is None else self._earlier(kb, version)
        except (IndexUnusable, EncoderUnusable, ValueError) as error:
            raise SearchUnavailable(str(error)) from error
        cut_offs = search.calibration.cut_offs
        finding = suggest_parts(search, question, history=history, limit=limit)
        return AsOf(finding, cut_offs.answer, cut_offs.clarify, cut_offs.budget)

    def _earlier(self, kb: str, version: str) -> Search:
        assert self._encoder is not None  # `_of` was asked before
        return Search.open(self._root, kb=kb, encoder=self._encoder, judge=self._judge, version=version)

    def check(self, kb: str = "main") -> str:
        """Do as `Finder.check`."""
        return self.find(PROBE, kb=kb, limit=1).kb_version

    def problem(self, kb: str = "main") -> str | None:
        """Return why the newest version of `kb` does not serve, or None while it does."""
        live = self._live.get(kb)
        return live.problem if live else None

    def _of(self, kb: str) -> LiveSearch:
        with self._lock:
            if self._encoder is None:
                self._judge = installed(self._cross_encoder_dir) if self._cross_encoder_dir else None
                self._encoder = Encoder.load(self._encoder_dir)
            if kb not in self._live:
                self._live[kb] = LiveSearch(self._root, kb=kb, encoder=self._encoder, judge=self._judge)
            return self._live[kb]
