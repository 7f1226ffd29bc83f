"""Sentences become vectors: one encoder for search, intents and frustration.

Needs numpy, onnxruntime and tokenizers only, and runs on Python 3.10 and 3.11.
`python -m kb_index.export` makes the folder it loads.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

MANIFEST = "manifest.json"
MODEL = "model.onnx"
TOKENIZER = "tokenizer.json"
FORMAT = 2
VECTOR, INNER = "vector", "inner"  # what the model puts out: the sentence vector, and the layers before it

Vectors = npt.NDArray[np.float32]


class EncoderUnusable(Exception):
    """The encoder's folder is missing, damaged or of another format; the message says which file and why."""


@dataclass(frozen=True, slots=True)
class EncoderManifest:
    """What an export says about itself."""

    encoder_version: str  # names the source model (its weights and tokenizer), the same on every machine
    dim: int
    max_tokens: int
    precision: str  # how the weights are stored: "fp32", "int8", ...
    checksums: dict[str, str]  # sha256 of each file of the export, by file name


def checksum(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def read_manifest(folder: Path) -> EncoderManifest:
    """Read an export's manifest.

    Raises:
        EncoderUnusable: it is missing, not JSON, or of another format.
    """
    path = folder / MANIFEST
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        if fields["format"] != FORMAT:
            raise EncoderUnusable(f"{path}: format {fields['format']!r}, this program reads {FORMAT}")
        return EncoderManifest(
            encoder_version=str(fields["encoder_version"]),
            dim=int(fields["dim"]),
            max_tokens=int(fields["max_tokens"]),
            precision=str(fields["precision"]),
            checksums={str(name): str(value) for name, value in fields["checksums"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EncoderUnusable(f"{path}: {error}") from error


def check_files(folder: Path, manifest: EncoderManifest) -> None:
    """Compare every file with its checksum, before anything parses it.

    Raises:
        EncoderUnusable: a file is missing or differs.
    """
    for name in (MODEL, TOKENIZER):
        path = folder / name
        try:
            found = checksum(path)
        except OSError as error:
            raise EncoderUnusable(f"{path}: {error}") from error
        if found != manifest.checksums.get(name):
            raise EncoderUnusable(f"{path}: checksum differs from the manifest's")


class Encoder:
    """Turns sentences into unit vectors. Safe to share between threads.

    A text's vector depends on that text alone: texts are run one by one, because the int8 model scales its
    activations by the largest value in a batch, so that a neighbour would change the vector a little.
    """

    def __init__(self, manifest: EncoderManifest, tokenizer: Any, session: Any) -> None:
        self.encoder_version = manifest.encoder_version
        self.precision = manifest.precision
        self.dim = manifest.dim
        self._tokenizer = tokenizer
        self._session = session
        self._inputs = {tensor.name for tensor in session.get_inputs()}
        inner = next(tensor for tensor in session.get_outputs() if tensor.name == INNER)
        self.layered_dim = self.dim + int(inner.shape[1]) * int(inner.shape[2])

    @classmethod
    def load(cls, folder: Path, *, threads: int = 1) -> Encoder:
        """Load an export after checking its checksums.

        Args:
            folder: what `python -m kb_index.export` wrote.
            threads: most threads for one text; the caller's own threads come on top.

        Raises:
            EncoderUnusable: the folder is missing, damaged, or does not encode.
        """
        import onnxruntime
        import tokenizers

        manifest = read_manifest(folder)
        check_files(folder, manifest)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            tokenizer = tokenizers.Tokenizer.from_file(str(folder / TOKENIZER))
            tokenizer.no_padding()
            tokenizer.enable_truncation(manifest.max_tokens)
            session = onnxruntime.InferenceSession(str(folder / MODEL), options, providers=["CPUExecutionProvider"])
            encoder = cls(manifest, tokenizer, session)
            encoder.encode_layers(["ready"])
        except Exception as error:  # the libraries raise bare exceptions of their own
            raise EncoderUnusable(f"{folder}: {error}") from error
        return encoder

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one vector per text, in order.

        Args:
            texts: any strings; what is past the model's `max_tokens` is not read.

        Returns:
            float32, shape (len(texts), dim), each row of unit length.
        """
        vectors = np.empty((len(texts), self.dim), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = unit(self._run(text, [VECTOR])[0][0])
        return vectors

    def encode_layers(self, texts: Sequence[str]) -> Vectors:
        """Return one vector per text that also holds the model's inner layers, in order.

        The last layer was trained to say what a text is about, whoever says it; the layers before it still know how it
        is said. The sentence vector comes first, then each inner layer, averaged over the text's tokens.

        Args:
            texts: as in `encode`.

        Returns:
            float32, shape (len(texts), layered_dim); each part of one length, each row of unit length. The first `dim`
            columns are the sentence vector's, shortened.
        """
        vectors = np.empty((len(texts), self.layered_dim), dtype=np.float32)
        for row, text in enumerate(texts):
            vector, inner = self._run(text, [VECTOR, INNER])
            parts = [unit(vector[0]), *(unit(layer) for layer in inner[0])]
            vectors[row] = np.concatenate(parts) / np.sqrt(np.float32(len(parts)))
        return vectors

    def _run(self, text: str, outputs: list[str]) -> list[Vectors]:
        # A lone surrogate is legal in JSON and in str, but not in UTF-8, which the tokenizer needs.
        encoding = self._tokenizer.encode(text.encode("utf-8", "replace").decode("utf-8"))
        arrays = {
            "input_ids": encoding.ids,
            "attention_mask": encoding.attention_mask,
            "token_type_ids": encoding.type_ids,
        }
        feeds = {name: np.array([ids], dtype=np.int64) for name, ids in arrays.items() if name in self._inputs}
        return [np.asarray(output, dtype=np.float32) for output in self._session.run(outputs, feeds)]


def unit(vector: Vectors) -> Vectors:
    """Return a vector at unit length; one of zeros stays as it is."""
    return vector / max(float(np.linalg.norm(vector)), 1e-12)
