"""The intent classifier inside Rasa's pipeline."""

# ruff: noqa: ARG003 (Rasa calls these methods by the names of their arguments)
from __future__ import annotations

import logging
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.shared import encoder_folder, encoder_version_at, load_encoder, text_of, vector_of
from bot.intents.classifier import Classifier, Prediction
from bot.intents.storage import load, save
from bot.intents.training import Example, train
from bot.intents.vectors import SentenceEncoder

logger = logging.getLogger(__name__)


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class IntentClassifier(GraphComponent):  # type: ignore[misc]
    """Trains on the NLU examples and puts `intent` and `intent_ranking` on messages.

    The confidence is calibrated, and a message out of scope has a low one: no intent is ever predicted for rejection.
    """

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        encoder: SentenceEncoder,
        classifier: Classifier | None = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._encoder = encoder
        self._classifier = classifier

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the options.

        `seed` makes training repeatable, `out_of_scope_intent` names the examples that teach rejection, and
        `encoder_dir` defaults to DESKMATE_ENCODER_DIR.
        """
        return {"seed": 7, "out_of_scope_intent": "out_of_scope", "encoder_dir": None}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Make another encoder a reason to train again."""
        return encoder_version_at(encoder_folder(config.get("encoder_dir")))

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> IntentClassifier:
        """Make one to be trained."""
        return cls(config, model_storage, resource, load_encoder(encoder_folder(config["encoder_dir"])))

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> IntentClassifier:
        """Load the trained one.

        Raises:
            ClassifierUnusable: damaged, or trained with another encoder.
        """
        encoder = load_encoder(encoder_folder(config["encoder_dir"]))
        with model_storage.read_from(resource) as folder:
            classifier = load(folder, encoder_version=encoder.encoder_version)
        return cls(config, model_storage, resource, encoder, classifier)

    def train(self, training_data: TrainingData) -> Resource:
        """Train on all examples that have an intent and a text."""
        outside = self._config["out_of_scope_intent"]
        examples = [
            Example(text_of(message), message.get(INTENT), message.get(INTENT) == outside)
            for message in training_data.intent_examples
            if text_of(message)
        ]
        self._classifier = train(examples, self._encoder, seed=self._config["seed"], progress=logger.info)
        with self._model_storage.write_to(self._resource) as folder:
            save(self._classifier, folder)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Classify messages; an empty text has no intent."""
        for message in messages:
            text = text_of(message)
            if text.strip() and self._classifier is not None:
                put(self._classifier.predict_vector(text, vector_of(message, self._encoder)), message)
            else:
                message.set(INTENT, {"name": None, "confidence": 0.0}, add_to_output=True)
                message.set(INTENT_RANKING_KEY, [], add_to_output=True)
        return messages


def put(prediction: Prediction, message: Message) -> None:
    """Put a prediction on a message, in Rasa's form."""
    ranking = [{"name": label, "confidence": confidence} for label, confidence in prediction.ranking]
    message.set(INTENT, dict(ranking[0]), add_to_output=True)
    message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
    message.set("in_scope", prediction.in_scope, add_to_output=True)
