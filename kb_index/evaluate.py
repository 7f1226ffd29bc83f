"""Offline figures on any labelled files, with no service running.

python -m kb_index.evaluate retrieval --documents docs.jsonl --queries queries.jsonl --output rankings.jsonl
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kb_index.answer import AnswerRule, answer_of, nearest_sentence
from kb_index.articles import Article
from kb_index.build import calibrate, spacy_sentences
from kb_index.confidence import LabelledQuestion
from kb_index.conversation import Asked, Speaker, Utterance
from kb_index.encoder import Encoder, EncoderUnusable
from kb_index.index import make_index
from kb_index.lines import read_lines
from kb_index.search import Search

ANSWERS = ("ours", "whole", "sentence")
SHOWN_WORDS = 120
RANKED, PASSAGES = 10, 5

_SPEAKERS: dict[str, Speaker] = {
    "customer": "customer",
    "user": "customer",
    "agent": "agent",
    "bot": "bot",
    "system": "bot",
}

Warn = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of rankings."""

    query_id: str
    ranking: tuple[str, ...]  # at most 10, best first
    passages: tuple[str, ...]  # at most 5
    answer: str
    confidence: float  # chance that ranking[0] is right
    decision: str

    def to_json(self) -> str:
        """Return the line as interfaces.md has it."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__}, ensure_ascii=False)


def articles_of(documents: Iterable[dict[str, Any]], warn: Warn) -> list[Article]:
    """Read documents as articles of plain text; what comes again under an id is joined to the first.

    Raises:
        ValueError: a document has no `doc_id`.
    """
    found: dict[str, Article] = {}
    for row in documents:
        if "doc_id" not in row:
            raise ValueError(f"a document without doc_id: {str(row)[:80]}")
        article = article_of(row)
        if (before := found.get(article.article_id)) is not None:
            warn(f"document {article.article_id!r} occurs twice: joined")
            bodies = (before.body, article.body) if article.body not in before.body else (before.body,)
            questions = tuple(dict.fromkeys((*before.questions, *article.questions)))
            article = replace(before, body="\n\n".join(bodies), questions=questions)
        found[article.article_id] = article
    return list(found.values())


def article_of(row: dict[str, Any]) -> Article:
    """Read one document: `text`, or `answers` one after the other; `question` is one that customers ask for it."""
    answers = row.get("answers") or []
    text = str(row.get("text") or "\n\n".join(str(answer) for answer in answers))
    question, title = str(row.get("question") or ""), str(row.get("title") or "")
    questions = (question,) if question else ()
    return Article(str(row["doc_id"]), title or question, text, questions, plain=True)


def asked_of(row: dict[str, Any]) -> Asked:
    """Read one query with its history.

    Raises:
        ValueError: a turn's speaker is none of those known.
    """
    history = []
    for turn in row.get("history") or []:
        speaker = _SPEAKERS.get(str(turn.get("speaker")))
        if speaker is None:
            raise ValueError(f"query {row.get('query_id')!r}: unknown speaker {turn.get('speaker')!r}")
        history.append(Utterance(speaker, str(turn["text"])))
    return Asked.of(str(row["query"]), history)


def evaluate_retrieval(
    documents: Path,
    queries: Path,
    encoder: Encoder,
    *,
    answer: str = "ours",
    labelled: Sequence[LabelledQuestion] = (),
    warn: Warn = lambda _: None,
    progress: Callable[[str, float], None] = lambda _stage, _share: None,
) -> Iterator[Line]:
    """Index documents, ask every query, and yield its line.

    Args:
        documents: JSON lines of `{"doc_id", "title"?, "question"?, "text"? | "answers"?}`.
        queries: JSON lines of `{"query_id", "query", "history"?}`.
        encoder: makes the vectors.
        answer: what is shown: `ours`, the `whole` first passage, or its one `sentence` nearest to the last turn.
        labelled: questions on these documents to calibrate on; without any, the shipped calibration serves.
        warn: told what is odd about the files.
        progress: told what is being done and how far it is.

    Raises:
        ValueError: a file cannot be read, or `answer` is unknown.
    """
    if answer not in ANSWERS:
        raise ValueError(f"answer {answer!r} is none of {', '.join(ANSWERS)}")
    articles = articles_of(read_lines(documents), warn)
    rows = read_lines(queries)
    index = make_index(articles, encoder, spacy_sentences(), progress)
    search = Search(index, encoder, calibrate(index, encoder, labelled), kb_version="offline")
    for number, row in enumerate(rows):
        if number % 50 == 0:
            progress("Asking", number / len(rows))
        yield ask(search, str(row["query_id"]), asked_of(row), answer)
    progress("Asking", 1.0)


def ask(search: Search, query_id: str, asked: Asked, answer: str = "ours") -> Line:
    """Ask one query as the product would, and look deeper into what it found than the product shows."""
    looked = search.look(asked, RANKED)
    if looked is None:
        return Line(query_id, (), (), "", 0.0, "none")
    index, query, pages, chances = search.index, looked.query, looked.pages, looked.chances
    passages = [(page, passage) for page in pages for passage in page.passages]
    passages.sort(key=lambda pair: -(search.weights.page * pair[0].strength + pair[1].strength))
    first = pages[0].passages[0].row if pages[0].passages else passages[0][1].row
    rows = list(dict.fromkeys([first, *(passage.row for _, passage in passages)]))[:PASSAGES]
    shown = {
        "ours": lambda: answer_of(index, query, first, AnswerRule()),
        "whole": lambda: index.passage_text(first),
        "sentence": lambda: nearest_sentence(index, query, first),
    }[answer]()
    return Line(
        query_id=query_id,
        ranking=tuple(index.articles[page.article].article_id for page in pages),
        passages=tuple(at_most(index.passage_text(row)) for row in rows),
        answer=at_most(shown),
        confidence=float(chances[0]),
        decision=looked.decision,
    )


def at_most(text: str, words: int = SHOWN_WORDS) -> str:
    """Return a text's beginning, of at most so many words."""
    parts = text.split(maxsplit=words)
    return text if len(parts) <= words else text[: len(text) - len(parts[words])].rstrip()


def labelled_of(rows: Iterable[dict[str, Any]]) -> list[LabelledQuestion]:
    """Read labelled questions from query lines that have `relevant_docs`."""
    found = []
    for row in rows:
        history = tuple((turn.speaker, turn.text) for turn in asked_of(row).history)
        found.append(LabelledQuestion(str(row["query"]), tuple(row["relevant_docs"]), history))
    return found


def write_lines(lines: Iterable[Line], path: Path) -> int:
    """Write rankings; return how many."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(line.to_json() + "\n")
            count += 1
    return count


def show_progress(stage: str, share: float) -> None:
    """Keep one line of progress on the terminal."""
    sys.stderr.write(f"\r{stage:<24}{share:>5.0%}")
    sys.stderr.flush()


def show_warning(text: str) -> None:
    """Tell the operator what is odd."""
    sys.stderr.write(f"\rwarning: {text}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code: 2 when a file or the encoder cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m kb_index.evaluate", description=__doc__)
    tasks = parser.add_subparsers(dest="task", required=True)
    retrieval = tasks.add_parser("retrieval", help="rank documents for every query")
    retrieval.add_argument("--documents", type=Path, required=True)
    retrieval.add_argument("--queries", type=Path, required=True)
    retrieval.add_argument("--output", type=Path, required=True)
    retrieval.add_argument("--answer", choices=ANSWERS, default="ours")
    retrieval.add_argument("--encoder", type=Path, default=Path("var/encoder"))
    retrieval.add_argument("--labelled", type=Path, help="query lines with relevant_docs, to calibrate confidence on")
    options = parser.parse_args(arguments)
    try:
        run_retrieval(options)
    except (ValueError, KeyError, OSError, EncoderUnusable) as error:
        sys.stderr.write(f"evaluate: {error}\n")
        return 2
    return 0


def run_retrieval(options: argparse.Namespace) -> None:
    """Run `retrieval` with progress on the terminal."""
    labelled = labelled_of(read_lines(options.labelled)) if options.labelled else []
    lines = evaluate_retrieval(
        options.documents,
        options.queries,
        Encoder.load(options.encoder),
        answer=options.answer,
        labelled=labelled,
        warn=show_warning,
        progress=show_progress,
    )
    count = write_lines(lines, options.output)
    sys.stderr.write(f"\nwrote {count} rankings to {options.output}\n")


if __name__ == "__main__":
    raise SystemExit(main())
