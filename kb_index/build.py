"""Building an index: articles in, a new version on disk out."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from kb_index.articles import Article
from kb_index.confidence import (
    Calibration,
    Flags,
    Floats,
    LabelledQuestion,
    default_calibration,
    fit,
)
from kb_index.conversation import Asked, Utterance
from kb_index.cross_encoder import Judge, Reranking
from kb_index.cut_offs import binomial_tail
from kb_index.domain import background
from kb_index.encoder import Encoder
from kb_index.index import Index, Progress, make_index
from kb_index.pages import SplitSentences
from kb_index.search import CALIBRATION, RERANKING, RULE_VERSION, Search
from kb_index.storage import FORMAT, IndexUnusable, building, is_whole, publish, write_index
from kb_index.synonyms import Synonym

__all__ = ["LabelledQuestion", "build", "publish", "version_of"]

MAX_WRONG_ANSWERS = 0.05
RERANKING_WEIGHTS = (0.5, 1.0, 2.0)  # against a sum of all other evidence of about 6
RERANKING_DOUBT = 0.1
FEWEST_LABELLED = 60  # questions below which the shipped calibration and cut-offs stay as they are


def build(
    articles: Sequence[Article],
    root: Path,
    *,
    kb: str = "main",
    encoder: Encoder,
    labelled: Sequence[LabelledQuestion] = (),
    outside: Sequence[str] = (),
    synonyms: Sequence[Synonym] = (),
    split: SplitSentences | None = None,
    judge: Judge | None = None,
    max_wrong_answers: float = MAX_WRONG_ANSWERS,
    progress: Progress = lambda _stage, _share: None,
    reached: Callable[[str], None] = lambda _: None,
) -> str:
    """Build a version of a knowledge base's index and put it on disk; `publish` lets it serve.

    The same articles, labelled questions and encoder give the same version; is it there and whole, nothing is done.

    Args:
        articles: all of them, public and internal.
        root: where the indexes of all knowledge bases are.
        kb: the knowledge base's slug.
        encoder: makes the vectors; search must use the same.
        labelled: questions with the articles that answer them, to calibrate confidence on.
        outside: what customers asked that no article answers, to learn from; none of it is in `labelled`.
        synonyms: what customers call things that the articles call something else.
        split: finds sentences; spaCy by default.
        judge: a cross-encoder; kept only if the labelled questions show that it helps.
        max_wrong_answers: the error budget that the cut-off is chosen for.
        progress: told what is being done and how far it is, 0 to 1.
        reached: told the name of each file as it is on the disk.

    Returns:
        The version.

    Raises:
        ValueError: there is nothing to index, or two articles have one id.
    """
    ids = [article.article_id for article in articles]
    if len(set(ids)) < len(ids):
        raise ValueError(f"an article id occurs twice: {sorted(name for name in ids if ids.count(name) > 1)[0]!r}")
    version = version_of(articles, (labelled, outside, synonyms), encoder.encoder_version, max_wrong_answers, judge)
    with building(root, kb) as folder:
        if is_whole(folder / version):
            return version
        index = make_index(
            articles,
            encoder,
            split or spacy_sentences(),
            progress,
            outside=outside,
            synonyms=synonyms,
            before=serving(root, kb, encoder, judge),
        )
        progress("Calibrating confidence", 0.9)
        reranking = proven_reranking(index, encoder, labelled, judge)
        calibration = calibrate(index, encoder, labelled, max_wrong_answers=max_wrong_answers, reranking=reranking)
        progress("Writing", 0.95)
        manifest = {
            "kb_version": version,
            "encoder_version": encoder.encoder_version,
            "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "articles": len(articles),
            "passages": len(index.passages),
            "labelled_questions": len(labelled),
        }
        contents = {**index.to_files(), CALIBRATION: calibration.to_json()}
        if reranking is not None:
            kept = {"version": reranking.judge.version, "weight": reranking.weight}
            contents[RERANKING] = json.dumps(kept).encode()
        write_index(folder, manifest, contents, reached)
    progress("Done", 1.0)
    return version


def serving(root: Path, kb: str, encoder: Encoder, judge: Judge | None = None) -> Index | None:
    """Return the index that serves now, whose vectors can be used again; None without a usable one."""
    try:
        return Search.open(root, kb=kb, encoder=encoder, judge=judge).index
    except IndexUnusable:
        return None


def spacy_sentences() -> SplitSentences:
    """Load spaCy, which only building needs."""
    from kb_index.sentences import SpacySentences

    return SpacySentences()


def version_of(
    articles: Sequence[Article],
    known: tuple[Sequence[LabelledQuestion], Sequence[str], Sequence[Synonym]],
    encoder_version: str,
    max_wrong_answers: float,
    judge: Judge | None = None,
) -> str:
    """Name a version by everything that it is made from; `known` is labelled and unanswered questions, and synonyms."""
    labelled, outside, synonyms = known
    inputs = {
        "format": FORMAT,
        "rules": RULE_VERSION,
        "encoder": encoder_version,
        "budget": max_wrong_answers,
        "articles": sorted(json.dumps(dataclasses.asdict(article), default=str) for article in articles),
        "labelled": sorted(json.dumps(dataclasses.asdict(question)) for question in labelled),
        "outside": sorted(outside),
        "background": background(),
        "synonyms": [dataclasses.asdict(synonym) for synonym in synonyms],
        "calibration": default_calibration().to_json().decode(),
        **({"cross_encoder": judge.version} if judge else {}),
    }
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:16]


def calibrate(
    index: Index,
    encoder: Encoder,
    labelled: Sequence[LabelledQuestion],
    *,
    max_wrong_answers: float = MAX_WRONG_ANSWERS,
    reranking: Reranking | None = None,
) -> Calibration:
    """Fit confidence to labelled questions; with too few of them, keep the shipped calibration."""
    prior = default_calibration()
    usable = unseen(index, labelled)
    if len(usable) < FEWEST_LABELLED:
        return prior
    signals, right = judged(index, encoder, usable, prior, reranking)
    answerable = np.array([bool(question.relevant) for question in usable])
    return fit(signals, right, answerable, prior, budget=max_wrong_answers)


def unseen(index: Index, labelled: Sequence[LabelledQuestion]) -> list[LabelledQuestion]:
    """Leave out questions that an article is known to be asked for by: they would look easier than customers' are."""
    known = {text.casefold().strip() for page in index.articles for text in (*page.questions, *page.phrasings)}
    return [question for question in labelled if question.question.casefold().strip() not in known]


def proven_reranking(
    index: Index, encoder: Encoder, labelled: Sequence[LabelledQuestion], judge: Judge | None
) -> Reranking | None:
    """Return a cross-encoder at the weight that helps most; None where labelled questions do not show that it does.

    It must put right more first articles than it spoils, and more clearly than chance would: a one-sided sign test for
    each weight, whose doubts together are at most `RERANKING_DOUBT` (Bonferroni).
    """
    usable = [question for question in unseen(index, labelled) if question.relevant]
    if judge is None or len(usable) < FEWEST_LABELLED:
        return None
    prior = default_calibration()
    _, without = judged(index, encoder, usable, prior)
    found = None
    most = 0
    for weight in RERANKING_WEIGHTS:
        reranking = Reranking(judge, weight)
        _, right = judged(index, encoder, usable, prior, reranking)
        gained, lost = int((right & ~without).sum()), int((without & ~right).sum())
        if gained - lost > most and binomial_tail(lost, gained + lost, 0.5) <= RERANKING_DOUBT / len(RERANKING_WEIGHTS):
            found, most = reranking, gained - lost
    return found


def judged(
    index: Index,
    encoder: Encoder,
    labelled: Sequence[LabelledQuestion],
    calibration: Calibration,
    reranking: Reranking | None = None,
) -> tuple[Floats, Flags]:
    """Ask every labelled question; return the signals of the first public page found and whether it is right."""
    search = Search(index, encoder, calibration, kb_version="calibrating", reranking=reranking)
    rows, right = [], []
    for question in labelled:
        history = [Utterance("customer" if who == "customer" else "agent", text) for who, text in question.history]
        page, signals = search.first_page(Asked.of(question.question, history))
        rows.append(signals)
        right.append(bool(page is not None and index.articles[page.article].article_id in question.relevant))
    return np.array(rows), np.array(right)
