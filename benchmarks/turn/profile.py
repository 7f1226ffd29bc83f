"""Shows where a turn's time goes: `.venv-bot/bin/python -m benchmarks.turn.profile --model FILE`.

The dialogue runs in this process with an action endpoint that answers at once, so only the bot's own work is seen.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import logging
import os
import pstats
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import structlog
from rasa.utils.endpoints import EndpointConfig

from bot.action_server import compile_result_check
from bot.dialogue import Dialogue
from bot.processor import BotAgent
from bot.turns import Turn
from bot.wording import Wording

TURNS, WARM_UP = 300, 30
TURNS_PER_CONVERSATION = 10


class InstantEndpoint(EndpointConfig):  # type: ignore[misc]
    """Answers every action with one sentence."""

    async def request(self, *arguments: Any, **options: Any) -> Any:
        """Answer without a network."""
        return {"events": [], "responses": [{"text": "One answer."}]}


def turn(place: int, text: str, state: dict[str, Any] | None) -> Turn:
    """Return the turn at a place of the run; each conversation is ten turns long."""
    conversation, number = divmod(place, TURNS_PER_CONVERSATION)
    body = {
        "mode": "reply",
        "conversation_id": f"c{conversation}",
        "message_id": f"m{place}",
        "turn": number + 1,
        "speaker": "customer",
        "text": text,
        "state": state if number else None,
        "search": {"suggestion_set_id": "s", "decision": "answer", "confidence": 0.8, "top_article_id": "a"},
    }
    return Turn.of(body)


async def run(dialogue: Dialogue, text: str, turns: int, first: int = 0) -> None:
    """Run turns one after the other."""
    state = None
    for place in range(first, first + turns):
        state = (await dialogue.take(turn(place, text, state)))["state"]


def main() -> None:
    """Print the milliseconds of a turn and its largest parts."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--parts", type=int, default=25)
    parser.add_argument("--text", default="how long does delivery to the highlands take?")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    compile_result_check()
    agent = BotAgent(
        generator=Wording({}), action_endpoint=InstantEndpoint("http://nowhere", enable_selective_domain=True)
    )
    agent.load_model(options.model)
    dialogue = Dialogue(agent.processor, model_version="profiled")
    asyncio.run(run(dialogue, options.text, WARM_UP))
    began = time.process_time()
    asyncio.run(run(dialogue, options.text, TURNS, first=1000))
    print(f"{1000 * (time.process_time() - began) / TURNS:.2f} ms of CPU a turn")
    profiler = cProfile.Profile()
    profiler.enable()
    asyncio.run(run(dialogue, options.text, TURNS, first=5000))
    profiler.disable()
    statistics = pstats.Stats(profiler)
    statistics.sort_stats("tottime").print_stats(options.parts)
    statistics.sort_stats("cumulative").print_stats(options.parts * 2)


if __name__ == "__main__":
    main()
