"""What several components need: the encoder, paths of a training snapshot, and a message's text and metadata."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.intents.vectors import Floats, SentenceEncoder, encode_all, shortened
from bot.layered import LayeredEncoder

VECTOR_ORIGIN = "SentenceVectors"


@lru_cache(maxsize=2)
def load_encoder(folder: Path) -> SentenceEncoder:
    """Load an encoder once for all components of this process.

    Raises:
        EncoderUnusable: see `Encoder.load`.
    """
    return LayeredEncoder.load(folder)


def encoder_folder(configured: str | None) -> Path:
    """Return the encoder's folder: the configured one, else DESKMATE_ENCODER_DIR, else var/encoder."""
    return Path(configured or os.environ.get("DESKMATE_ENCODER_DIR") or "var/encoder").resolve()


def encoder_version_at(folder: Path) -> str:
    """Return the version of the encoder in a folder, or "" when there is none to read."""
    try:
        return str(json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["encoder_version"])
    except (OSError, ValueError, KeyError):
        return ""


def snapshot_path(configured: str) -> Path:
    """Return a path of the training data; a relative one starts at DESKMATE_SNAPSHOT, else where the process runs."""
    return Path(os.environ.get("DESKMATE_SNAPSHOT") or ".") / configured


def text_of(message: Message) -> str:
    """Return what of a message's text is read."""
    return shortened(message.get(TEXT) or "")


def metadata_of(message: Message) -> Mapping[str, Any]:
    """Return what the gateway sent beside the text; empty in training and in `rasa shell`."""
    metadata = message.get("metadata")
    return metadata if isinstance(metadata, Mapping) else {}


def vector_of(message: Message, encoder: SentenceEncoder) -> Floats:
    """Return a message's vector: the one `SentenceVectors` put there, else a new one; shape (dim,)."""
    for feature in message.features:
        if feature.origin == VECTOR_ORIGIN and feature.type == FEATURE_TYPE_SENTENCE:
            return np.asarray(feature.features[0], dtype=np.float32)
    vector: Floats = encoder.encode([text_of(message)])[0]
    return vector


def remembering(encoder: SentenceEncoder, messages: Iterable[Message]) -> SentenceEncoder:
    """Return an encoder that already knows the vectors `SentenceVectors` put on messages."""
    return KnownVectors(encoder, {text_of(message): vector_of(message, encoder) for message in messages})


class KnownVectors:
    """An encoder that looks known texts up and encodes each new one once."""

    def __init__(self, encoder: SentenceEncoder, known: dict[str, Floats] | None = None) -> None:
        self.encoder_version = encoder.encoder_version
        self.dim, self.sentence_dim = encoder.dim, encoder.sentence_dim
        self._encoder, self._known = encoder, dict(known or {})

    def encode(self, texts: Sequence[str]) -> Floats:
        """Encode texts."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, encode_all(self._encoder, new), strict=True))
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        return np.stack([self._known[text] for text in texts])


def note(name: str, make: Callable[[], dict[str, Any]]) -> None:
    """Write what a training found out for its report, where `bot.train` asked for one."""
    folder = os.environ.get("DESKMATE_REPORT_DIR")
    if folder:
        (Path(folder) / f"{name}.json").write_text(json.dumps(make(), ensure_ascii=False), encoding="utf-8")
