"""The background of everyday talk on disk: eight bits a number, and what they cost."""

import numpy as np
import pytest

from bot.frustration.background import FOLDER, Background, load_background, save_background
from bot.frustration.signs import NAMES
from bot.saved import SavedUnusable


@pytest.fixture
def background():
    random = np.random.default_rng(5)
    vectors = random.normal(scale=0.1, size=(40, 6)).astype(np.float32)
    vectors[:, 5] = 0.0  # a column that never speaks
    signs = np.zeros((40, len(NAMES)), dtype=np.float32)
    return Background(vectors, signs, random.random(40) < 0.5, np.full(40, 0.3, dtype=np.float32))


def test_a_background_comes_back_to_within_half_a_step(background, tmp_path):
    save_background(background, tmp_path, encoder_version="e-1")
    again = load_background(tmp_path, encoder_version="e-1")
    half_a_step = np.abs(background.vectors).max(axis=0) / 254 + 1e-7
    assert (np.abs(again.vectors - background.vectors) <= half_a_step).all()
    assert again.vectors.dtype == np.float32
    assert (again.frustrated == background.frustrated).all()
    assert (again.weights == background.weights).all()


def test_a_background_of_another_encoder_or_a_damaged_one_is_refused(background, tmp_path):
    save_background(background, tmp_path, encoder_version="e-1")
    with pytest.raises(SavedUnusable, match="encoder"):
        load_background(tmp_path, encoder_version="e-2")
    path = tmp_path / FOLDER / "background.npz"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(SavedUnusable, match="checksum"):
        load_background(tmp_path, encoder_version="e-1")


def test_no_background_is_an_empty_one(tmp_path):
    assert len(load_background(tmp_path, encoder_version="e-1").weights) == 0
