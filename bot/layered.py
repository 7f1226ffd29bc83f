"""The shared encoder as the understanding parts use it: the sentence vector and the layers before it, in one vector.

What a message asks for is read from the sentence vector; how its writer feels is read from all layers, because the
last one was trained to forget how a thing is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.intents.vectors import Floats
from kb_index.encoder import Encoder


class LayeredEncoder:
    """An encoder whose vectors begin with the sentence vector. Safe to share between threads."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder_version = encoder.encoder_version
        self.dim, self.sentence_dim = encoder.layered_dim, encoder.dim
        self._encoder = encoder

    @classmethod
    def load(cls, folder: Path) -> LayeredEncoder:
        """Load an export.

        Raises:
            EncoderUnusable: see `Encoder.load`.
        """
        return cls(Encoder.load(folder))

    def encode(self, texts: Sequence[str]) -> Floats:
        """Encode texts; see `Encoder.encode_layers`."""
        return self._encoder.encode_layers(texts)
