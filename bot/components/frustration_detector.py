"""The frustration detector inside Rasa's pipeline."""

# ruff: noqa: ARG002 (Rasa calls these methods by the names of their arguments)
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.shared import KnownVectors, metadata_of, note, snapshot_path, text_of, vector_of
from bot.components.trained import TrainedComponent
from bot.frustration.background import load_background
from bot.frustration.conversation import Conversation, Said
from bot.frustration.detector import Detector, load_detector, save_detector
from bot.frustration.emotions import WEIGHTS, load_emotions
from bot.frustration.scorecard import scorecard
from bot.frustration.training import hash_of, read_examples, train_detector


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class FrustrationDetector(TrainedComponent[Detector]):
    """Puts `frustration` on messages: score, reasons, reason codes and the conversation's score."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the options: `examples` and `weights` are folders, `seed` decides the folds of calibration."""
        return {"examples": "data/frustration", "weights": None, "seed": 7, "encoder_dir": None}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Make changed examples a reason to train again."""
        return hash_of(snapshot_path(config.get("examples", "data/frustration")))

    load_part = staticmethod(load_detector)
    save_part = staticmethod(save_detector)

    def train(self, training_data: TrainingData) -> Resource:
        """Refit on the company's examples, on top of the base weights."""
        weights = Path(self._config["weights"] or WEIGHTS)
        version = self._encoder.encoder_version
        emotions = load_emotions(weights, encoder_version=version)
        background = load_background(weights, encoder_version=version)
        examples = read_examples(snapshot_path(self._config["examples"]))
        seed = self._config["seed"]
        encoder = KnownVectors(self._encoder)
        trained = train_detector(examples, emotions, encoder, background=background, seed=seed)
        note("frustration", lambda: scorecard(examples, trained, encoder))
        return self.keep(trained.detector)

    def process(self, messages: list[Message]) -> list[Message]:
        """Judge customers' messages; what an agent says is never judged."""
        for message in messages:
            if self._part is None or metadata_of(message).get("speaker") == "agent":
                nothing = {"score": 0.0, "message_score": 0.0, "reasons": [], "reason_codes": []}
                message.set("frustration", nothing, add_to_output=True)
                continue
            vector = vector_of(message, self._encoder)
            before = conversation_of(metadata_of(message))
            judged = self._part.judge(text_of(message), self._encoder, vector=vector, before=before)
            frustration = {
                "score": round(judged.score, 4),
                "message_score": round(judged.message_score, 4),
                "reasons": list(judged.reasons),
                "reason_codes": list(judged.codes),
                "conversation_score": round(judged.conversation_score, 4),
            }
            message.set("frustration", frustration, add_to_output=True)
        return messages


def conversation_of(metadata: Mapping[str, Any]) -> Conversation:
    """Read what went before from the gateway's metadata."""
    rows = metadata.get("history") or ()
    history = tuple(
        Said(str(row.get("sender", "")), str(row.get("text") or ""), moment(row.get("created_at"))) for row in rows
    )
    context = metadata.get("context") or {}
    return Conversation(history, int(context.get("failed_turns") or 0), datetime.now(timezone.utc))


def moment(written: Any) -> datetime | None:
    """Read an ISO time; None where there is none to read."""
    if not isinstance(written, str):
        return None
    try:
        parsed = datetime.fromisoformat(written.replace("Z", "+00:00"))
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)
