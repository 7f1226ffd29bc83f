"""Measures a turn of stock Rasa and of this bot side by side: `python -m benchmarks.turn`.

Both are Rasa 3.6.21 with the same examples, rules, domain and trivial action server. Stock has its default pipeline,
policies, validator and tracker store, over its REST channel; ours is the bot as it is served. Each turn is one message
that leads to one action; a conversation has ten turns.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from benchmarks.turn.processes import BOT_PYTHON, ROOT, Server, our_server, stock_server

TURNS, WARM_UP = 500, 50
TURNS_PER_CONVERSATION = 10
CLIENTS, CLIENT_TURNS = 4, 100
TEXT = "how long does delivery take"
ANSWER = "One answer."
FOLDER = ROOT / ".cache" / "benchmarks" / "turn"
DATA = ("domain.yml", "data/nlu", "data/rules", "data/stories")
STOCK_INPUTS = (*DATA, "benchmarks/turn/stock_config.yml")
OUR_INPUTS = (*DATA, "config.yml", "data/frustration", "bot", "kb_index/encoder.py", "var/encoder/manifest.json")


def train(stock: bool) -> Path:
    """Train one of the two models, unless it is there and newer than all it is made of."""
    folder = FOLDER / ("stock" if stock else "ours")
    model = folder / "model.tar.gz"
    if model.is_file() and model.stat().st_mtime > newest(STOCK_INPUTS if stock else OUR_INPUTS):
        return model
    folder.mkdir(parents=True, exist_ok=True)
    print(f"training {folder.name} ...", flush=True)
    if stock:
        command = ["-m", "rasa", "train", "--config", "benchmarks/turn/stock_config.yml", "--domain", "domain.yml"]
        command += ["--data", "data/nlu", "data/rules", "data/stories", "--out", str(folder)]
        command += ["--fixed-model-name", "model", "--skip-validation"]
    else:
        command = ["-m", "bot.train", "--snapshot", ".", "--encoder", "var/encoder", "--output", str(folder)]
    subprocess.run([str(BOT_PYTHON), *command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return model


def newest(inputs: Sequence[str]) -> float:
    """Return when the newest of these files, and of the files below these folders, was written."""
    files = [file for name in inputs for file in (ROOT / name, *(ROOT / name).rglob("*")) if file.is_file()]
    return max(file.stat().st_mtime for file in files if "__pycache__" not in file.parts)


def stock_turn(server: Server) -> Callable[[str, int], None]:
    """Return a function that says the text to stock Rasa."""
    client = httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=60)

    def turn(conversation: str, number: int) -> None:
        del number
        said = client.post("/webhooks/rest/webhook", json={"sender": conversation, "message": TEXT}).json()
        assert [one["text"] for one in said] == [ANSWER], said

    return turn


def our_turn(server: Server) -> Callable[[str, int], None]:
    """Return a function that says the text to this bot, as the API does."""
    headers = {"Authorization": f"Bearer {server.secret}"}
    client = httpx.Client(base_url=f"http://127.0.0.1:{server.port}", headers=headers, timeout=60)
    states: dict[str, Any] = {}
    history: dict[str, list[dict[str, Any]]] = {}

    def turn(conversation: str, number: int) -> None:
        said = history.setdefault(conversation, [])
        body = {
            "mode": "reply",
            "conversation_id": conversation,
            "message_id": f"{conversation}-{number}",
            "turn": number,
            "speaker": "customer",
            "text": TEXT,
            "payload": None,
            "customer": {"name": "Jo"},
            "history": said[-20:],
            "state": states.get(conversation),
            "search": {"suggestion_set_id": "s", "decision": "answer", "confidence": 0.9, "top_article_id": "a"},
            "context": {"offer_open": False, "offered_before": False, "failed_turns": 0, "availability": "Now."},
        }
        answer = client.post("/webhooks/gateway/turn", json=body).json()
        assert [one["text"] for one in answer["replies"]] == [ANSWER], answer
        states[conversation] = answer["state"]
        for sender, text in (("customer", TEXT), ("bot", ANSWER)):
            said.append({"seq": len(said) + 1, "sender": sender, "text": text, "created_at": ""})

    return turn


def measure(server: Server, turn: Callable[[str, int], None]) -> dict[str, float]:
    """Run the turns one after the other, then four clients at once.

    Returns:
        Milliseconds of CPU and of waiting per turn, turns per second, and megabytes.
    """
    cpu_ms, waited_ms = [], []
    actions_before = server.actions_cpu_s()
    for place in range(TURNS + WARM_UP):
        if place == WARM_UP:
            actions_before = server.actions_cpu_s()
        conversation, number = divmod(place, TURNS_PER_CONVERSATION)
        cpu, began = server.cpu_s(), time.perf_counter()
        turn(f"c{conversation}", number + 1)
        waited_ms.append(1000 * (time.perf_counter() - began))
        cpu_ms.append(1000 * (server.cpu_s() - cpu))
    cpu_ms, waited_ms = cpu_ms[WARM_UP:], waited_ms[WARM_UP:]
    actions_ms = 1000 * (server.actions_cpu_s() - actions_before) / TURNS
    return {
        "cpu_ms_median": statistics.median(cpu_ms),
        "cpu_ms_p95": statistics.quantiles(cpu_ms, n=20)[18],
        "cpu_ms_all_processes": statistics.fmean(cpu_ms) + actions_ms,
        "waited_ms_median": statistics.median(waited_ms),
        "waited_ms_p95": statistics.quantiles(waited_ms, n=20)[18],
        "turns_per_s_one_client": 1000 / statistics.fmean(waited_ms),
        "turns_per_s_four_clients": _turns_per_s(turn),
        "memory_mb": server.memory_mb(),
    }


def _turns_per_s(turn: Callable[[str, int], None]) -> float:
    def talk(client: int) -> None:
        for place in range(CLIENT_TURNS):
            conversation, number = divmod(place, TURNS_PER_CONVERSATION)
            turn(f"client{client}-{conversation}", number + 1)

    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(talk, range(CLIENTS)))
    return CLIENTS * CLIENT_TURNS / (time.perf_counter() - began)


def main() -> int:
    """Measure both and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.turn")
    parser.add_argument("--output", type=Path, default=FOLDER / "figures.json")
    parser.add_argument("--only", choices=("stock", "ours"))
    options = parser.parse_args()
    figures: dict[str, dict[str, float]] = {}
    for name, serve, say in (("stock", stock_server, stock_turn), ("ours", our_server, our_turn)):
        if options.only in (None, name):
            model = train(stock=name == "stock")
            print(f"measuring {name}: {TURNS} turns after {WARM_UP} ...", flush=True)
            with serve(model, model.parent) as server:
                figures[name] = measure(server, say(server))
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(figures, indent=2) + "\n")
    print("\n| a turn | " + " | ".join(figures) + " |\n|---|" + "---:|" * len(figures))
    for line in next(iter(figures.values())):
        print(f"| {line.replace('_', ' ')} | " + " | ".join(f"{one[line]:.1f}" for one in figures.values()) + " |")
    if len(figures) == 2:
        ratio = figures["stock"]["cpu_ms_median"] / figures["ours"]["cpu_ms_median"]
        print(f"\nstock uses {ratio:.1f} times the CPU of a turn here")
    return 0


if __name__ == "__main__":
    sys.exit(main())
