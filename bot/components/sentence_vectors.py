"""Puts the shared encoder's vector on every message, once, for whoever comes after."""

# ruff: noqa: ARG003 (Rasa calls these methods by the names of their arguments)
from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.shared import VECTOR_ORIGIN, encoder_folder, encoder_version_at, load_encoder, text_of
from bot.intents.vectors import Floats, SentenceEncoder, encode_all


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER], is_trainable=False)
class SentenceVectors(GraphComponent):  # type: ignore[misc]
    """A featurizer over `kb_index.encoder`: dense features of shape (1, dim), unit length."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        self._encoder = encoder

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceVectors:
        """Load the encoder the configuration names."""
        return cls(load_encoder(encoder_folder(config["encoder_dir"])))

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the options: `encoder_dir`, default DESKMATE_ENCODER_DIR."""
        return {"encoder_dir": None}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Make another encoder a reason to train again."""
        return encoder_version_at(encoder_folder(config.get("encoder_dir")))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Encode all training examples."""
        messages = [message for message in training_data.training_examples if text_of(message)]
        vectors = encode_all(self._encoder, [text_of(message) for message in messages])
        for message, vector in zip(messages, vectors, strict=True):
            add_vector(message, vector)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Encode messages as they come."""
        for message in messages:
            add_vector(message, self._encoder.encode([text_of(message)])[0])
        return messages


def add_vector(message: Message, vector: Floats) -> None:
    """Put a vector on a message as a sentence feature."""
    message.add_features(Features(vector[None], FEATURE_TYPE_SENTENCE, TEXT, VECTOR_ORIGIN))
