"""Vector stores: which texts lie nearest to a vector."""

from __future__ import annotations

from typing import Any, Protocol

import faiss
import numpy as np
import numpy.typing as npt

from kb_index.encoder import Vectors

HNSW_FROM = (
    10_000  # a flat search of 10,000 vectors takes 1.4 ms; past it, a graph is faster and finds 99.5 % of the same
)
HNSW_NEIGHBOURS = 16
HNSW_EFFORT = 64

Rows = npt.NDArray[np.int64]


class VectorStore(Protocol):
    """Unit vectors by row number."""

    size: int

    def nearest(self, vector: Vectors, limit: int) -> tuple[Rows, Vectors]:
        """Return at most `limit` rows and their cosines, most similar first; fewer from a smaller store.

        Args:
            vector: float32, shape (dim,), unit length, so that the inner product is the cosine.
            limit: most rows to return, at least 1.

        Raises:
            ValueError: `vector` has another shape, or `limit` is below 1.
        """

    def similarities(self, vectors: Vectors, rows: Rows) -> Vectors:
        """Return the cosines of some rows to each of the vectors; shape (len(vectors), len(rows))."""

    def stored(self, rows: Rows) -> Vectors:
        """Return the vectors of some rows; shape (len(rows), dim)."""


class FaissStore:
    """FAISS: exact up to `HNSW_FROM` vectors, a graph beyond. Immutable, safe to share between threads."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self.size = int(index.ntotal)
        self.dim = int(index.d)

    @classmethod
    def over(cls, vectors: Vectors, *, hnsw_from: int = HNSW_FROM) -> FaissStore:
        """Hold vectors, shape (n, dim), each of unit length."""
        if len(vectors) > hnsw_from:
            index: Any = faiss.IndexHNSWFlat(vectors.shape[1], HNSW_NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
            index.hnsw.efSearch = HNSW_EFFORT
        else:
            index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

    def to_bytes(self) -> bytes:
        """Return the store as one file's content."""
        return bytes(faiss.serialize_index(self._index).tobytes())

    @classmethod
    def from_bytes(cls, content: bytes) -> FaissStore:
        """Read what `to_bytes` gave. FAISS reads most damaged files without a word: whoever calls has checked it."""
        return cls(faiss.deserialize_index(np.frombuffer(content, dtype=np.uint8)))

    def nearest(self, vector: Vectors, limit: int) -> tuple[Rows, Vectors]:
        """Return at most `limit` rows and their cosines, most similar first."""
        if vector.shape != (self.dim,):
            raise ValueError(f"vector of shape {vector.shape}, not ({self.dim},)")
        if limit < 1:
            raise ValueError(f"limit {limit} is below 1")
        if not self.size:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        cosines, rows = self._index.search(vector[np.newaxis], min(limit, self.size))
        found = rows[0] >= 0
        return rows[0][found], cosines[0][found]

    def similarities(self, vectors: Vectors, rows: Rows) -> Vectors:
        """Return the cosines of some rows to each of the vectors; shape (len(vectors), len(rows))."""
        return vectors @ self.stored(rows).T

    def stored(self, rows: Rows) -> Vectors:
        """Return the vectors of some rows; shape (len(rows), dim)."""
        if not len(rows):
            return np.empty((0, self.dim), dtype=np.float32)
        vectors: Vectors = self._index.reconstruct_batch(np.ascontiguousarray(rows, dtype=np.int64))
        return vectors
