"""Weeks of an administrator's work: `python -m benchmarks.months [--weeks 8] [--eval DIR]`, or `make months`.

A shop that has a third of its examples, and of half of its topics nearly none, meets the rest as customers' messages,
week by week, and with `--eval` also what other companies' customers wrote. The bot answers them with the model and the
index that serve; whoever reviews labels the twenty clusters that matter most, as an oracle would; the worker trains,
the gate decides, and what passes is promoted. After each week the shop's frozen test questions and its held-out
examples are asked. Everything but the customers is the product's own code: review list, clusters, labels, jobs, gate.
The plot goes to `docs/images/months.svg`; the figures go to standard output, one JSON line a week, and in the end as a
table with what is beyond chance. `--judge FILE` judges and draws the lines of an earlier run, however far it came.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from api.processes.places import ROOT, Places
from api.security.secrets import ensure_secrets
from api.settings import Settings
from api.store.database import Store
from api.store.migrate import migrate
from api.worker.golden import read_golden
from api.worker.seed import read_seed, sow
from api.worker.workshop import Workshop
from benchmarks.months.judgement import drops, table
from benchmarks.months.plot import svg_of
from benchmarks.months.shop import WEEK, MovedClock, Shop
from benchmarks.months.traffic import Said, foreign, weeks, young
from benchmarks.months.weeks import Week
from tests.installation import encoder_folder

PICTURE = ROOT / "docs" / "images" / "months.svg"


def main() -> int:
    """Live through the weeks, or judge those of an earlier run; ends with 1 when something fell beyond chance."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.months", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--weeks", type=int, default=8)
    parser.add_argument("--start", type=float, default=0.3, help="share of its examples the shop begins with")
    parser.add_argument("--eval", type=Path, default=None, help="folder with livechat/star.jsonl")
    parser.add_argument("--seed", type=int, default=20260601)
    parser.add_argument("--picture", type=Path, default=PICTURE)
    parser.add_argument("--judge", type=Path, default=None, help="lines of an earlier run, instead of a new one")
    options = parser.parse_args()
    lived = read_weeks(options.judge) if options.judge else told(options)
    options.picture.write_text(svg_of(lived), encoding="utf-8")
    fallen = drops(lived)
    print(f"\n{table(lived)}", *(f"Fell: {one}" for one in fallen), sep="\n")
    return int(bool(fallen))


def read_weeks(path: Path) -> list[Week]:
    """Return the weeks of an earlier run's lines; what is no line of JSON is passed over.

    Raises:
        ValueError: there is none.
    """
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("{")]
    if not lines:
        raise ValueError(f"{path} holds no week")
    return [Week.read(line) for line in lines]


def told(options: argparse.Namespace) -> list[Week]:
    """Live through the weeks in a folder of their own, and print each as it ends."""
    lived = []
    with tempfile.TemporaryDirectory(prefix="deskmate-months-") as name:
        for week in live(Path(name), options):
            print(week.line, flush=True)
            lived.append(week)
    return lived


def live(var: Path, options: argparse.Namespace) -> Iterator[Week]:
    """Live through the weeks, one after the other; the first is the shop as it opens."""
    chance = random.Random(options.seed)
    sure = {one.intent for one in read_golden(ROOT / "data") if one.must}  # no shop opens without these
    seed, own = young(read_seed(ROOT / "data"), options.start, chance, sure)
    shop = open_shop(var)
    shop.workshop.store.write_sync(lambda session: sow(session, seed, now=shop.clock.now()))
    if refused := shop.learn():
        raise RuntimeError(f"the shop cannot open: {refused}")
    said = list(weeks(own, foreign(options.eval, chance), options.weeks))
    yield _ended(shop, 0, coming=said[0] if said else ())
    for number, heard in enumerate(said, start=1):
        shop.clock.ahead += WEEK
        shop.hear(heard)
        labelled = shop.review()
        refused = shop.learn()
        yield _ended(shop, number, labelled, refused, said[number] if number < len(said) else ())
    shop.workshop.store.close()


def open_shop(var: Path) -> Shop:
    """Return an empty installation with an encoder and no processes."""
    shutil.copytree(encoder_folder(), var / "encoder", ignore=shutil.ignore_patterns(".done"))
    settings, clock = Settings(var_dir=var), MovedClock()
    places = Places(root=ROOT, var=var)
    places.make()
    ensure_secrets(settings.secrets_dir)
    store = Store(settings.database)
    migrate(store)
    return Shop(Workshop(settings, places, store, clock), clock)


def _ended(
    shop: Shop, number: int, labelled: int = 0, refused: tuple[str, ...] = (), coming: Sequence[Said] = ()
) -> Week:
    measured = shop.measure(coming)
    return Week(number, measured.right, measured.understood, measured.handed_off, labelled, refused)


if __name__ == "__main__":
    sys.exit(main())
