"""Decides between an intent and the search: whichever is surer of itself answers.

Every intent has one outcome, in `data/intents.yml`. One whose outcome is not `search` wins when its calibrated
confidence reaches its cut-off and is above the search's; otherwise the message is a question for the search, and its
intent is `ask`.
"""

# ruff: noqa: ARG002, ARG003 (Rasa calls these methods by the names of their arguments)
from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.shared import metadata_of, snapshot_path

SEARCH = "search"
OUTCOMES = (SEARCH, "article", "form", "response", "hand_off")
CUT_OFF = 0.5  # for an intent that names none: more likely right than wrong
FILE = "outcomes.json"


@dataclass(frozen=True)
class Outcome:
    """What happens on an intent."""

    outcome: str  # one of `OUTCOMES`
    target: str | None = None  # id of the article, name of the form or response
    cut_off: float = CUT_OFF  # least calibrated confidence to win, in [0, 1]


@dataclass(frozen=True)
class Decision:
    """What a message is taken for."""

    intent: str
    outcome: str
    target: str | None


def read_outcomes(intents: Mapping[str, Mapping[str, Any]]) -> dict[str, Outcome]:
    """Read the `intents` of data/intents.yml.

    Raises:
        ValueError: an unknown outcome, or a cut-off outside [0, 1]; the message names the intent.
    """
    outcomes = {}
    for name, entry in intents.items():
        outcome = Outcome(entry["outcome"], entry.get("target"), float(entry.get("cut_off", CUT_OFF)))
        if outcome.outcome not in OUTCOMES:
            raise ValueError(f"intent {name}: outcome {outcome.outcome!r} is none of {', '.join(OUTCOMES)}")
        if not 0 <= outcome.cut_off <= 1:
            raise ValueError(f"intent {name}: cut-off {outcome.cut_off} is not between 0 and 1")
        outcomes[name] = outcome
    return outcomes


def decide(
    intent: str | None, confidence: float, outcomes: Mapping[str, Outcome], *, search_confidence: float | None, ask: str
) -> Decision:
    """Take a message for its intent, or for a question.

    Args:
        intent: the classifier's label; None for an empty message.
        confidence: calibrated chance that it is right.
        outcomes: by intent; an unknown intent is a question.
        search_confidence: chance that the first article found answers; None when nobody searched.
        ask: the intent of questions.
    """
    known = outcomes.get(intent) if intent else None
    beats_search = search_confidence is None or confidence > search_confidence
    if intent is None or known is None or known.outcome == SEARCH or confidence < known.cut_off or not beats_search:
        return Decision(ask, SEARCH, None)
    return Decision(intent, known.outcome, known.target)


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class OutcomeArbiter(GraphComponent):  # type: ignore[misc]
    """Puts `understanding` on messages and replaces the intent where the search is surer."""

    def __init__(
        self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, outcomes: dict[str, Outcome]
    ) -> None:
        self._ask: str = config["ask_intent"]
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._outcomes = outcomes

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the options: `intents_file`, kept inside the model, and `ask_intent`, the intent of questions."""
        return {"intents_file": "data/intents.yml", "ask_intent": "ask"}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Make a changed file a reason to train again."""
        path = snapshot_path(config.get("intents_file", "data/intents.yml"))
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> OutcomeArbiter:
        """Make one to be trained."""
        return cls(config, model_storage, resource, {})

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> OutcomeArbiter:
        """Load the outcomes the model was trained with."""
        with model_storage.read_from(resource) as folder:
            outcomes = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return cls(config, model_storage, resource, read_outcomes(outcomes))

    def train(self, training_data: TrainingData) -> Resource:
        """Read the outcomes and keep them with the model.

        Raises:
            ValueError: the file is wrong.
        """
        path = snapshot_path(self._config["intents_file"])
        self._outcomes = read_outcomes(yaml.safe_load(path.read_text(encoding="utf-8"))["intents"])
        with self._model_storage.write_to(self._resource) as folder:
            kept = {name: asdict(outcome) for name, outcome in self._outcomes.items()}
            (folder / FILE).write_text(json.dumps(kept, indent=1), encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Arbitrate for messages as they come."""
        for message in messages:
            heard = message.get(INTENT) or {}
            name, confidence = heard.get("name"), float(heard.get("confidence") or 0.0)
            search = metadata_of(message).get("search") or {}
            found = search.get("confidence")
            decision = decide(name, confidence, self._outcomes, search_confidence=found, ask=self._ask)
            if decision.intent != name:
                message.set(INTENT, {"name": decision.intent, "confidence": confidence}, add_to_output=True)
            understanding = {
                "intent": name,
                "confidence": confidence,
                "outcome": decision.outcome,
                "target": decision.target,
                "search_confidence": found,
            }
            message.set("understanding", understanding, add_to_output=True)
        return messages
