"""A day at the desk: recorded conversations, ten agents, a queue, and what was promised to those in it.

    .venv/bin/python -m benchmarks.desk --conversations DIR/livechat/star.jsonl     or  make bench-desk EVAL=DIR

The API is a real process over a fresh database and used through the Python client alone; Rasa and the search are fakes
that answer at once, for what is measured is the desk. The clock of the simulated world runs `--speed` times as fast.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from benchmarks.desk.day import simulate
from benchmarks.desk.people import Habits
from benchmarks.desk.plot import draw
from benchmarks.desk.reckoning import calibration_of
from benchmarks.replay.conversations import read_conversations

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "images" / "waits.svg"
NEVER = ("lost", "unfinished", "two_owners")


def main() -> None:
    """Simulate, print the report as JSON, draw the picture; fail if a chat was lost or had two owners."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.desk", description=__doc__)
    parser.add_argument("--conversations", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=200)
    parser.add_argument("--agents", type=int, default=10)
    parser.add_argument("--speed", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--picture", type=Path, default=PICTURE)
    parser.add_argument("--folder", type=Path, help="for the database; on a busy disk, one in memory such as /dev/shm")
    parser.add_argument("--waits", type=Path, help="write every wait there, as JSON lines")
    given = parser.parse_args()
    recorded = read_conversations(given.conversations, limit=given.limit, seed=given.seed)
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        day = simulate(
            [one.customer_texts for one in recorded],
            Path(folder),
            agents=given.agents,
            speed=given.speed,
            habits=Habits(),
            seed=given.seed,
        )
    print(json.dumps({"seed": given.seed, "agents": given.agents, "speed": given.speed} | day.report, indent=1))
    if given.waits:
        lines = (json.dumps(asdict(one)) for one in day.waits)
        given.waits.write_text("\n".join(lines) + "\n", encoding="utf-8")
    measured = calibration_of(day.waits)
    if measured is not None:
        draw(day.waits, measured, given.picture)
    if any(day.report[never] for never in NEVER):
        raise SystemExit("desk: a chat was lost, or had two owners")


if __name__ == "__main__":
    main()
