"""A cross-encoder of the company's own: exported, checked, and kept only where it helps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from kb_index.articles import Article
from kb_index.build import LabelledQuestion, build, proven_reranking, publish
from kb_index.cross_encoder import CrossEncoder, CrossEncoderUnusable, Floats, Reranking, installed
from kb_index.index import make_index
from kb_index.search import IndexUnusable, Search
from tests.kb_index.shelf import AXES, FakeEncoder, split_at_full_stops

TWINS = tuple(
    Article(f"{subject}-{place}", subject, f"A {subject} {place} is what this says.")
    for subject in AXES
    for place in ("abroad", "here")
)
QUESTIONS = [
    LabelledQuestion(f"{opening} {subject} nearby", (f"{subject}-here",))
    for subject in AXES
    for opening in ("a", "my", "the", "your", "our", "this", "that", "one")
]


class Geographer:
    """Knows that nearby is here, which neither words nor the fake encoder tell."""

    candidates = 4

    def __init__(self, *, says: str, version: str = "geographer-1") -> None:
        self.says = says
        self.version = version

    def relevance(self, question: str, texts: Sequence[str]) -> Floats:
        return np.array([4.0 if "nearby" in question and self.says in text else 0.0 for text in texts])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported cross-encoder of one layer with weights drawn by lot."""
    import tokenizers
    import torch
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    from kb_index.export_cross_encoder import export

    torch.manual_seed(5)
    said = "where is my parcel it late the do you deliver to and how"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *said.split(" ")]
    plain = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({word: number for number, word in enumerate(words)}, "[UNK]")
    )
    plain.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    plain.normalizer = tokenizers.normalizers.Lowercase()
    plain.post_processor = tokenizers.processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    root = tmp_path_factory.mktemp("cross")
    PreTrainedTokenizerFast(tokenizer_object=plain, **special).save_pretrained(root / "tiny")
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        initializer_range=0.5,
        num_labels=1,
    )
    BertForSequenceClassification(config).save_pretrained(root / "tiny")
    export(root / "tiny", root / "exported")
    return root / "exported"


def test_an_export_judges_a_text_by_the_question(folder: Path) -> None:
    judge = CrossEncoder.load(folder)
    to_parcel, to_delivery = (
        judge.relevance(text, ["it is late"])[0] for text in ("where is my parcel", "do you deliver")
    )
    assert to_parcel != pytest.approx(to_delivery, abs=1e-3)
    assert judge.relevance("where", []).shape == (0,)
    assert judge.candidates == 10  # so small a model has time for the most there may be


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "manifest.json"])
def test_a_damaged_export_is_refused(folder: Path, tmp_path: Path, name: str) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-9])
    with pytest.raises(CrossEncoderUnusable, match=r"model\.onnx|tokenizer\.json|:"):
        installed(tmp_path)


def test_without_an_export_there_is_none(tmp_path: Path) -> None:
    assert installed(tmp_path) is None


def test_one_that_helps_is_kept_and_serves(tmp_path: Path) -> None:
    judge = Geographer(says="here")
    encoder = FakeEncoder()
    version = build(
        TWINS,
        tmp_path,
        encoder=encoder,
        labelled=QUESTIONS,
        split=split_at_full_stops,
        judge=judge,  # type: ignore[arg-type]
    )
    publish(tmp_path, "main", version)
    search = Search.open(tmp_path, encoder=encoder, judge=judge)  # type: ignore[arg-type]
    assert search.suggest("coffee nearby").suggestions[0].article_id == "coffee-here"
    with pytest.raises(IndexUnusable, match="geographer-1"):
        Search.open(tmp_path, encoder=encoder)  # type: ignore[arg-type]


@pytest.mark.parametrize("says", ["abroad", "moon"])
def test_one_that_harms_or_knows_nothing_is_left_out(says: str) -> None:
    encoder = FakeEncoder()
    index = make_index(TWINS, encoder, split_at_full_stops)  # type: ignore[arg-type]
    questions = [LabelledQuestion(q.question, q.relevant) for q in QUESTIONS]
    assert proven_reranking(index, encoder, questions, Geographer(says=says)) is None  # type: ignore[arg-type]


def test_too_few_questions_prove_nothing() -> None:
    encoder = FakeEncoder()
    index = make_index(TWINS, encoder, split_at_full_stops)  # type: ignore[arg-type]
    assert proven_reranking(index, encoder, QUESTIONS[:59], Geographer(says="here")) is None  # type: ignore[arg-type]


def test_evidence_is_the_root_of_the_chance_against_the_best() -> None:
    evidence = Reranking(Geographer(says="here"), 1.0).evidence("nearby", ["here", "abroad"])
    assert evidence.tolist() == pytest.approx([1.0, np.exp(-2.0)])
