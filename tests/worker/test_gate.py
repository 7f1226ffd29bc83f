"""What a candidate has to pass before it may serve, and what its refusal says (B29)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from api.worker.answers import Known
from api.worker.gate import Material, judge
from api.worker.golden import Golden, read_golden
from api.worker.own_report import OwnReport, Share
from api.worker.training_data import Example, TrainingDataInvalid
from api.worker.trial import Guess, Route, Trial, plain, taken_for

ROUTES = {
    "ask": Route("search", None, 0.5),
    "out_of_scope": Route("search", None, 0.5),
    "greet": Route("response", None, 0.5),
    "legal": Route("hand_off", "utter_legal", 0.6),
    "contact": Route("article", "contact-us", 0.5),
}
GREETINGS = [Example("greet", f"hello {number}") for number in range(12)]


def trial(version: str, guesses: Mapping[str, tuple[str, float]], *, otherwise: str = "greet") -> Trial:
    """A model that is sure of `otherwise` wherever nothing is said."""
    texts = [example.text for example in GREETINGS]
    sure = {text: Guess(otherwise, 0.9) for text in texts}
    return Trial(version, {**sure, **{text: Guess(*guess) for text, guess in guesses.items()}})


def letters(texts: Sequence[str]) -> np.ndarray:
    """Vectors in which texts that begin alike lie together: one axis for each first letter."""
    vectors = np.zeros((len(texts), 26), dtype=np.float32)
    for row, text in enumerate(texts):
        vectors[row, ord(text[0].lower()) - ord("a")] = 1.0
    return vectors


def verdict(candidate: Trial, current: Trial | None, **fields):
    empty = {"held_out": GREETINGS, "golden": (), "questions": (), "new": ()}
    own = fields.pop("own", (OwnReport(), OwnReport()))
    material = Material(**{**empty, **fields})
    return judge(material, candidate, current, routes=ROUTES, vectors=letters, own=own)


def test_an_intent_wins_from_its_cut_off_on_and_only_above_the_search():
    assert taken_for(Guess("legal", 0.6), ROUTES) == "legal"
    assert taken_for(Guess("legal", 0.59), ROUTES) == "ask"
    assert taken_for(Guess("legal", 0.8), ROUTES, search_confidence=0.8) == "ask"
    assert taken_for(Guess("unheard", 1.0), ROUTES) == "ask"


def test_marks_of_entities_are_no_part_of_a_message():
    assert plain('where is [my parcel](thing) and [it]{"entity": "x"}') == "where is my parcel and it"


def test_doubt_about_what_is_out_of_scope_is_right():
    outside = [Example("out_of_scope", "sing me a song")]
    doubting = trial("new", {"sing me a song": ("greet", 0.2)})
    assert verdict(doubting, None, held_out=outside).intents.candidate_accuracy == 1.0


def test_a_candidate_that_only_shakes_a_little_passes():
    assert verdict(trial("new", {"hello 1": ("legal", 0.9)}), trial("old", {})).passed


def test_a_worse_one_is_refused_and_the_labels_behind_it_are_named():
    worse = {f"hello {number}": ("legal", 0.9) for number in range(6)}
    new = [Example("legal", "hear from my lawyer"), Example("legal", "you will be sued"), Example("greet", "hi there")]
    refused = verdict(trial("new", worse), trial("old", {}), new=new)
    assert not refused.passed
    assert refused.reasons[0].startswith("6 held-out examples that were right are wrong now")
    assert refused.reasons[1] == "“hear from my lawyer”, labelled legal, is behind 6 of them"
    [suspect] = refused.as_json()["suspects"]
    assert (suspect["text"], suspect["label"], len(suspect["broke"])) == ("hear from my lawyer", "legal", 6)


def test_a_golden_message_that_is_lost_refuses_however_good_the_rest():
    hello = Golden("hello 1", "greet", must=False)
    refused = verdict(trial("new", {"hello 1": ("legal", 0.9)}), trial("old", {}), golden=[hello])
    assert refused.reasons == ("“hello 1” has to be understood as greet, and is taken for legal",)
    both = trial("old", {"hello 1": ("legal", 0.9)})
    assert verdict(trial("new", {"hello 1": ("legal", 0.9)}), both, golden=[hello]).passed


def test_what_must_be_understood_must_be_even_when_the_serving_model_does_not():
    must = Golden("hello 1", "greet", must=True)
    same = {"hello 1": ("legal", 0.9)}
    assert not verdict(trial("new", same), trial("old", same), golden=[must]).passed
    assert not verdict(trial("new", same), None, golden=[must]).passed


def test_questions_that_no_longer_reach_their_answer_refuse():
    questions = [Known(f"question {number}", ("returns",), 0.7) for number in range(6)]
    asked = {question.text: ("ask", 0.9) for question in questions}
    greeted = {question.text: ("greet", 0.8) for question in questions}
    refused = verdict(trial("new", greeted), trial("old", asked), questions=questions)
    assert refused.reasons[0].startswith("of the shop's own questions: 6 held-out examples")
    unsure = {question.text: ("greet", 0.65) for question in questions}  # the search is surer, and answers
    assert verdict(trial("new", unsure), trial("old", asked), questions=questions).passed


def test_an_intent_that_leads_to_the_very_article_answers_too():
    questions = [Known(f"question {number}", ("contact-us",), 0.7) for number in range(6)]
    asked = {question.text: ("ask", 0.9) for question in questions}
    led = {question.text: ("contact", 0.9) for question in questions}
    assert verdict(trial("new", led), trial("old", asked), questions=questions).passed


@pytest.mark.parametrize(("accuracy", "passed"), [(0.90, True), (0.88, True), (0.85, False)])
def test_cross_validation_may_fall_by_noise_and_no_more(accuracy, passed):
    own = (OwnReport(intents=Share(1000, accuracy)), OwnReport(intents=Share(1000, 0.90)))
    assert verdict(trial("new", {}), trial("old", {}), own=own).passed is passed


def scorecard(noticed: int, left_alone: int) -> OwnReport:
    """Of 400 frustrated and 600 calm messages."""
    counted = {"noticed": noticed, "missed": 400 - noticed, "left_alone": left_alone, "false_alarms": 600 - left_alone}
    return OwnReport.read({"frustration": {"confusion": counted}})


def test_a_candidate_that_notices_fewer_upset_customers_is_refused():
    refused = verdict(trial("new", {}), trial("old", {}), own=(scorecard(280, 594), scorecard(320, 594)))
    assert refused.reasons == ("the share of frustrated messages that are noticed fell from 80.0% to 70.0%",)
    assert refused.as_json()["frustration"]["upset"]["candidate"] == {"examples": 400, "accuracy": 0.7}


def test_a_candidate_that_takes_calm_customers_for_upset_is_refused():
    refused = verdict(trial("new", {}), trial("old", {}), own=(scorecard(330, 570), scorecard(320, 594)))
    assert refused.reasons == ("the share of calm messages that are left alone fell from 99.0% to 95.0%",)


def test_a_scorecard_may_move_by_noise_and_a_report_without_one_is_no_objection():
    assert verdict(trial("new", {}), trial("old", {}), own=(scorecard(312, 591), scorecard(320, 594))).passed
    assert verdict(trial("new", {}), trial("old", {}), own=(OwnReport(), scorecard(320, 594))).passed


def test_the_shops_golden_messages_can_be_read():
    from api.processes.places import ROOT

    golden = read_golden(ROOT / "data")
    assert len(golden) >= 15
    assert {one.intent for one in golden if one.must} == {"request_person", "safety_problem", "legal_threat"}


@pytest.mark.parametrize("text", ["maybe: {}", "must: [a]", "must: {greet: hello}"])
def test_golden_messages_in_another_form_are_refused(tmp_path, text):
    (tmp_path / "golden.yml").write_text(text)
    with pytest.raises(TrainingDataInvalid, match="wants"):
        read_golden(tmp_path)


def test_without_a_file_there_are_no_golden_messages(tmp_path):
    assert read_golden(tmp_path) == []
