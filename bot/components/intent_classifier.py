"""The intent classifier inside Rasa's pipeline."""

from __future__ import annotations

import logging
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.shared import encoder_folder, encoder_version_at, note, remembering, text_of, vector_of
from bot.components.trained import TrainedComponent
from bot.intents.classifier import Classifier, Prediction
from bot.intents.examples import Example
from bot.intents.review import review
from bot.intents.storage import load, save
from bot.intents.training import train

logger = logging.getLogger(__name__)


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class IntentClassifier(TrainedComponent[Classifier]):
    """Trains on the NLU examples and puts `intent` and `intent_ranking` on messages.

    The confidence is calibrated, and a message out of scope has a low one: no intent is ever predicted for rejection.
    """

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

    load_part = staticmethod(load)
    save_part = staticmethod(save)

    def train(self, training_data: TrainingData) -> Resource:
        """Train on all examples that have an intent and a text."""
        outside = self._config["out_of_scope_intent"]
        examples = [
            Example(text_of(message), message.get(INTENT), message.get(INTENT) == outside)
            for message in training_data.intent_examples
            if text_of(message)
        ]
        seed = self._config["seed"]
        encoder = remembering(self._encoder, [m for m in training_data.intent_examples if text_of(m)])
        trained = train(examples, encoder, seed=seed, progress=logger.info)
        note("intents", lambda: review(examples, encoder, seed=seed))
        return self.keep(trained)

    def process(self, messages: list[Message]) -> list[Message]:
        """Classify messages; an empty text has no intent."""
        for message in messages:
            text = text_of(message)
            if text.strip() and self._part is not None:
                put(self._classified(self._part, message), message)
            else:
                message.set(INTENT, {"name": None, "confidence": 0.0}, add_to_output=True)
                message.set(INTENT_RANKING_KEY, [], add_to_output=True)
        return messages

    def _classified(self, classifier: Classifier, message: Message) -> Prediction:
        """Classify a message; its vector serves unless a word of it is misspelt."""
        text = text_of(message)
        read = classifier.reader.read(text)
        vector = vector_of(message, self._encoder) if read == text else self._encoder.encode([read])[0]
        return classifier.predict_vector(read, vector)


def put(prediction: Prediction, message: Message) -> None:
    """Put a prediction on a message, in Rasa's form."""
    ranking = [{"name": label, "confidence": confidence} for label, confidence in prediction.ranking]
    message.set(INTENT, dict(ranking[0]), add_to_output=True)
    message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
    message.set("in_scope", prediction.in_scope, add_to_output=True)
