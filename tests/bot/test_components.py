"""The pipeline's components, each trained, saved and loaded through Rasa's own model storage."""

from __future__ import annotations

import json
import uuid

import numpy as np
import pytest
import yaml
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

import bot.components.sentence_vectors as vectors_module
import bot.components.shared as shared_module
from bot.components.frustration_detector import FrustrationDetector, conversation_of
from bot.components.intent_classifier import IntentClassifier
from bot.components.language import Language
from bot.components.outcome_arbiter import Outcome, OutcomeArbiter, decide, read_outcomes
from bot.components.sentence_vectors import SentenceVectors
from bot.components.shared import remembering, vector_of
from bot.frustration.emotions import Emotions, save_emotions
from bot.saved import SavedUnusable
from tests.bot.fake_encoder import WordEncoder
from tests.bot.test_frustration import ANGRY, CALM
from tests.bot.test_frustration import WORDS as FEELINGS
from tests.bot.test_intents import EXAMPLES, OUTSIDE, WORDS


@pytest.fixture(scope="module")
def encoder():
    return WordEncoder(f"{WORDS} {FEELINGS}")


@pytest.fixture(autouse=True)
def use_fake_encoder(encoder, monkeypatch):
    for module in (vectors_module, shared_module):
        monkeypatch.setattr(module, "load_encoder", lambda folder: encoder)


@pytest.fixture
def storage(tmp_path):
    (tmp_path / "storage").mkdir()
    return LocalModelStorage.create(tmp_path / "storage")


CONTEXT = ExecutionContext(GraphSchema({}), uuid.uuid4().hex)


def message(text: str, **metadata: object) -> Message:
    return Message({TEXT: text, "metadata": metadata})


def nlu() -> TrainingData:
    pairs = [(text, label) for label, texts in EXAMPLES.items() for text in texts]
    pairs += [(text, "out_of_scope") for text in OUTSIDE]
    return TrainingData([Message({TEXT: text, INTENT: label}) for text, label in pairs])


def made(kind, storage, **config):
    return kind.create({**kind.get_default_config(), **config}, storage, Resource(kind.__name__), CONTEXT)


def loaded(kind, storage, **config):
    return kind.load({**kind.get_default_config(), **config}, storage, Resource(kind.__name__), CONTEXT)


def test_sentence_vectors_are_put_on_messages_once_and_found_again(storage, encoder):
    component = made(SentenceVectors, storage)
    [heard] = component.process([message("where is my parcel")])
    assert len(heard.features) == 1
    assert vector_of(heard, encoder) == pytest.approx(encoder.encode(["where is my parcel"])[0])


def test_sentence_vectors_encode_the_training_data(storage, encoder):
    data = made(SentenceVectors, storage).process_training_data(nlu())
    assert all(len(example.features) == 1 for example in data.training_examples)


def test_the_classifier_trains_loads_and_classifies(storage):
    made(IntentClassifier, storage).train(nlu())
    component = loaded(IntentClassifier, storage)
    known, unknown = component.process([message("track my parcel"), message("how tall is the tower")])
    assert known.get("intent")["name"] == "order_status"
    assert known.get("intent")["confidence"] > unknown.get("intent")["confidence"]
    assert known.get("intent_ranking")[0] == known.get("intent")
    assert {"intent", "intent_ranking"} <= set(known.as_dict(only_output_properties=True))


def test_a_training_notes_what_it_found_out_where_it_is_asked_to(storage, tmp_path, monkeypatch):
    made(IntentClassifier, storage).train(nlu())
    monkeypatch.setenv("DESKMATE_REPORT_DIR", str(tmp_path))
    made(IntentClassifier, storage).train(nlu())
    noted = json.loads((tmp_path / "intents.json").read_text())
    assert noted["cross_validation"]["examples"] == sum(len(texts) for texts in EXAMPLES.values())
    assert [path.name for path in tmp_path.glob("*.json")] == ["intents.json"]


def test_texts_the_featurizer_encoded_are_not_encoded_again(encoder):
    class Counting(WordEncoder):
        asked: list[str] = []  # noqa: RUF012 (one test, one list)

        def encode(self, texts):
            self.asked.extend(texts)
            return super().encode(texts)

    counting = Counting(WORDS)
    seen = SentenceVectors(WordEncoder(WORDS)).process([message("where is my parcel")])
    known = remembering(counting, seen)
    assert known.encode(["where is my parcel", "hello"]) == pytest.approx(
        WordEncoder(WORDS).encode(["where is my parcel", "hello"])
    )
    known.encode(["hello"])
    assert counting.asked == ["hello"]


def test_out_of_scope_is_never_predicted(storage):
    made(IntentClassifier, storage).train(nlu())
    heard = loaded(IntentClassifier, storage).process([message(text) for text in OUTSIDE])
    assert all(entry.get("intent")["name"] in EXAMPLES for entry in heard)


def test_an_empty_message_has_no_intent(storage):
    made(IntentClassifier, storage).train(nlu())
    [heard] = loaded(IntentClassifier, storage).process([message("  ")])
    assert heard.get("intent") == {"name": None, "confidence": 0.0}


def test_a_classifier_of_another_encoder_is_not_loaded(storage, monkeypatch):
    made(IntentClassifier, storage).train(nlu())
    monkeypatch.setattr(shared_module, "load_encoder", lambda folder: WordEncoder(WORDS, "words-2"))
    with pytest.raises(SavedUnusable, match="words-2"):
        loaded(IntentClassifier, storage)


@pytest.fixture
def trained_frustration(storage, encoder, tmp_path):
    examples = tmp_path / "frustration"
    examples.mkdir()
    for name, frustrated, texts in (("angry", True, ANGRY), ("calm", False, CALM)):
        content = {"frustrated": frustrated, "messages": "\n".join(texts)}
        (examples / f"{name}.yml").write_text(yaml.safe_dump(content))
    weights = np.zeros((encoder.dim, 1), dtype=np.float32)
    zeros, ones = np.zeros(1, dtype=np.float32), np.ones(1, dtype=np.float32)
    base = Emotions(("anger",), encoder.encoder_version, weights, zeros, zeros, ones)
    save_emotions(base, tmp_path / "weights", described={})
    config = {"examples": str(examples), "weights": str(tmp_path / "weights")}
    made(FrustrationDetector, storage, **config).train(TrainingData())
    return loaded(FrustrationDetector, storage, **config)


def test_frustration_and_its_reasons_are_put_on_messages(trained_frustration):
    angry, calm = trained_frustration.process([message("this is ridiculous!!"), message("where is my parcel")])
    assert angry.get("frustration")["score"] > 0.5 > calm.get("frustration")["score"]
    assert angry.get("frustration")["reasons"]
    assert "frustration" in angry.as_dict(only_output_properties=True)


def test_the_conversation_in_the_metadata_counts(trained_frustration):
    history = [{"seq": 1, "sender": "customer", "text": "where is my parcel", "created_at": "2026-03-02T12:00:00Z"}]
    plain, pressed = trained_frustration.process(
        [
            message("where is my parcel"),
            message("where is my parcel", history=history, context={"failed_turns": 2}),
        ]
    )
    assert pressed.get("frustration")["score"] > plain.get("frustration")["score"]
    assert {"rephrasing", "failed_answers"} <= set(pressed.get("frustration")["reason_codes"])


def test_agents_are_not_judged(trained_frustration):
    [heard] = trained_frustration.process([message("this is ridiculous!!", speaker="agent")])
    assert heard.get("frustration")["score"] == 0.0


def test_broken_metadata_is_read_as_far_as_it_goes():
    before = conversation_of({"history": [{"sender": "customer", "text": None, "created_at": "soon"}], "context": None})
    assert before.history[0].text == ""
    assert before.history[0].at is None
    assert before.failed_turns == 0


OUTCOMES = read_outcomes(
    {
        "ask": {"outcome": "search"},
        "greet": {"outcome": "response"},
        "cancel_order": {"outcome": "article", "target": "cancel-an-order", "cut_off": 0.8},
    }
)


@pytest.mark.parametrize(
    ("intent", "confidence", "search", "decided"),
    [
        ("greet", 0.6, None, "greet"),
        ("greet", 0.6, 0.5, "greet"),
        ("greet", 0.6, 0.6, "ask"),  # not above the search's
        ("greet", 0.49, 0.1, "ask"),  # below its cut-off
        ("cancel_order", 0.79, 0.1, "ask"),
        ("cancel_order", 0.8, 0.1, "cancel_order"),
        ("ask", 0.99, 0.1, "ask"),
        ("never_heard_of", 0.99, 0.1, "ask"),
        (None, 0.0, 0.9, "ask"),
    ],
)
def test_whichever_is_surer_answers(intent, confidence, search, decided):
    assert decide(intent, confidence, OUTCOMES, search_confidence=search, ask="ask").intent == decided


def test_an_unknown_outcome_or_cut_off_is_refused():
    with pytest.raises(ValueError, match="greet"):
        read_outcomes({"greet": {"outcome": "wave"}})
    with pytest.raises(ValueError, match="greet"):
        read_outcomes({"greet": {"outcome": "response", "cut_off": 2}})
    assert read_outcomes({"greet": {"outcome": "response"}}) == {"greet": Outcome("response", None, 0.5)}


def test_the_arbiter_keeps_the_outcomes_with_the_model(storage, tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    intents = {"intents": {"ask": {"outcome": "search"}, "greet": {"outcome": "response", "target": "utter_greet"}}}
    (tmp_path / "data" / "intents.yml").write_text(yaml.safe_dump(intents))
    monkeypatch.setenv("DESKMATE_SNAPSHOT", str(tmp_path))
    made(OutcomeArbiter, storage).train(TrainingData())
    (tmp_path / "data" / "intents.yml").unlink()
    component = loaded(OutcomeArbiter, storage)
    won, lost = (message("hi", search={"confidence": confidence}) for confidence in (0.2, 0.95))
    for entry in (won, lost):
        entry.set("intent", {"name": "greet", "confidence": 0.9})
    component.process([won, lost])
    assert won.get("understanding") == {
        "intent": "greet",
        "confidence": 0.9,
        "outcome": "response",
        "target": "utter_greet",
        "search_confidence": 0.2,
    }
    assert lost.get("intent")["name"] == "ask"
    assert lost.get("understanding")["outcome"] == "search"
    assert lost.get("understanding")["intent"] == "greet"


@pytest.fixture(scope="module")
def language():
    return Language.create(Language.get_default_config(), None, Resource("Language"), CONTEXT)


def test_spacy_gives_tokens_and_names_beside_the_shops_entities(language):
    [heard] = language.process([message("Hello, I am Sarah Jones and my order is TW-204183")])
    assert [token.text for token in heard.get("text_tokens")][:3] == ["Hello", ",", "I"]
    entities = {entity["entity"]: entity["value"] for entity in heard.get("entities")}
    assert entities == {"person": "Sarah Jones", "order_number": "TW-204183"}


def test_an_entity_says_where_it_stands_and_how_it_was_written(language):
    [heard] = language.process([message("it is tw 204183")])
    [entity] = heard.get("entities")
    assert (entity["value"], entity["text"], entity["start"], entity["end"]) == ("TW-204183", "tw 204183", 6, 15)


def test_only_the_parts_of_spacy_that_are_used_are_loaded(language):
    assert set(language._pipeline.pipe_names) <= {"tok2vec", "ner"}


def test_names_are_not_looked_for_where_there_can_be_none(language):
    [heard] = language.process([message("where is my parcel, it was due on Monday")])
    assert next(token.text for token in heard.get("text_tokens")) == "where"
    assert [entity["entity"] for entity in heard.get("entities")] == ["date"]
    assert language.process([message("my name is Tom Baker")])[0].get("entities")[0]["value"] == "Tom Baker"
