"""A sentence-transformers CrossEncoder becomes an ONNX export that search can use."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import logging
import shutil
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from kb_index.cross_encoder import FORMAT, KIND, CrossEncoder, CrossEncoderUnusable
from kb_index.encoder import MANIFEST, MODEL, TOKENIZER, checksum
from kb_index.export import OPSET, PRECISIONS, PROBES, ExportRefused, plain_tokenizer, put_in_place, quantise, say

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder as Original

QUESTION = "My parcel was left with a neighbour I do not know. How do I get it, and is it insured until then?"
MAX_TOKENS = 160  # of question and passage: passages have at most 118 words
BUDGET_MS = 35.0  # processor time for all pairs of one question; the rest of a search takes up to 25 ms
MOST_CANDIDATES = 10
CLOSE = {"fp32": 0.999, "mixed": 0.97, "int8": 0.97}  # lowest correlation with the original's values on `PROBES`


def export(model: Path, output: Path, *, precision: str = "fp32") -> float:
    """Export a model, check it against the original, and put it in place in one step.

    How many candidates it may read for one question follows from how long it takes here, and is kept with the export,
    so that a ranking does not depend on the load of the machine.

    Args:
        model: folder of a CrossEncoder with one output.
        output: the folder to write; an older export there is replaced only by one that passed.
        precision: `fp32`, `int8` or `mixed`, as for encoders.

    Returns:
        The correlation with the original.

    Raises:
        ExportRefused: it judges otherwise than the original, or takes too long for two candidates.
        ValueError: there is no such model, or it has several outputs.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision {precision!r} is none of {', '.join(PRECISIONS)}")
    if not (model / "config.json").is_file():
        raise ValueError(f"no model in {model}")
    from sentence_transformers import CrossEncoder as Original

    original = Original(str(model), device="cpu", max_length=MAX_TOKENS)
    if original.num_labels != 1:
        raise ValueError(f"{model}: a cross-encoder for ranking has one output, this has {original.num_labels}")
    output.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{output.name}.", dir=output.parent))
    try:
        tokenizer = plain_tokenizer(original)
        (work / TOKENIZER).write_text(tokenizer, encoding="utf-8")
        write_model(original, work, precision)
        write_manifest(work, version_of(model, tokenizer), candidates=MOST_CANDIDATES)
        exported = CrossEncoder.load(work)
        close = correlation(original, exported)
        if not close >= CLOSE[precision]:
            raise ExportRefused(f"as {precision} it judges otherwise than the original: correlation {close:.4f}")
        candidates = min(MOST_CANDIDATES, int(BUDGET_MS / pair_ms(exported)))
        if candidates < 2:
            raise ExportRefused(f"one pair takes {pair_ms(exported):.0f} ms: two do not fit into {BUDGET_MS:.0f} ms")
        write_manifest(work, exported.version, candidates=candidates)
        put_in_place(work, output)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return close


def write_model(original: Original, folder: Path, precision: str) -> None:
    """Trace the model for one pair of any length, and quantise it if asked to."""
    import torch

    known = ("input_ids", "attention_mask", "token_type_ids")
    whole = cast("Any", original)
    example = whole.tokenizer([("where is my parcel", "it is late")], return_tensors="pt")
    names = [name for name in known if name in example]

    class Logit(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = whole.model

        def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
            logit: torch.Tensor = self.model(**dict(zip(names, tensors, strict=True))).logits
            return logit

    full = folder / "full.onnx"
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Logit().eval(),
            tuple(example[name] for name in names),
            str(full),
            input_names=names,
            output_names=["logit"],
            dynamic_axes={name: {1: "tokens"} for name in names},
            opset_version=OPSET,
            dynamo=False,
        )
    if precision == "fp32":
        full.rename(folder / MODEL)
    else:
        quantise(full, folder / MODEL, precision)
        full.unlink()


def correlation(original: Original, exported: CrossEncoder) -> float:
    """Return Pearson's correlation of both models' values for one question with every probe."""
    import torch

    pairs = [(QUESTION, probe) for probe in PROBES]
    theirs = original.predict(pairs, batch_size=1, activation_fn=torch.nn.Identity(), show_progress_bar=False)
    return float(np.corrcoef(np.asarray(theirs, dtype=np.float64), exported.relevance(QUESTION, PROBES))[0, 1])


def pair_ms(exported: CrossEncoder) -> float:
    """Return the processor time of a question with a long passage, in milliseconds: the median of five."""
    spent = []
    for _ in range(5):
        start = time.process_time()
        exported.relevance(QUESTION, [PROBES[-2]])
        spent.append((time.process_time() - start) * 1000)
    return max(statistics.median(spent), 0.01)


def version_of(model: Path, tokenizer: str) -> str:
    """Name a model by its content: the same on every machine."""
    digest = hashlib.sha256(tokenizer.encode())
    for path in sorted([*model.rglob("*.safetensors"), *model.rglob("*.bin"), *model.rglob("config.json")]):
        digest.update(f"{path.relative_to(model)} {checksum(path)}\n".encode())
    return f"{model.resolve().name.lower()}-{digest.hexdigest()[:12]}"


def write_manifest(folder: Path, version: str, *, candidates: int) -> None:
    """Write what `CrossEncoder.load` checks."""
    fields = {
        "kind": KIND,
        "format": FORMAT,
        "cross_encoder_version": version,
        "max_tokens": MAX_TOKENS,
        "candidates": candidates,
        "checksums": {name: checksum(folder / name) for name in (MODEL, TOKENIZER)},
    }
    (folder / MANIFEST).write_text(json.dumps(fields, indent=1) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m kb_index.export_cross_encoder", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="folder of a sentence-transformers CrossEncoder")
    parser.add_argument("--output", type=Path, default=Path("var/cross_encoder"))
    parser.add_argument("--precision", choices=PRECISIONS, default="fp32")
    options = parser.parse_args(arguments)
    logging.getLogger().setLevel(logging.ERROR)
    try:
        close = export(options.model, options.output, precision=options.precision)
    except (ExportRefused, CrossEncoderUnusable, ValueError, OSError) as error:
        sys.stderr.write(f"export refused: {error}\n")
        return 1
    say(f"Wrote {options.output}: correlation with the original {close:.4f}. Now run: deskmate index")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
