"""The answer-quality report, on a shelf small enough to work its figures out by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kb_index.articles import Article
from kb_index.confidence import LabelledQuestion
from kb_index.reliability import bins_of, expected_calibration_error
from kb_index.report import Figure, Outcome, Report, coverage_curve, figures_of, make_report
from kb_index.report_page import page_of
from kb_index.report_pairs import difference
from kb_index.report_pairs import figures_of as figures_in
from kb_index.search import Search
from tests.kb_index.shelf import ARTICLES, opened, shelve

CONTRADICTING = (
    Article("coffee-a", "Coffee", "An opened coffee subscription refund arrives within 5 working days."),
    Article("coffee-b", "<b>Beans</b>", "An opened coffee subscription refund arrives within 9 working days."),
)
QUESTIONS = (
    LabelledQuestion("does a parcel get to norway", ("norway",)),
    LabelledQuestion("how long is my gift card good for", ("vouchers",)),
    LabelledQuestion("boots for the parcel", ("returns",)),  # no word of it is in that article: stolen
    LabelledQuestion("password password", ()),
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    root: Path = tmp_path_factory.mktemp("report")
    shelve(root, (*ARTICLES, *CONTRADICTING))
    return make_report(opened(root), QUESTIONS)


def test_recall_counts_the_first_right_article(report: Report) -> None:
    first = report.figures["recall@1"]
    assert first is not None
    assert first.value == pytest.approx(2 / 3)
    assert first.low <= first.value <= first.high
    assert (report.answerable, report.unanswerable) == (3, 1)


def test_an_article_names_who_stole_its_question(report: Report) -> None:
    worst = report.articles[0]
    assert worst.article_id == "returns"
    assert (worst.questions, worst.first) == (1, 0)
    assert worst.stolen_by[0][0] in {"boots", "parcels", "norway"}


def test_public_articles_without_a_question_are_named(report: Report) -> None:
    assert "boots" in report.unasked
    assert "override" not in report.unasked  # internal: no customer asks for it


def test_sentences_whose_figures_differ_are_found_with_the_figures(report: Report) -> None:
    [pair] = report.contradictions
    assert set(pair.article_ids) == {"coffee-a", "coffee-b"}
    assert set(pair.figures) == {"5 working day", "9 working day"}


def test_passages_that_say_the_same_are_found(report: Report) -> None:
    assert {"coffee-a", "coffee-b"} in [set(pair.article_ids) for pair in report.duplicates]


def test_the_page_has_plots_no_script_and_shows_markup_as_text(report: Report) -> None:
    page = page_of(report)
    assert page.count("<svg") == 3
    assert "<script" not in page
    assert "<b>Beans" not in page
    json.dumps(report.to_json())


def test_a_knowledge_base_without_questions_has_a_report(search: Search) -> None:
    page = page_of(make_report(search, ()))
    assert "There is no labelled question yet." in page


def test_coverage_takes_ties_whole() -> None:
    outcomes = [Outcome("q", ("a",), (first,), sure, "answer") for first, sure in (("a", 0.9), ("b", 0.5), ("a", 0.5))]
    assert coverage_curve(outcomes) == ((pytest.approx(1 / 3), 0.0), (1.0, pytest.approx(1 / 3)))


def test_an_unanswerable_question_that_is_answered_is_wrong() -> None:
    figures = figures_of([Outcome("q", (), ("a",), 0.9, "answer"), Outcome("q", ("a",), ("a",), 0.9, "answer")])
    wrong, kept = figures["wrong_among_answered"], figures["unanswerable_not_answered"]
    assert wrong is not None
    assert wrong.value == 0.5
    assert kept == Figure(0.0, 0.0, 0.0)


def test_an_interval_of_equal_values_has_no_width() -> None:
    assert Figure.of([1.0] * 9) == Figure(1.0, 1.0, 1.0)
    assert Figure.of([]) is None


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("It costs £3.95 and takes 2 to 4 working days.", {"pound": {3.95}, "working day": {4.0}}),
        ("1,250 points, 20 %", {"point": {1250.0}, "%": {20.0}}),
        ("Call 01632 960417 in 2026.", {}),
    ],
)
def test_figures_are_read_with_their_units(text: str, figures: dict[str, set[float]]) -> None:
    assert figures_in(text) == figures


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("A return is free for 30 days.", "A return is free for 60 days.", True),
        ("A return is free for 30 days.", "A return is free for 30 days after delivery.", False),
        ("A return is free for 30 days.", "A tent is repaired within 20 days.", False),
        ("A return costs £3.", "A return takes 3 days.", False),
    ],
)
def test_only_figures_of_one_kind_about_one_thing_contradict(one: str, other: str, differ: bool) -> None:
    assert (difference(one, other) is not None) is differ


def test_reliability_compares_confidence_with_what_was_right() -> None:
    bins = bins_of([0.2, 0.4, 0.8, 0.9], [False, False, True, False], bins=2)
    assert [(one.questions, round(one.confidence, 2), one.right) for one in bins] == [(2, 0.3, 0.0), (2, 0.85, 0.5)]
    assert expected_calibration_error(bins) == pytest.approx((0.3 + 0.35) / 2)


def test_without_questions_nothing_is_said_of_reliability() -> None:
    assert bins_of([], []) == ()
    assert expected_calibration_error(()) is None


def test_the_page_shows_a_dot_for_each_bin(report: Report) -> None:
    assert page_of(report).count("<circle") == len(report.reliability) == len(QUESTIONS)
    assert f"Expected calibration error: {report.calibration_error:.3f}" in page_of(report)
