"""Asks every part a real question, not only whether its port is open."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Literal

import httpx
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.clock import Clock
from api.metrics import Metrics
from api.rasa.gateway import Rasa
from api.schemas.health import HealthOut, ProcessOut, PromiseOut
from api.security.authorities import authorities
from api.store.database import Store
from api.store.tables import Inbox, Meta, RasaProcess, Serving
from api.suggestions.finder import Finder
from api.suggestions.promise import Promise, promise_of

logger = logging.getLogger(__name__)

PART_S = 4.0  # a part that needs longer to answer would not help a customer either
State = Literal["ok", "failing"]


class Health:
    """The parts a customer's answer depends on.

    Args:
        store: written to, for a database that can only be read takes no message.
        finder: asked a real question.
        rasa: asked to understand a real sentence.
        actions_url: of the action server, asked which actions it runs.
        clock: for keeping an answer.
        kept_s: how long an answer serves everyone: the questions cost something, and anybody may ask.
        max_wrong_answers: the promised share, which judged answers are compared with.
    """

    def __init__(
        self,
        store: Store,
        finder: Finder,
        rasa: Rasa,
        *,
        actions_url: str,
        clock: Clock,
        kept_s: float,
        max_wrong_answers: float,
    ) -> None:
        self._budget = max_wrong_answers
        self._clock = clock
        self._kept_s = kept_s
        self._kept: tuple[float, dict[str, State]] | None = None
        self._asking = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="health")  # a hung index holds this one up, not chats
        self._knowledge: str | None = None
        self._store = store
        self._finder = finder
        self._rasa = rasa
        self._actions_url = actions_url

    async def parts(self) -> dict[str, State]:
        """Return every part's state; who asks within a moment of another gets the same answer."""
        async with self._asking:
            now_s = self._clock.monotonic()
            if self._kept is None or now_s - self._kept[0] >= self._kept_s:
                self._kept = (now_s, await self._ask_all())
            return self._kept[1]

    async def _ask_all(self) -> dict[str, State]:
        questions: dict[str, Callable[[], Awaitable[object]]] = {
            "database": self._ask_database,
            "index": self._ask_index,
            "rasa": self._rasa.check,
            "actions": self._ask_actions,
        }
        states = await asyncio.gather(*(self._state(name, ask) for name, ask in questions.items()))
        return dict(zip(questions, states, strict=True))

    async def measure(self, metrics: Metrics) -> None:
        """Write the parts' states and the length of the inbox into the gauges."""
        for part, state in (await self.parts()).items():
            metrics.ready.labels(part).set(1 if state == "ok" else 0)
        metrics.inbox.set(await self._store.read(_open_rows))
        promise = await self.promise()
        metrics.judged_answers.set(promise.judged)
        metrics.wrong_answers.set(promise.wrong)
        metrics.promise_kept.set(promise.kept)

    async def promise(self) -> Promise:
        """Compare the judged answers of the last days with the error budget; a broken promise is logged."""
        now = self._clock.now()
        promise = await self._store.read(lambda session: promise_of(session, budget=self._budget, now=now))
        if not promise.kept:
            logger.warning("%s of %s judged answers were wrong: too many", promise.wrong, promise.judged)
        return promise

    async def details(self) -> HealthOut:
        """Return the parts' states with the processes and versions behind them."""
        parts = await self.parts()
        processes, model, waiting = await self._store.read(_running)
        promise = await self.promise()
        return HealthOut(
            ready=all(state == "ok" for state in parts.values()),
            parts=dict(parts),
            processes=processes,
            model=model,
            knowledge=self._knowledge if parts["index"] == "ok" else None,
            index_problem=self._finder.problem(),
            inbox=waiting,
            promise=PromiseOut(kept=promise.kept, **asdict(promise)),
        )

    async def _state(self, name: str, ask: Callable[[], Awaitable[object]]) -> State:
        try:
            async with asyncio.timeout(PART_S):
                await ask()
        except Exception as error:
            logger.warning("%s is failing: %s: %s", name, type(error).__name__, error)
            return "failing"
        return "ok"

    async def _ask_database(self) -> None:
        await self._store.write(_touch, patience_s=PART_S)

    async def _ask_index(self) -> None:
        self._knowledge = await asyncio.get_running_loop().run_in_executor(self._thread, self._finder.check)

    async def _ask_actions(self) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=PART_S, verify=authorities()) as client:
            response = await client.get(f"{self._actions_url}/actions")
            response.raise_for_status()
            if not response.json():
                raise RuntimeError("the action server runs no actions")


def _touch(session: Session) -> None:
    session.merge(Meta(key="last_readiness_check", value=str(time.monotonic_ns())))


def _open_rows(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Inbox).where(Inbox.done_at.is_(None))) or 0


def _running(session: Session) -> tuple[list[ProcessOut], str | None, int]:
    rows = session.scalars(select(RasaProcess).where(RasaProcess.state != "gone").order_by(RasaProcess.started_at))
    processes = [
        ProcessOut(
            process_id=row.id,
            model_version=row.model_version,
            state=row.state,
            started_at=row.started_at,
            heartbeat_at=row.heartbeat_at,
            note=row.note,
        )
        for row in rows
    ]
    serving = session.get(Serving, "model")
    return processes, serving.value if serving else None, _open_rows(session)
