"""Times suggestions at a busy desk: `python -m benchmarks.suggestions` prints one JSON object.

The API runs with the shop's articles in a real index. Fifty customers talk with an agent, whose desk is open; they
write one after another, at a steady rate. Timed is each message, from before it is sent until its suggestions have
reached the desk. Rasa only listens in such chats and is a stand-in here.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from api.store.tables import Article, ArticleVersion
from api.suggestions.indexes import Indexes
from api.worker.phrasings import with_phrasings
from api.worker.seed import Seed, read_seed
from kb_index.build import build, publish
from kb_index.encoder import Encoder
from tests.fakes import FakeRasa
from tests.installation import ROOT, encoder_folder
from tests.running import Chat, Customer, RunningApi

PROMISED_MS = 300  # for 95 of 100 messages


def main() -> None:
    """Measure this machine."""
    parser = argparse.ArgumentParser(description="How soon suggestions are at the desk.")
    parser.add_argument("--chats", type=int, default=50, help="open chats")
    parser.add_argument("--messages", type=int, default=300, help="messages to time")
    parser.add_argument("--rate", type=float, default=4.0, help="messages a second, of all customers together")
    options = parser.parse_args()
    seed = read_seed(ROOT / "data")
    with tempfile.TemporaryDirectory() as folder, FakeRasa() as rasa:
        finder = indexed(Path(folder), seed)
        with RunningApi(Path(folder), rasa, finder=finder) as api:
            api.store.write_sync(lambda session: keep_articles(session, seed))
            took = measure(api, seed, options)
    print(json.dumps(told(took, options), indent=2))


def indexed(folder: Path, seed: Seed) -> Indexes:
    """Build the shop's index, as a new installation does, but for the calibration."""
    phrasings: dict[str, list[str]] = {}
    for one in seed.phrasings:
        phrasings.setdefault(one.article_id, []).append(one.text)
    encoder = encoder_folder()
    articles = with_phrasings(seed.articles, phrasings)
    version = build(articles, folder / "indexes", encoder=Encoder.load(encoder), synonyms=seed.synonyms)
    publish(folder / "indexes", "main", version)
    finder = Indexes(folder / "indexes", encoder)
    finder.check()
    return finder


def keep_articles(session: Session, seed: Seed) -> None:
    """Put the shop's articles into the database: what is not there is never shown."""
    now = datetime.now(UTC)
    for one in seed.articles:
        session.merge(Article(kb="main", article_id=one.article_id, version=1, created_at=now))
        session.merge(
            ArticleVersion(
                kb="main",
                article_id=one.article_id,
                version=1,
                title=one.title,
                body=one.body,
                audience=one.audience,
                category=one.category,
                created_at=now,
            )
        )


def measure(api: RunningApi, seed: Seed, options: argparse.Namespace) -> list[float]:
    """Return the milliseconds from each message to its suggestions at the desk."""
    agent = api.agent()
    customers = [talking(api, agent) for _ in range(options.chats)]
    questions = [str(question["query"]) for question in seed.questions]
    heard: dict[str, float] = {}
    sent: dict[str, float] = {}
    with api.desk(agent) as desk:
        desk.say("hello")
        desk.hear("ready")
        listening = threading.Thread(target=listen, args=(desk, heard, options.messages))
        listening.start()
        start = time.monotonic()
        for number in range(options.messages):
            time.sleep(max(0.0, start + number / options.rate - time.monotonic()))
            began = time.monotonic()
            answer = customers[number % len(customers)].send(questions[number % len(questions)], f"n{number}")
            sent[answer["message_id"]] = began
        listening.join(60)
    return [1000 * (at - sent[message_id]) for message_id, at in heard.items()]


def talking(api: RunningApi, agent: Mapping[str, str]) -> Customer:
    """Return a customer who talks with an agent."""
    customer = api.customer()
    customer.post("request-person")
    taken = api.http.post(f"{customer.path}/take?anyway=true", headers=agent)
    assert taken.status_code == 200, taken.text
    return customer


def listen(desk: Chat, heard: dict[str, float], count: int) -> None:
    """Note when the suggestions of each message are at the desk."""
    while len(heard) < count:
        event = desk.hear("event", timeout_s=60, kind="suggestions")
        heard[event["payload"]["message_id"]] = time.monotonic()


def told(took: list[float], options: argparse.Namespace) -> dict[str, Any]:
    """Return what is printed."""
    ordered = sorted(took)
    return {
        "open_chats": options.chats,
        "messages": options.messages,
        "heard": len(took),
        "p50_ms": round(statistics.median(ordered)),
        "p95_ms": round(ordered[int(0.95 * (len(ordered) - 1))]),
        "slowest_ms": round(ordered[-1]),
        "within_promise": round(sum(one <= PROMISED_MS for one in ordered) / len(ordered), 3),
        "load": round(os.getloadavg()[0], 1),
        "cores": os.cpu_count(),
    }


if __name__ == "__main__":
    main()
