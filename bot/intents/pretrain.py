"""Learns the committed prior of confidence: `python -m bot.intents.pretrain --intents DIR --star FILE`.

Simulated bots are trained as real ones are, their traffic is classified, and one scorer is learned from all of them.
`--measure` leaves the prior as it is and gives its figures on other simulated bots.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot.intents.classifier import Classifier
from bot.intents.confidence import SIGNALS, signals
from bot.intents.prior import OF_RIGHT, PRIOR, Prior, fit_from
from bot.intents.simulated import Bot, Sources, simulate
from bot.intents.training import train
from bot.intents.vectors import Array, Floats, Layers, SentenceEncoder, encode_all
from bot.layered import LayeredEncoder
from bot.saved import checksum
from kb_index.lines import read_lines

LEARNED_FROM = range(12)  # seeds of the bots
MEASURED_ON = range(100, 108)
LOOSE = 5.0  # strength of the pull towards 0 when the prior itself is learned
EACH = 1000.0  # total weight of one bot's traffic
FILES = ("clinc150/train.jsonl", "banking77/train.jsonl")


@dataclass(frozen=True)
class Traffic:
    """What a trained bot made of its traffic."""

    classifier: Classifier
    columns: Floats
    in_scope: Array
    right: Array

    @property
    def confidence(self) -> Floats:
        """Return the confidence in each message's label."""
        chances: Floats = self.classifier.scope.chance(self.columns) * self.classifier.right.chance(self.columns)
        return chances


def read_sources(intents: Path, star: Path) -> Sources:
    """Read CLINC150's and Banking77's training lines, and what STAR's customers said."""
    sets: list[dict[str, list[str]]] = []
    nonsense: list[str] = []
    for name in FILES:
        by_label: dict[str, list[str]] = {}
        for row in read_lines(intents / name):
            if row.get("oos"):
                nonsense.append(str(row["text"]))
            else:
                by_label.setdefault(str(row["label"]), []).append(str(row["text"]))
        sets.append(by_label)
    turns = [turn for dialogue in read_lines(star) for turn in dialogue["turns"]]
    chatter = [str(turn["text"]) for turn in turns if turn["speaker"] == "customer"]
    return Sources((sets[0], sets[1]), nonsense, chatter)


def serve(bot: Bot, encoder: SentenceEncoder) -> Traffic:
    """Train a bot and let it classify its traffic."""
    classifier = train(bot.train, encoder)
    texts = [classifier.reader.read(example.text) for example in bot.test]
    layers = Layers.of(encode_all(encoder, texts), encoder.sentence_dim)
    cosines = classifier.regression.cosines(layers)
    logits = classifier.regression.logits(texts, layers, cosines)
    said = [classifier.labels[number] for number in logits.argmax(axis=1)]
    return Traffic(
        classifier,
        signals(logits, cosines, classifier.regression.starts),
        np.array([not example.oos for example in bot.test]),
        np.array([example.label == label for example, label in zip(bot.test, said, strict=True)]),
    )


def learn_prior(traffic: Sequence[Traffic]) -> Prior:
    """Learn one scorer from the traffic of many bots, each standardised by what it saw while training."""
    spreads = [(bot.classifier.scope.centre, bot.classifier.scope.scale) for bot in traffic]
    rows = np.concatenate([(bot.columns - c) / s for bot, (c, s) in zip(traffic, spreads, strict=True)])
    weights = np.concatenate([np.full(len(bot.columns), EACH / len(bot.columns)) for bot in traffic])
    in_scope = np.concatenate([bot.in_scope for bot in traffic])
    right = np.concatenate([bot.right for bot in traffic])
    nothing = np.zeros(len(SIGNALS) + 1, dtype=np.float32)
    return Prior(
        np.mean([centre for centre, _ in spreads], axis=0),
        np.mean([scale for _, scale in spreads], axis=0),
        fit_from(rows, in_scope, weights, nothing, LOOSE),
        fit_from(rows[in_scope] * OF_RIGHT, right[in_scope], weights[in_scope], nothing, LOOSE),
    )


def figures(bot: Traffic) -> dict[str, float]:
    """Return accuracy in scope, the area under ROC of confidence for the scope, and the best sum of both shares."""
    confidence, right = bot.confidence, bot.right & bot.in_scope
    inside, outside = confidence[bot.in_scope], confidence[~bot.in_scope]
    beaten = (inside[:, None] > outside).mean() + (inside[:, None] == outside).mean() / 2
    sums = [(right & (confidence >= cut)).sum() / len(inside) + (outside < cut).mean() for cut in np.unique(inside)]
    return {"accuracy": right.sum() / len(inside), "oos_auroc": float(beaten), "best_sum": float(max(sums))}


def main(arguments: Sequence[str] | None = None) -> int:
    """Learn or measure, as told on the command line."""
    parser = argparse.ArgumentParser(prog="python -m bot.intents.pretrain", description=__doc__)
    parser.add_argument("--intents", type=Path, required=True, help="folder with clinc150/ and banking77/")
    parser.add_argument("--star", type=Path, required=True, help="star.jsonl")
    parser.add_argument("--encoder", type=Path, default=Path("var/encoder"))
    parser.add_argument("--output", type=Path, default=PRIOR)
    parser.add_argument("--measure", action="store_true", help="measure only")
    options = parser.parse_args(arguments)
    encoder = LayeredEncoder.load(options.encoder)
    sources = read_sources(options.intents, options.star)
    traffic = [serve(simulate(sources, seed=s), encoder) for s in (MEASURED_ON if options.measure else LEARNED_FROM)]
    measured = [figures(bot) for bot in traffic]
    told: dict[str, Any] = {name: round(float(np.mean([f[name] for f in measured])), 4) for name in measured[0]}
    sys.stdout.write(json.dumps({"bots": len(traffic), **told}) + "\n")
    if not options.measure:
        hashes = {name: checksum(options.intents / name) for name in FILES} | {"star.jsonl": checksum(options.star)}
        write_prior(learn_prior(traffic), options.output, encoder_version=encoder.encoder_version, data=hashes)
    return 0


def write_prior(prior: Prior, path: Path, *, encoder_version: str, data: dict[str, str]) -> None:
    """Write a prior with where it comes from."""
    numbers = {
        name: [round(float(n), 4) for n in getattr(prior, name)] for name in ("centre", "scale", "scope", "right")
    }
    facts = {"made_by": "python -m bot.intents.pretrain", "encoder_version": encoder_version, "data": data}
    licences = {"clinc150": "CC BY 3.0", "banking77": "CC BY 4.0", "star": "MIT"}
    content = {**facts, "licences": licences, "signals": list(SIGNALS), **numbers}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
