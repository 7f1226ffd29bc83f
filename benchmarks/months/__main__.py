"""Weeks of an administrator's work: `python -m benchmarks.months [--weeks 8] [--eval DIR]`, or `make months`.

A shop that has a third of its examples, and of half of its topics nearly none, meets the rest as customers' messages,
week by week, and with `--eval` also what other companies' customers wrote. The bot answers them with the model and the
index that serve; whoever reviews labels the twenty clusters that matter most, as an oracle would; the worker trains,
the gate decides, and what passes is promoted. After each week the shop's frozen test questions and its held-out
examples are asked. Everything but the customers is the product's own code: review list, clusters, labels, jobs, gate.
The plot goes to `docs/images/months.svg`, the figures to standard output, one JSON line a week.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

from api.processes.places import ROOT, Places
from api.security.secrets import ensure_secrets
from api.settings import Settings
from api.store.database import Store
from api.store.migrate import migrate
from api.worker.golden import read_golden
from api.worker.seed import read_seed, sow
from api.worker.workshop import Workshop
from benchmarks.months.plot import Week, svg_of
from benchmarks.months.shop import WEEK, MovedClock, Shop
from benchmarks.months.traffic import foreign, weeks, young
from tests.installation import encoder_folder

PICTURE = ROOT / "docs" / "images" / "months.svg"


def main() -> int:
    """Live through the weeks; ends with 1 when a promoted model answered worse than the one before it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.months", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--weeks", type=int, default=8)
    parser.add_argument("--start", type=float, default=0.3, help="share of its examples the shop begins with")
    parser.add_argument("--eval", type=Path, default=None, help="folder with livechat/star.jsonl")
    parser.add_argument("--seed", type=int, default=20260601)
    parser.add_argument("--picture", type=Path, default=PICTURE)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="deskmate-months-") as name:
        lived = live(Path(name), options)
    options.picture.write_text(svg_of(lived), encoding="utf-8")
    return int(any(late.promoted and late.right < early.right for early, late in pairwise(lived)))


def live(var: Path, options: argparse.Namespace) -> list[Week]:
    """Live through the weeks in a folder of their own."""
    chance = random.Random(options.seed)
    sure = {one.intent for one in read_golden(ROOT / "data") if one.must}  # no shop opens without these
    seed, own = young(read_seed(ROOT / "data"), options.start, chance, sure)
    shop = open_shop(var)
    shop.workshop.store.write_sync(lambda session: sow(session, seed, now=shop.clock.now()))
    first = shop.learn()
    if not first.passed:
        raise RuntimeError(f"the first model may not serve: {first.reasons}")
    lived = [_told(shop, 0, 0, True)]
    for number, said in enumerate(weeks(own, foreign(options.eval, chance), options.weeks), start=1):
        shop.clock.ahead += WEEK
        shop.hear(said)
        labelled = shop.review()
        ended = shop.learn()
        lived.append(_told(shop, number, labelled, ended.passed, ended.reasons))
    shop.workshop.store.close()
    return lived


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


def _told(shop: Shop, number: int, labelled: int, promoted: bool, reasons: tuple[str, ...] = ()) -> Week:
    measured = shop.measure()
    shares = (round(share, 4) for share in (measured.right, measured.understood, measured.handed_off))
    week = Week(number, *shares, labelled, promoted, reasons)
    print(json.dumps(asdict(week)), flush=True)
    return week


if __name__ == "__main__":
    sys.exit(main())
