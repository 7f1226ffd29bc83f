"""Says real customers' sentences to a running Deskmate and counts what became of each.

    DESKMATE_ADMIN_TOKEN=... .venv/bin/python -m benchmarks.replay --conversations star.jsonl --limit 100

All processes are the real ones. The token (`deskmate token create --role admin`) is for reading the bot's turns
afterwards; the customers themselves use nothing but the public chat.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import json
import os
import statistics
import sys
from pathlib import Path
from typing import Any

import httpx

from benchmarks.replay.conversations import Recorded, read_conversations
from benchmarks.replay.customer import Replayed, replay


async def replay_all(url: str, recorded: list[Recorded], *, parallel: int) -> list[Replayed]:
    """Replay conversations, a few at a time; progress goes to stderr."""
    places = asyncio.Semaphore(parallel)
    finished = 0

    async def one(conversation: Recorded) -> Replayed:
        nonlocal finished
        async with places, httpx.AsyncClient(base_url=url, timeout=60) as client:
            replayed = await replay(client, conversation)
        finished += 1
        print(f"\r{finished}/{len(recorded)} conversations", end="", file=sys.stderr)
        return replayed

    return await asyncio.gather(*(one(conversation) for conversation in recorded))


async def turns_of(url: str, token: str, replayed: list[Replayed]) -> dict[str, list[dict[str, Any]]]:
    """Read the bot's finished turns by message, as an administrator sees them."""
    turns: dict[str, list[dict[str, Any]]] = collections.defaultdict(list)
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        for conversation in replayed:
            answer = await client.get(f"/v1/conversations/{conversation.conversation_id}")
            for turn in answer.raise_for_status().json()["turns"]:
                if turn["state"] == "done":
                    turns[turn["message_id"]].append(turn)
    return turns


def report(replayed: list[Replayed], turns: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Count outcomes by kind, waits, hand-offs and why, and whatever should never happen."""
    said = [message for conversation in replayed for message in conversation.said]
    waits = sorted(message.waited_ms for message in said if message.seen not in {"queue", "agent"})
    decided = [turn for message in said for turn in turns[message.message_id]]
    return {
        "conversations": len(replayed),
        "messages": len(said),
        "seen": dict(collections.Counter(message.seen for message in said).most_common()),
        "bot_outcomes": dict(collections.Counter(turn["outcome"] for turn in decided).most_common()),
        "turn_errors": dict(collections.Counter(turn["error"] for turn in decided if turn["error"])),
        "decisions": dict(collections.Counter(turn["decision"] for turn in decided).most_common()),
        "reasons": dict(
            collections.Counter(
                f"{turn['decision']}: {', '.join(turn['reason_codes'])}"
                for turn in decided
                if turn["decision"] in {"offer", "immediate"}
            ).most_common()
        ),
        "handed_off": sum(conversation.said[-1].owner != "bot" for conversation in replayed),
        "reply_ms": {"p50": statistics.median(waits), "p95": waits[int(0.95 * (len(waits) - 1))], "max": waits[-1]},
        "lost": sum(message.seen == "nothing" for message in said),
        "without_exactly_one_turn": sum(len(turns[message.message_id]) != 1 for message in said),
        "doubled": sum(_doubled(conversation) for conversation in replayed),
        "gaps": sum(_has_gap(conversation) for conversation in replayed),
    }


def _doubled(conversation: Replayed) -> int:
    mine = [line["client_msg_id"] for line in conversation.transcript if line["sender"] == "customer"]
    return len(mine) - len(set(mine)) + abs(len(mine) - len(conversation.said))


def _has_gap(conversation: Replayed) -> bool:
    return [line["seq"] for line in conversation.transcript] != list(range(1, len(conversation.transcript) + 1))


def main() -> None:
    """Replay, print the report as JSON, and fail if a message was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replay", description=__doc__)
    parser.add_argument("--conversations", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=100)
    parser.add_argument("--parallel", type=int, default=4)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    options = parser.parse_args()
    token = os.environ.get("DESKMATE_ADMIN_TOKEN") or parser.error("set DESKMATE_ADMIN_TOKEN")
    recorded = read_conversations(options.conversations, limit=options.limit, seed=options.seed)
    replayed = asyncio.run(replay_all(options.url, recorded, parallel=options.parallel))
    counted = report(replayed, asyncio.run(turns_of(options.url, token, replayed)))
    print(json.dumps({"seed": options.seed} | counted, indent=1))
    if any(counted[never] for never in ("lost", "without_exactly_one_turn", "doubled", "gaps")):
        raise SystemExit("replay: a message was lost, doubled or left without its outcome")


if __name__ == "__main__":
    main()
