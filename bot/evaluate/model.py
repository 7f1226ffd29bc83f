"""A packed model asked about held-out examples: what a candidate and the current model are compared by."""

from __future__ import annotations

import tarfile
import tempfile
from pathlib import Path

from bot.evaluate.intents import text_of
from bot.evaluate.lines import write_lines
from bot.intents.classifier import Classifier
from bot.intents.storage import FILES, VOCABULARY, load
from bot.layered import LayeredEncoder
from kb_index.lines import read_lines


def evaluate_model(model: Path, test: Path, output: Path, *, encoder: Path) -> None:
    """Write one {"label", "confidence"} line for each test line, in order.

    Raises:
        ValueError: the archive holds no intent classifier, or a test line no text.
        SavedUnusable: it was trained with another encoder.
    """
    loaded = LayeredEncoder.load(encoder)
    classifier = classifier_in(model, encoder_version=loaded.encoder_version)
    texts = [text_of(row, test) for row in read_lines(test)]
    predictions = classifier.predict(texts, loaded)
    write_lines(output, ({"label": p.label, "confidence": round(p.confidence, 6)} for p in predictions))


def classifier_in(model: Path, *, encoder_version: str) -> Classifier:
    """Take the intent classifier out of a packed model.

    Raises:
        ValueError: the archive cannot be read, or holds none.
    """
    try:
        with tarfile.open(model) as archive, tempfile.TemporaryDirectory() as work:
            vocabulary = next((name for name in archive.getnames() if Path(name).name == VOCABULARY), None)
            if vocabulary is None:
                raise ValueError(f"{model}: holds no intent classifier")
            for name in FILES:  # by our own names: what the archive calls them is not used as a path
                content = archive.extractfile(str(Path(vocabulary).parent / name))
                if content is None:
                    raise ValueError(f"{model}: {name} is no file")
                (Path(work) / name).write_bytes(content.read())
            return load(Path(work), encoder_version=encoder_version)
    except (tarfile.TarError, KeyError) as error:
        raise ValueError(f"{model}: {error}") from error
