"""`python -m bot.evaluate intents|frustration|model`: offline figures for labelled files."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.layered import LayeredEncoder
from kb_index.encoder import EncoderUnusable


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one evaluation; 0 when it is written, 2 when a file does not fit."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (OSError, ValueError, EncoderUnusable) as error:
        sys.stderr.write(f"bot.evaluate {options.command}: {error}\n")
        return 2


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    top = argparse.ArgumentParser(prog="python -m bot.evaluate", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    encoder = argparse.ArgumentParser(add_help=False)
    encoder.add_argument("--encoder", type=Path, default=Path(os.environ.get("DESKMATE_ENCODER_DIR", "var/encoder")))
    encoder.add_argument("--seed", type=int, default=7)

    intents = commands.add_parser("intents", parents=[encoder], help="train on one file, predict another")
    intents.add_argument("--train", type=Path, required=True)
    intents.add_argument("--test", type=Path, required=True)
    intents.add_argument("--output", type=Path, required=True)
    intents.set_defaults(run=run_intents)

    frustration = commands.add_parser("frustration", parents=[encoder], help="how frustrated customers' turns sound")
    frustration.add_argument("--turns", type=Path, required=True)
    frustration.add_argument("--output", type=Path, required=True)
    frustration.add_argument(
        "--examples", type=Path, default=Path("data/frustration"), help="the company's own examples"
    )
    frustration.set_defaults(run=run_frustration)

    model = commands.add_parser("model", parents=[encoder], help="ask a packed model about held-out examples")
    model.add_argument("--model", type=Path, required=True)
    model.add_argument("--test", type=Path, required=True)
    model.add_argument("--output", type=Path, required=True)
    model.set_defaults(run=run_model)
    return top


def say(text: str) -> None:
    """Tell the person at the terminal what is going on."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def run_intents(options: argparse.Namespace) -> int:
    """Train and predict."""
    from bot.evaluate.intents import evaluate_intents

    encoder = LayeredEncoder.load(options.encoder)
    evaluate_intents(options.train, options.test, options.output, encoder=encoder, seed=options.seed, progress=say)
    return 0


def run_frustration(options: argparse.Namespace) -> int:
    """Judge turns."""
    from bot.evaluate.frustration import evaluate_frustration

    encoder = LayeredEncoder.load(options.encoder)
    evaluate_frustration(options.turns, options.output, encoder=encoder, examples=options.examples, progress=say)
    return 0


def run_model(options: argparse.Namespace) -> int:
    """Ask a packed model."""
    from bot.evaluate.model import evaluate_model

    evaluate_model(options.model, options.test, options.output, encoder=options.encoder)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
