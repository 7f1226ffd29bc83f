"""Makes the committed base weights: `python -m bot.frustration.pretrain --goemotions DIR --star FILE`.

GoEmotions gives 28 emotions. The STAR dialogues give everyday service talk: turns of happy dialogues count as calm,
turns of unhappy ones, weakly, as upset. Run once for each encoder; the same files and seed give the same weights.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bot.frustration.background import Background, save_background
from bot.frustration.emotions import WEIGHTS, Emotions, save_emotions
from bot.frustration.signs import sign_row
from bot.intents.vectors import Array, Floats, SentenceEncoder, encode_all, sentence_part
from bot.layered import LayeredEncoder
from kb_index.lines import read_lines

UPSET = "upset"  # name of the head that also saw service talk
UPSET_EMOTIONS = ("anger", "annoyance", "disappointment")
INVERSE_PENALTY = 3.0
ITERATIONS = 60
CALM_WEIGHT = 0.3  # one calm service turn of the background beside one of the company's own examples
COMMENT_WEIGHT = 0.15  # one comment; both chosen by cross-validation on data/frustration, STAR and GoEmotions' dev half
COMMENTS = 1000  # upset comments in the background, and as many calm ones
UNSURE = {"disapproval", "disgust", "sadness", "fear", "embarrassment", "nervousness", "remorse", "grief", "confusion"}
UNHAPPY_WEIGHT = 0.02  # one turn of an unhappy dialogue beside one comment: most such turns are calm

Progress = Callable[[str], None]


def pretrain(
    goemotions: Path, star: Path, encoder: SentenceEncoder, *, seed: int, progress: Progress
) -> tuple[Emotions, Background]:
    """Fit one logistic regression for each emotion and one for upset talk, and choose the background."""
    comments = read_lines(goemotions / "train.jsonl")
    progress(f"Encoding {len(comments)} comments")
    vectors = sentence_part(encode_all(encoder, [str(row["text"]) for row in comments]), encoder.sentence_dim)
    names = sorted({label for row in comments for label in row["labels"]})
    heads = []
    for name in names:
        progress(f"Fitting {name}")
        heads.append(fit(vectors, np.array([name in row["labels"] for row in comments]), np.ones(len(comments)), seed))
    said, happy = service_turns(star)
    progress(f"Encoding {len(said)} turns")
    upset = np.array([bool(set(UPSET_EMOTIONS) & set(row["labels"])) for row in comments])
    weights = np.concatenate([np.ones(len(comments)), np.where(happy, 1.0, UNHAPPY_WEIGHT)])
    turns = sentence_part(encode_all(encoder, said), encoder.sentence_dim)
    both = np.concatenate([vectors, turns])
    heads.append(fit(both, np.concatenate([upset, ~happy]), weights, seed))
    matrix = np.stack([head[0] for head in heads], axis=1).astype(np.float32)
    bias = np.array([head[1] for head in heads], dtype=np.float32)
    odds = vectors @ matrix + bias
    version = encoder.encoder_version
    emotions = Emotions((*names, UPSET), version, matrix, bias, odds.mean(axis=0), odds.std(axis=0))
    calm_turns = [text for text, calm in zip(said, happy, strict=True) if calm]
    return emotions, choose_background(comments, calm_turns, encoder, seed=seed)


def choose_background(
    comments: Sequence[Mapping[str, Any]], calm_turns: Sequence[str], encoder: SentenceEncoder, *, seed: int
) -> Background:
    """Choose upset and calm comments by lot, and take all turns of happy dialogues."""
    random = np.random.default_rng(seed)
    labels = [set(row["labels"]) for row in comments]
    upset = np.array([bool(set(UPSET_EMOTIONS) & found) for found in labels])
    calm = np.array([not (set(UPSET_EMOTIONS) | UNSURE) & found for found in labels])
    chosen = [
        random.choice(np.flatnonzero(kind), min(COMMENTS, int(kind.sum())), replace=False) for kind in (upset, calm)
    ]
    rows = np.concatenate(chosen)
    texts = [str(comments[row]["text"]) for row in rows] + list(calm_turns)
    weights = [COMMENT_WEIGHT] * len(rows) + [CALM_WEIGHT] * len(calm_turns)
    return Background(
        encode_all(encoder, texts),
        np.stack([sign_row(text) for text in texts]),
        np.array([True] * len(chosen[0]) + [False] * (len(chosen[1]) + len(calm_turns))),
        np.array(weights, dtype=np.float32),
    )


def service_turns(star: Path) -> tuple[list[str], Array]:
    """Return the customers' turns of the dialogues, and whether each dialogue was a happy one."""
    pairs = [
        (str(turn["text"]), bool(dialogue["happy"]))
        for dialogue in read_lines(star)
        for turn in dialogue["turns"]
        if turn["speaker"] == "customer"
    ]
    return [text for text, _ in pairs], np.array([happy for _, happy in pairs])


def fit(vectors: Floats, truth: Array, weights: Array, seed: int) -> tuple[Floats, float]:
    """Fit one logistic regression; returns its weights and bias."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=INVERSE_PENALTY, max_iter=ITERATIONS, random_state=seed, tol=1e-3)
    model.fit(vectors, truth, sample_weight=weights)
    return model.coef_[0].astype(np.float32), float(model.intercept_[0])


def sha256_of(path: Path) -> str:
    """Return a file's sha256, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the weights as told on the command line."""
    parser = argparse.ArgumentParser(prog="python -m bot.frustration.pretrain", description=__doc__)
    parser.add_argument("--goemotions", type=Path, required=True, help="folder with train.jsonl")
    parser.add_argument("--star", type=Path, required=True, help="star.jsonl")
    parser.add_argument("--encoder", type=Path, default=Path("var/encoder"))
    parser.add_argument("--output", type=Path, default=WEIGHTS)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args(arguments)
    encoder = LayeredEncoder.load(options.encoder)
    emotions, background = pretrain(
        options.goemotions,
        options.star,
        encoder,
        seed=options.seed,
        progress=lambda text: print(text, file=sys.stderr, flush=True),  # noqa: T201
    )
    described: dict[str, object] = {
        "made_by": "python -m bot.frustration.pretrain",
        "seed": options.seed,
        "data": {
            "goemotions/train.jsonl": sha256_of(options.goemotions / "train.jsonl"),
            "star.jsonl": sha256_of(options.star),
        },
        "licences": {"goemotions": "Apache-2.0", "star": "MIT"},
    }
    save_emotions(emotions, options.output, described=described)
    save_background(background, options.output, encoder_version=encoder.encoder_version)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
