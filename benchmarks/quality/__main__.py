"""Ours against what people would pick instead, on the same files, in one run: `make bench-quality [EVAL=DIR]`.

    python -m benchmarks.quality [--eval DIR] [--most 700] [--rivals PYTHON] [--diet]

Retrieval on the shop's test questions, and on the public sets of DIR: ours, BM25, plain dense retrieval, txtai's hybrid
search and Haystack's hybrid retrieval, all on the same passages with the same encoder. `--diet` adds Rasa's stock
pipeline (DIETClassifier) against our intent classifier on Banking77 with five examples a label; it takes minutes.
Milliseconds are processor time for one question, encoding included, median, on one thread.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from api.cli.evaluate import ready_encoder
from api.evaluation.score import score_retrieval
from benchmarks.quality import plain
from benchmarks.quality.intents import against_diet
from benchmarks.quality.page import Table, page_of, plot_of
from benchmarks.quality.rivals import Rows, answers
from benchmarks.quality.shelf import Set, open_search, public_sets, the_shop, write_shelf
from benchmarks.retrieval.__main__ import ask, measure
from kb_index.encoder import Encoder
from kb_index.index import Index
from kb_index.lines import read_lines

SHOWN = ("hit@1", "hit@5", "mrr@10", "passage@1", "answer_f1", "ms")
WAYS = {"last": "last turn", "conversation": "conversation"}
DOCS = Path("docs")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison; print the tables and write `docs/quality.md` with its plots."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality")
    parser.add_argument("--eval", type=Path, help="folder with retrieval/ and intent/, as `make evaluate` takes it")
    parser.add_argument("--most", type=int, default=700, help="queries of each public set, spread evenly")
    parser.add_argument("--encoder", type=Path, help="folder of the exported encoder; made if it is missing")
    parser.add_argument("--rivals", type=Path, help="Python of the environment with txtai and Haystack")
    parser.add_argument("--diet", action="store_true", help="Rasa's stock pipeline too; needs --eval")
    options = parser.parse_args(arguments)
    options.encoder = options.encoder or ready_encoder()
    encoder = Encoder.load(options.encoder)
    sets = [the_shop(), *(public_sets(options.eval, options.most) if options.eval else [])]
    tables = [compare(chosen, encoder, options) for chosen in sets]
    if options.diet and options.eval:
        tables.append(against_diet(options.eval, options.encoder))
    write(tables)
    return 0


def compare(chosen: Set, encoder: Encoder, options: argparse.Namespace) -> Table:
    """Ask one set's queries every way."""
    print(f"{chosen.name}: {len(chosen.articles)} articles, {len(chosen.queries)} questions", flush=True)
    search = open_search(chosen, encoder)
    figures = {"ours": measure(lambda query_id, asked: ask(search, query_id, asked), chosen.queries)}
    with tempfile.TemporaryDirectory() as name:
        shelf = Path(name)
        write_shelf(search.index, chosen.queries, shelf)
        for title, lines in rankings(shelf, encoder, options):
            figures[title] = scored(search.index, chosen.queries, lines)
    table = Table.of(chosen.name, len(chosen.queries), figures, SHOWN)
    print(table.as_text(), flush=True)
    return table


def rankings(shelf: Path, encoder: Encoder, options: argparse.Namespace) -> Iterator[tuple[str, Rows]]:
    """Yield what each rival answers, by its name."""
    texts, queries = read_lines(shelf / "texts.jsonl"), read_lines(shelf / "queries.jsonl")
    for name, find in (("BM25", plain.bm25(texts)), ("dense", plain.dense(texts, encoder))):
        for field, way in WAYS.items():
            yield f"{name}, {way}", list(answers(find, texts, queries, field))
    if options.rivals is None:
        return
    output = shelf / "rivals"
    output.mkdir()
    command = [options.rivals, "-m", "benchmarks.quality.rivals", shelf, options.encoder, output]
    subprocess.run(list(map(str, command)), check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    for path in sorted(output.glob("*.jsonl")):
        yield path.stem, read_lines(path)


def scored(index: Index, queries: Sequence[dict[str, Any]], lines: Rows) -> dict[str, Any]:
    """Score a rival's rankings; the answer it shows is its whole first passage."""
    for line in lines:
        line["passages"] = [index.passage_text(row) for row in line["passages"]]
        line["answer"] = line["passages"][0] if line["passages"] else ""
    return {**score_retrieval(queries, lines), "ms": statistics.median(line["ms"] for line in lines)}


def write(tables: Sequence[Table]) -> None:
    """Write the page with its plots, and the figures as JSON beside it."""
    images = DOCS / "images"
    images.mkdir(parents=True, exist_ok=True)
    for table in tables:
        (images / f"quality-{table.slug}.svg").write_text(plot_of(table), encoding="utf-8")
    (DOCS / "quality.md").write_text(page_of(tables), encoding="utf-8")
    figures = {table.name: table.figures for table in tables}
    (DOCS / "quality.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {DOCS / 'quality.md'}")


if __name__ == "__main__":
    sys.exit(main())
