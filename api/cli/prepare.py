"""Everything an installation needs before it can start, each step only if it is missing."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.cli.context import run_job, workshop
from api.cli.problems import Problem
from api.settings import Settings
from api.store.tables import KnowledgeBase, Model, RasaProcess, Serving
from api.worker.models import ModelRefused, loadable_archive
from api.worker.seed import is_seeded, read_seed, sow
from api.worker.workshop import Workshop

Say = Callable[[str], None]


def prepare_everything(settings: Settings, say: Say) -> None:
    """Export the encoder, import `data/`, build indexes, and train and promote the first model, where missing.

    Raises:
        Problem: a step failed; the next run goes on from there.
    """
    shop = workshop(settings)
    if not shop.places.bot_python.exists():
        raise Problem(f"The bot's Python environment is missing ({shop.places.bot_python}). Run: make setup")
    _forget_processes(shop)
    _export_encoder(shop, say)
    _seed(shop, say)
    _build_indexes(shop, say)
    _first_model(shop, say)


def _forget_processes(shop: Workshop) -> None:
    """Nothing runs yet: whatever the table says of Rasa's processes is of an earlier run."""
    shop.store.write_sync(
        lambda session: session.execute(
            update(RasaProcess).where(RasaProcess.state != "gone").values(state="gone", note="an earlier run's")
        )
    )


def _export_encoder(shop: Workshop, say: Say) -> None:
    from kb_index.encoder import EncoderUnusable, check_files, read_manifest

    try:
        check_files(shop.places.encoder, read_manifest(shop.places.encoder))
    except EncoderUnusable:
        say("Exporting the sentence encoder (once, about a minute) ...")
        command = [shop.places.python, "-m", "kb_index.export", "--output", str(shop.places.encoder)]
        if subprocess.run(command, cwd=shop.places.root, check=False).returncode != 0:
            raise Problem("The sentence encoder could not be exported; see above.") from None


def _seed(shop: Workshop, say: Say) -> None:
    if shop.store.read_sync(is_seeded):
        return
    say("Importing data/ into the empty database ...")
    seed = read_seed(shop.settings.data_dir if shop.settings.data_dir.is_absolute() else shop.places.root / "data")
    shop.store.write_sync(lambda session: sow(session, seed, now=shop.clock.now()))
    say(
        f"  {len(seed.articles)} articles, {len(seed.questions)} labelled questions, {len(seed.intents)} intents, "
        f"{len(seed.examples)} examples"
    )


def _build_indexes(shop: Workshop, say: Say) -> None:
    from kb_index.storage import IndexUnusable, current_version, read_index

    for kb in shop.store.read_sync(lambda session: list(session.scalars(select(KnowledgeBase.slug)))):
        try:
            version = current_version(shop.places.index, kb)
            manifest, _ = read_index(shop.places.index / kb / version)
            if manifest.encoder_version == shop.encoder_version:
                continue
            why = "was made for another encoder"
        except IndexUnusable:
            why = "is missing or damaged"
        say(f"Building the index of {kb}, which {why} ...")
        run_job(shop, "index", {"kb": kb})


def _first_model(shop: Workshop, say: Say) -> None:
    if _serving_model_is_usable(shop, say):
        return
    say("Training the first model (once, a minute or two) ...")
    version = str(run_job(shop, "train", {})["model_version"])
    run_job(shop, "promote", {"version": version})


def _serving_model_is_usable(shop: Workshop, say: Say) -> bool:
    """Say whether the pointer, or the one before it, names a model that may be loaded; the worker takes the latter."""

    def candidates(session: Session) -> list[str]:
        pointer = session.get(Serving, "model")
        named = [pointer.value, pointer.previous] if pointer else []
        return [version for version in named if version and session.get(Model, version)]

    for version in shop.store.read_sync(candidates):
        try:
            loadable_archive(shop.places, version)
        except ModelRefused as refusal:
            say(f"Model {version} is refused: {refusal}")
        else:
            return True
    return False
