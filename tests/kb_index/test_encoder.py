from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kb_index.encoder import Encoder, EncoderUnusable
from kb_index.export import ExportRefused, Fidelity, accept, export, fidelity, is_usable

EXPORTED = Path("var/encoder")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installation's export, or a fresh one where there is none."""
    if is_usable(EXPORTED, "mixed"):
        return EXPORTED
    fresh = tmp_path_factory.mktemp("encoder") / "encoder"
    export("all-minilm-l6-v2", fresh)
    return fresh


@pytest.fixture(scope="session")
def encoder(folder: Path) -> Encoder:
    return Encoder.load(folder)


def test_vectors_have_unit_length_and_near_meanings_are_near(encoder: Encoder) -> None:
    vectors = encoder.encode(["where is my parcel", "my package has not arrived", "how do I wash wool"])
    assert vectors.shape == (3, 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1.0] * 3, abs=1e-5)
    assert vectors[0] @ vectors[1] > 0.4 > vectors[0] @ vectors[2]


def test_a_vector_depends_on_its_text_alone(encoder: Encoder) -> None:
    together = encoder.encode(["hello", "a much longer sentence about boots and parcels"])
    assert (together[0] == encoder.encode(["hello"])[0]).all()


def test_layered_vectors_begin_with_the_sentence_vector_and_are_parts_of_one_length(encoder: Encoder) -> None:
    texts = ["where is my parcel", ""]
    layered = encoder.encode_layers(texts)
    assert layered.shape == (2, encoder.layered_dim) == (2, 4 * 384)
    assert layered[:, :384] * 2 == pytest.approx(encoder.encode(texts), abs=1e-5)
    assert np.linalg.norm(layered.reshape(2, 4, 384), axis=2) == pytest.approx(np.full((2, 4), 0.5), abs=1e-5)


def test_inner_layers_know_how_a_thing_is_said(encoder: Encoder) -> None:
    calm, upset, other = encoder.encode_layers(["when will it come", "WHEN will it COME", "when does it open"])
    inner = slice(384, None)
    assert 1 > calm[inner] @ upset[inner] > calm[inner] @ other[inner]


@pytest.mark.parametrize("text", ["", " ", "\ud800", "\x00", "é" * 5000])
def test_any_text_has_a_vector(encoder: Encoder, text: str) -> None:
    assert np.isfinite(encoder.encode([text])).all()


def test_no_text_gives_no_vector(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, 384)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "manifest.json"])
def test_a_damaged_export_is_refused_before_it_is_read(folder: Path, tmp_path: Path, name: str) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-7])
    with pytest.raises(EncoderUnusable, match=name):
        Encoder.load(tmp_path)


def test_another_format_is_refused(folder: Path, tmp_path: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps({**manifest, "format": 99}))
    with pytest.raises(EncoderUnusable, match="format 99"):
        Encoder.load(tmp_path)


def test_serving_loads_neither_torch_nor_spacy() -> None:
    heavy = "{'torch', 'spacy', 'bm25s', 'sentence_transformers'}"
    code = f"import sys, kb_index.search; assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "reads",
    [
        "from api.privacy.names import names_in; assert names_in('my name is Anna Brown') == ['Anna Brown']",
        "from kb_index.sentences import SpacySentences; assert len(SpacySentences()(['One. Two.'])[0]) == 2",
    ],
)
def test_who_reads_with_spacy_loads_no_torch_and_may_load_it_afterwards(reads: str) -> None:
    afterwards = "assert 'torch' not in sys.modules; from importlib.util import find_spec; assert find_spec('torch')"
    subprocess.run([sys.executable, "-c", f"import sys; {reads}; {afterwards}"], check=True)


def test_an_export_that_says_something_else_is_not_enough() -> None:
    chance = np.random.default_rng(3)
    original = chance.normal(size=(20, 8)).astype(np.float32)
    original /= np.linalg.norm(original, axis=1, keepdims=True)
    other = np.roll(original, 1, axis=0)
    assert fidelity(original, original).is_enough("fp32")
    assert not fidelity(original, other).is_enough("int8")
    assert not Fidelity(lowest_cosine=0.9, mean_cosine=0.99, correlation=0.99).is_enough("mixed")


def test_a_refused_export_leaves_the_old_one_and_a_good_one_replaces_it(tmp_path: Path) -> None:
    output, work = tmp_path / "encoder", tmp_path / "work"
    for folder, text in ((output, "old"), (work, "new")):
        folder.mkdir()
        (folder / "file").write_text(text)
    with pytest.raises(ExportRefused, match="too far"):
        accept(work, output, Fidelity(0.5, 0.6, 0.7), "mixed")
    assert (output / "file").read_text() == "old"
    accept(work, output, Fidelity(0.99, 0.99, 0.99), "mixed")
    assert (output / "file").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["encoder"]


def test_an_unknown_model_or_precision_is_a_callers_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no sentence-transformers model"):
        export(str(tmp_path / "none"), tmp_path / "out")
    with pytest.raises(ValueError, match="precision"):
        export("all-minilm-l6-v2", tmp_path / "out", precision="int2")
