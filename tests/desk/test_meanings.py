"""Vectors for the review: each text is encoded once, and no encoder is no reason to stop."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from api.review.meaning import Meanings


def test_the_same_text_is_encoded_once(encoder_folder: Path) -> None:
    meanings = Meanings(encoder_folder)
    first = meanings.vectors(["mend my zip", "repair the zip", "sing a song", "mend my zip"])
    assert first.shape[0] == 4
    assert np.array_equal(first[0], first[3])
    assert first[0] @ first[1] > 0.62 > first[0] @ first[2]
    assert np.array_equal(meanings.vectors(["sing a song"])[0], first[2])
    assert meanings.vectors([]).shape == (0, first.shape[1])


def test_without_an_encoder_words_stand_in(tmp_path: Path) -> None:
    one, two, three = Meanings(tmp_path).vectors(["mend my zip", "zip: mend!", "sing a song"])
    assert one @ two > 0.8
    assert one @ three == 0
