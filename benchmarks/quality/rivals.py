"""txtai and Haystack on the same texts with the same encoder; runs in an environment of its own.

    python -m benchmarks.quality.rivals SHELF ENCODER OUTPUT

txtai: `Embeddings(hybrid=True)`, its default blend of BM25 and vectors. Haystack: `InMemoryBM25Retriever` and
`InMemoryEmbeddingRetriever`, joined by reciprocal rank fusion, as its tutorial on hybrid retrieval has it. Each is
asked with the last turn alone and with the whole conversation; a page ranks by its best text.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from kb_index.encoder import Encoder

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"
MOST_CHARACTERS = 2_000  # of a question; more takes an encoder seconds
DEPTH = 100  # texts fetched for one question: enough for ten pages and five passages
Rows = list[dict[str, Any]]
Find = Callable[[str], list[tuple[int, float]]]  # question -> (row of `texts`, score), best first


def txtai(texts: Rows, encoder: Encoder) -> Find:
    """Return txtai's hybrid search over the texts."""
    from txtai import Embeddings

    def vectors(batch: Sequence[Any]) -> Any:
        return encoder.encode([str(text) for text in batch])

    embeddings = Embeddings(method="external", transform=vectors, hybrid=True, content=False)
    embeddings.index((row, text["text"], None) for row, text in enumerate(texts))
    return lambda question: [(int(row), float(score)) for row, score in embeddings.search(question, DEPTH)]


def haystack(texts: Rows, encoder: Encoder) -> Find:
    """Return Haystack's hybrid retrieval over the texts."""
    from haystack import Document
    from haystack.components.joiners import DocumentJoiner
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    store = InMemoryDocumentStore(embedding_similarity_function="cosine")
    vectors = encoder.encode([text["text"] for text in texts])
    store.write_documents(
        [Document(id=str(row), content=text["text"], embedding=vectors[row].tolist()) for row, text in enumerate(texts)]
    )
    words, meaning = InMemoryBM25Retriever(store, top_k=DEPTH), InMemoryEmbeddingRetriever(store, top_k=DEPTH)
    joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=DEPTH)

    def find(question: str) -> list[tuple[int, float]]:
        near = meaning.run(query_embedding=encoder.encode([question])[0].tolist())["documents"]
        joined = joiner.run(documents=[words.run(query=question)["documents"], near])["documents"]
        return [(int(found.id), float(found.score or 0.0)) for found in joined]

    return find


def ranked(texts: Rows, found: Sequence[tuple[int, float]]) -> dict[str, Any]:
    """Return pages by their best text, and the passages among the texts, best first."""
    pages: dict[str, float] = {}
    for row, score in found:
        pages.setdefault(texts[row]["doc_id"], score)
    scores = list(pages.values())
    return {
        "ranking": list(pages)[:10],
        "passages": [int(texts[row]["passage"]) for row, _ in found if texts[row]["passage"] is not None][:5],
        "confidence": scores[0] - scores[1] if len(scores) > 1 else 0.0,
    }


def answers(find: Find, texts: Rows, queries: Rows, field: str) -> Iterator[dict[str, Any]]:
    """Ask every query by one of its texts."""
    for query in queries:
        began = time.process_time()
        line = ranked(texts, find(query[field][-MOST_CHARACTERS:]))
        yield {"query_id": query["query_id"], "ms": (time.process_time() - began) * 1000, **line}


def main() -> int:
    """Write one file of rankings for each rival and way of asking."""
    shelf, encoder, output = Path(sys.argv[1]), Encoder.load(Path(sys.argv[2])), Path(sys.argv[3])
    texts, queries = (_read(shelf / f"{name}.jsonl") for name in ("texts", "queries"))
    for name, package, build in (("txtai hybrid", "txtai", txtai), ("Haystack hybrid", "haystack-ai", haystack)):
        find = build(texts, encoder)
        for field in ("last", "conversation"):
            title = f"{name} {importlib.metadata.version(package)}, {'last turn' if field == 'last' else field}"
            with (output / f"{title}.jsonl").open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(line) + "\n" for line in answers(find, texts, queries, field))
    return 0


def _read(path: Path) -> Rows:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    sys.exit(main())
