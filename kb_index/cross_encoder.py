"""A cross-encoder, for those who have one: it reads question and passage together, and reorders the first few pages.

None is shipped. `python -m kb_index.export_cross_encoder --model FOLDER` puts one in place; an index build then
measures on the company's labelled questions what it is worth, and leaves it out where it does not help.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from kb_index.encoder import MANIFEST, MODEL, TOKENIZER, EncoderUnusable, checksum

FORMAT = 1
KIND = "cross-encoder"

Floats = npt.NDArray[np.float64]


class CrossEncoderUnusable(EncoderUnusable):
    """The cross-encoder's folder is damaged or of another format; the message says which file and why."""


class Judge(Protocol):
    """Says how well texts answer a question, reading both together."""

    version: str
    candidates: int  # texts that may be read for one question, so that it stays within its time

    def relevance(self, question: str, texts: Sequence[str]) -> Floats:
        """Return one value per text, in order; higher answers better. Comparable within one question only."""


@dataclass(frozen=True, slots=True)
class Reranking:
    """A cross-encoder with the weight that it proved to be worth."""

    judge: Judge
    weight: float  # against the other evidence for a page, each in [0, 1]

    def evidence(self, question: str, texts: Sequence[str]) -> Floats:
        """Return what speaks for each text, in (0, 1]: the root of its chance against the best one's, as `Taught` does.

        Args:
            question: the customer's words.
            texts: at least one.
        """
        relevance = self.judge.relevance(question, texts)
        roots: Floats = np.exp((relevance - relevance.max()) / 2)
        return roots


class CrossEncoder:
    """Judges pairs of texts with an exported sentence-transformers CrossEncoder. Safe to share between threads."""

    def __init__(self, version: str, candidates: int, tokenizer: Any, session: Any) -> None:
        self.version = version
        self.candidates = candidates
        self._tokenizer = tokenizer
        self._session = session
        self._inputs = {tensor.name for tensor in session.get_inputs()}

    @classmethod
    def load(cls, folder: Path, *, threads: int = 1) -> CrossEncoder:
        """Load an export after checking its checksums.

        Raises:
            CrossEncoderUnusable: the folder is missing, damaged, or does not judge.
        """
        import onnxruntime
        import tokenizers

        fields = checked_manifest(folder)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            tokenizer = tokenizers.Tokenizer.from_file(str(folder / TOKENIZER))
            tokenizer.no_padding()
            tokenizer.enable_truncation(int(fields["max_tokens"]), strategy="longest_first")
            session = onnxruntime.InferenceSession(str(folder / MODEL), options, providers=["CPUExecutionProvider"])
            judge = cls(str(fields["cross_encoder_version"]), int(fields["candidates"]), tokenizer, session)
            judge.relevance("ready", ["yes"])
        except Exception as error:  # the libraries raise bare exceptions of their own
            raise CrossEncoderUnusable(f"{folder}: {error}") from error
        return judge

    def relevance(self, question: str, texts: Sequence[str]) -> Floats:
        """Return the model's logit for each text with the question."""
        return np.array([self._one(question, text) for text in texts], dtype=np.float64)

    def _one(self, question: str, text: str) -> float:
        pair = [part.encode("utf-8", "replace").decode("utf-8") for part in (question, text)]
        encoding = self._tokenizer.encode(*pair)
        arrays = {
            "input_ids": encoding.ids,
            "attention_mask": encoding.attention_mask,
            "token_type_ids": encoding.type_ids,
        }
        feeds = {name: np.array([ids], dtype=np.int64) for name, ids in arrays.items() if name in self._inputs}
        return float(np.ravel(self._session.run(None, feeds)[0])[0])


def checked_manifest(folder: Path) -> dict[str, Any]:
    """Read an export's manifest and compare its files with their checksums.

    Raises:
        CrossEncoderUnusable: a file is missing or differs, or it is no cross-encoder of this format.
    """
    try:
        fields: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if (fields["kind"], fields["format"]) != (KIND, FORMAT):
            raise CrossEncoderUnusable(f"{folder}: {fields['kind']!r} of format {fields['format']!r}")
        for name in (MODEL, TOKENIZER):
            if checksum(folder / name) != fields["checksums"][name]:
                raise CrossEncoderUnusable(f"{folder / name}: checksum differs from the manifest's")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CrossEncoderUnusable(f"{folder}: {error}") from error
    return fields


def installed(folder: Path) -> CrossEncoder | None:
    """Load the installation's cross-encoder; None where it has none.

    Raises:
        CrossEncoderUnusable: there is one, and it is damaged.
    """
    return CrossEncoder.load(folder) if (folder / MANIFEST).is_file() else None
