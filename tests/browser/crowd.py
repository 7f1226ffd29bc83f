"""Many customers at once, over HTTP: what they say, and what the bot makes of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.replay.__main__ import replay_all, turns_of
from benchmarks.replay.conversations import Recorded

AT_ONCE = 4
MANNERS = ("", "please ", "could you ", "can somebody ", "would you mind to ", "i need you to ")
SLANG = (
    "get me on the dog and bone",
    "catch me on the dog and bone",
    "reach me on the dog and bone",
    "try me on the dog and bone",
    "have someone get me on the dog and bone",
    "get me on the old dog and bone today",
    "get me on the dog and bone tomorrow",
    "get hold of me on my dog and bone",
    "get on the dog and bone to me",
    "pick up the dog and bone for me",
)
SAID_IN_SLANG = tuple(manner + wording for manner in MANNERS for wording in SLANG)  # sixty, of one meaning
PEOPLE = ("a human being", "a real person", "somebody real", "an actual person", "a human")
WISHES = (
    "I want to talk to {}",
    "let me speak to {} please",
    "can you put me through to {}",
    "I would like to speak with {}",
    "please connect me to {}",
    "may I talk to {} now",
    "I'd rather talk to {}",
    "get me {} please",
    "is there {} I can talk to",
    "could I speak to {}, please",
    "I need to talk to {}",
    "pass me on to {}",
)
ASKED_FOR_A_PERSON = tuple(wish.format(person) for wish in WISHES for person in PEOPLE)


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of one sentence."""

    text: str
    seen: str  # reply | notice:<why> | queue | agent | nothing
    intent: str | None
    model_version: str | None


def say(address: str, token: str, texts: Sequence[str]) -> list[Heard]:
    """Say sentences, each in a conversation of its own, a few at a time; every one is said twice, as on a bad line."""

    async def all_of_them() -> list[Heard]:
        recorded = [Recorded(f"crowd-{number}", (text,)) for number, text in enumerate(texts)]
        replayed = await replay_all(address, recorded, parallel=AT_ONCE)
        turns = await turns_of(address, token, replayed)
        heard = []
        for one in replayed:
            [said] = one.said
            turn = turns[said.message_id][-1] if turns[said.message_id] else {}
            text = one.recorded.customer_texts[0]
            heard.append(Heard(text, said.seen, turn.get("intent"), turn.get("model_version")))
        return heard

    with ThreadPoolExecutor(1) as thread:  # Playwright's event loop may be running in this one
        return thread.submit(lambda: asyncio.run(all_of_them())).result()


@dataclass
class Chatting:
    """Customers who go on chatting while something else happens."""

    heard: list[Heard] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


@contextmanager
def chatting(address: str, token: str, texts: Sequence[str]) -> Iterator[Chatting]:
    """Let customers say these sentences, over and over, until the block ends."""
    told, over = Chatting(), threading.Event()

    def chat() -> None:
        while not over.is_set():
            try:
                told.heard += say(address, token, texts)
            except Exception as error:
                told.failed.append(repr(error))
                return

    thread = threading.Thread(target=chat)
    thread.start()
    try:
        yield told
    finally:
        over.set()
        thread.join()
