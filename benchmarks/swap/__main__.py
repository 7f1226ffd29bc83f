"""Swaps models under chats: `python -m benchmarks.swap [--swaps 20] [--rate 2]` prints one JSON object.

A whole installation runs in a folder that is thrown away. Customers ask at a steady rate while a second model, the same
bytes under another name, is promoted with a process of its own; then models are swapped back and forth while both
processes are warm. Counted are turns without an answer, answers by no model or by two, how long turns took before and
during the swaps, how long each swap took, and what is left of memory and processes when nothing is kept warm any more.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from api.processes.leftovers import processes_of
from api.processes.places import ROOT, Places
from tests.installation import Stack, running_stack
from tests.ops.chat import new_customer, wait_until_ready

QUESTIONS = ("How long does delivery take?", "Can I return worn boots?", "Is the tent waterproof?")
KEPT_S = 20.0
JOB_LIMIT_S = 240.0
BEFORE_S = 20.0  # how long turns are measured before anything is swapped
BETWEEN_S = 1.0  # of turns with the one model before the next return
ENDING_LIMIT_S = 60.0  # for the last process that was kept warm to end, once its time is over


@dataclass
class Load:
    """Customers who ask at a steady rate, each in a conversation of their own."""

    address: str
    rate: float
    took: list[tuple[float, float]] = field(default_factory=list)  # when asked, seconds to the answer
    failures: list[str] = field(default_factory=list)
    conversations: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin."""
        self._threads.append(threading.Thread(target=self._pace))
        self._threads[0].start()

    def end(self) -> None:
        """Ask no more, and wait for the answers that are owed."""
        self._over.set()
        pace, *_ = self._threads
        pace.join()  # from here on nobody begins another
        for thread in self._threads:
            thread.join()

    def _pace(self) -> None:
        number = 0
        while not self._over.wait(1 / self.rate):
            thread = threading.Thread(target=self._ask, args=(QUESTIONS[number % len(QUESTIONS)],))
            self._threads.append(thread)
            thread.start()
            number += 1

    def _ask(self, question: str) -> None:
        began = time.monotonic()
        try:
            customer = new_customer(self.address)
            self.conversations.append(customer.conversation_id)
            said = customer.ask(question)
            if not said or not said[0].get("text"):
                self.failures.append(f"nothing said to {question!r}")
            self.took.append((began, time.monotonic() - began))
        except (AssertionError, httpx.HTTPError) as error:
            self.failures.append(repr(error))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it once and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--swaps", type=int, default=20, help="after the promotion, while both processes are warm")
    parser.add_argument("--rate", type=float, default=2.0, help="questions a second")
    options = parser.parse_args(arguments)
    kept = {"DESKMATE_MODEL_KEPT_S": str(KEPT_S)}
    with tempfile.TemporaryDirectory() as name, running_stack(Path(name) / "var", extra=kept) as stack:
        figures = measure(stack, Path(name), swaps=options.swaps, rate=options.rate)
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    return 0


def measure(stack: Stack, folder: Path, *, swaps: int, rate: float) -> dict[str, Any]:
    """Chat, promote, swap, and look at what is left."""
    wait_until_ready(stack.address)
    client = httpx.Client(
        base_url=stack.address, headers={"Authorization": f"Bearer {stack.token('admin')}"}, trust_env=False, timeout=30
    )
    first = client.get("/v1/models").json()["current"]
    second = adopt_copy(stack, first, folder)
    load = Load(stack.address, rate)
    load.start()
    time.sleep(BEFORE_S)
    before = resident(stack)
    began = time.monotonic()
    swapped(client, f"/v1/models/{second}/promote")
    promotion_s = time.monotonic() - began
    returns = []
    for _ in range(swaps):
        started = time.monotonic()
        swapped(client, "/v1/models/rollback")
        returns.append(time.monotonic() - started)
        time.sleep(BETWEEN_S)
    ended = time.monotonic()
    load.end()
    after = once_one_serves(stack)
    models = [
        {turn["model_version"] for turn in client.get(f"/v1/conversations/{one}").json()["turns"]}
        for one in load.conversations
    ]
    return {
        "questions": len(load.took),
        "failures": load.failures,
        "answered_by": sorted({version for versions in models for version in versions if version})
        == sorted({first, second}),
        "by_one_model_each": all(len(versions) == 1 for versions in models),
        "promotion_s": round(promotion_s, 1),
        "returns": len(returns),
        "return_s": {"median": round(statistics.median(returns), 2), "longest": round(max(returns), 2)},
        "turn_s_before": spread([took for at, took in load.took if at < began]),
        "turn_s_while_a_process_starts": spread([took for at, took in load.took if began <= at < began + promotion_s]),
        "turn_s_during_returns": spread([took for at, took in load.took if began + promotion_s <= at < ended]),
        "rasa_processes_after": bots(after),
        "memory_mb": {"before": total(before), "after": total(after)},
    }


def adopt_copy(stack: Stack, version: str, folder: Path) -> str:
    """Install the serving model's bytes under another name, as a candidate."""
    other = f"{version}-copy"
    shutil.copytree(stack.var / "models" / version, folder / other)
    manifest = folder / other / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "model_version": other}))
    command = [sys.executable, "-m", "tests.adopt_model", str(folder / other), "--as-candidate"]
    subprocess.run(command, cwd=ROOT, env=stack.environment, check=True)
    return other


def swapped(client: httpx.Client, path: str) -> None:
    """Ask for a swap and wait until the model serves."""
    queued = client.post(path)
    queued.raise_for_status()
    deadline = time.monotonic() + JOB_LIMIT_S
    while time.monotonic() < deadline:
        job = client.get(f"/v1/training-jobs/{queued.json()['job_id']}").json()
        if job["state"] == "done":
            return
        if job["state"] == "failed":
            raise RuntimeError("\n".join(job["log"]))
        time.sleep(0.2)
    raise RuntimeError(f"{path} did not end within {JOB_LIMIT_S:.0f} s")


def once_one_serves(stack: Stack) -> list[tuple[str, int]]:
    """Return what is resident once no second model is kept warm, or when that takes too long."""
    deadline = time.monotonic() + KEPT_S + ENDING_LIMIT_S
    while bots(left := resident(stack)) > 1 and time.monotonic() < deadline:
        time.sleep(0.5)
    return left


def bots(processes: list[tuple[str, int]]) -> int:
    """Return how many of these are Rasa's."""
    return sum(1 for command, _ in processes if "bot.serve" in command)


def resident(stack: Stack) -> list[tuple[str, int]]:
    """Return command and resident bytes of every process of the installation."""
    found = []
    for pid in processes_of(Places(root=ROOT, var=stack.var)):
        try:
            process = psutil.Process(pid)
            found.append((" ".join(process.cmdline()), process.memory_info().rss))
        except psutil.NoSuchProcess:
            continue
    return found


def total(processes: list[tuple[str, int]]) -> int:
    """Return megabytes."""
    return round(sum(held for _, held in processes) / 2**20)


def spread(took: list[float]) -> dict[str, float]:
    """Return the median and the 95th percentile, in seconds."""
    if len(took) < 2:
        return {}
    return {"p50": round(statistics.median(took), 3), "p95": round(statistics.quantiles(took, n=20)[18], 3)}


if __name__ == "__main__":
    sys.exit(main())
