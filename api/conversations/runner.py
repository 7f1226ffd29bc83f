"""Working off the inbox: one turn at a time in each conversation, many conversations side by side.

Nothing here is remembered that the database does not know. A process that is killed leaves open inbox rows; whichever
process starts next finds them and carries on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Self

from api.clock import Clock
from api.conversations import leases
from api.conversations.endings import Ended, Ran, finish, finish_pressed
from api.conversations.inbox import INBOX
from api.conversations.leases import LeaseLost
from api.conversations.people import People
from api.conversations.turns import Held, Limits, Work, begin, open_conversations, pin
from api.conversations.typing import Typing
from api.conversations.wakeups import Wakeups, woken
from api.hand_off.decisions import OURS
from api.metrics import Metrics
from api.rasa.gateway import Rasa, RasaFailed
from api.schemas.rasa import SearchSummary, TurnAnswer, TurnContext, TurnRequest
from api.schemas.suggestions import SuggestionSetOut
from api.settings import Settings
from api.store.database import Store
from api.store.ids import new_id
from api.strings.catalogue import say
from api.suggestions.finder import SearchUnavailable
from api.suggestions.service import Suggestions

logger = logging.getLogger(__name__)

SWEEP_S = 2.0  # open inbox rows that nobody was woken for are found within this
TYPING_S = 2.5  # a sign of typing is repeated this often; clients let it fade after a few seconds
MOST_TURNS = 64  # at once; more wait for their turn to begin, and their time-out begins with it
MOST_ATTEMPTS = 3  # a message that ended three processes is not tried a fourth time: it gets the fallback
OBSERVE_S = 5.0  # nobody waits for an observed turn, but the next message of the chat does
SHORTEST_RETRY_S = 0.5  # with less time left, asking another process cannot help the customer any more


@dataclass(frozen=True, slots=True)
class Parts:
    """What the runner works with."""

    store: Store
    rasa: Rasa
    suggestions: Suggestions
    typing: Typing
    wakeups: Wakeups
    clock: Clock
    settings: Settings
    metrics: Metrics
    people: People
    exceptions: str | None = None  # how a customer asks for an exception, in one sentence


class Runner:
    """Runs the turns of one API process."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._limits = Limits(parts.settings.model_characters, parts.people)
        self._id = new_id()
        self._drains: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._room = asyncio.Semaphore(MOST_TURNS)
        self._watch = leases.Watch()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        store, now = self._parts.store, self._parts.clock.now()
        await store.write(lambda s: leases.register(s, self._id, at=now, alone=store.is_sqlite))
        self._tasks = [asyncio.create_task(self._dispatch(), name="inbox")]
        if not store.is_sqlite:
            self._tasks.append(asyncio.create_task(self._beat(), name="beat"))
        return self

    async def __aexit__(self, *_: object) -> None:
        running = [*self._tasks, *self._drains.values()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._parts.store.write(lambda s: leases.free(s, [self._id]))

    async def _dispatch(self) -> None:
        """Start a drain for every conversation that owes something: at start, when woken, and now and then."""
        with self._parts.wakeups.subscribe(INBOX) as event:
            while True:
                event.clear()
                try:
                    for conversation_id in await self._parts.store.read(open_conversations):
                        self._poke(conversation_id)
                except Exception:
                    logger.exception("the inbox could not be read; trying again")
                await woken(event, SWEEP_S)

    async def _beat(self) -> None:
        """Show that this process lives, and free what dead ones held."""
        while True:
            try:
                at = self._parts.clock.now()
                beats = await self._parts.store.write(lambda s, at=at: leases.beat(s, self._id, at=at))  # type: ignore[misc]
                dead = self._watch.dead(beats, self._parts.clock.monotonic())
                if dead:
                    logger.warning("freeing the leases of %d silent processes", len(dead))
                    await self._parts.store.write(lambda s, dead=dead: leases.free(s, dead))  # type: ignore[misc]
                    self._parts.wakeups.publish(INBOX)
            except Exception:
                logger.exception("no beat; trying again")
            await asyncio.sleep(leases.BEAT_S)

    def _poke(self, conversation_id: str) -> None:
        if conversation_id in self._drains:
            self._again.add(conversation_id)
            return
        task = asyncio.create_task(self._drain(conversation_id), name=f"turns of {conversation_id}")
        self._drains[conversation_id] = task
        task.add_done_callback(lambda _: self._drained(conversation_id))

    def _drained(self, conversation_id: str) -> None:
        del self._drains[conversation_id]
        if conversation_id in self._again:  # a message came in just as the last one was done
            self._again.discard(conversation_id)
            self._parts.wakeups.publish(INBOX)

    async def _drain(self, conversation_id: str) -> None:
        """Run the conversation's turns until none is left; what fails is found again by the next sweep."""
        async with self._room:
            try:
                while await self._turn(conversation_id):
                    pass
            except LeaseLost as lost:
                logger.warning("lease lost: %s", lost)
            except Exception:
                logger.exception("turn of conversation %s failed; it is tried again", conversation_id)
                self._parts.metrics.turn_failures.inc()
                await asyncio.sleep(SHORTEST_RETRY_S)

    async def _turn(self, conversation_id: str) -> bool:
        """Run one turn; return whether there may be another."""
        parts = self._parts
        started_s = parts.clock.monotonic()
        process = await parts.rasa.choose()
        work = await parts.store.write(
            lambda s: begin(
                s,
                conversation_id,
                self._id,
                process_id=process.id if process else None,
                limits=self._limits,
                at=parts.clock.now(),
            )
        )
        if work is None or isinstance(work, Held):
            return False
        async with self._typing(work):
            ended = await self._run(work, started_s)
        took_s = parts.clock.monotonic() - started_s
        parts.metrics.turn_ended(ended.outcome or work.mode, ended.decision, took_s)
        logger.info(
            "turn ended", extra={"conversation_id": conversation_id, "message_id": work.message_id, "mode": work.mode,
                                 "outcome": ended.outcome, "decision": ended.decision, "took_ms": int(took_s * 1000)},
        )  # fmt: skip
        return ended.more

    async def _run(self, work: Work, started_s: float) -> Ended:
        parts = self._parts
        patience_s = parts.settings.turn_timeout_s
        deadline_s = started_s + (patience_s if work.mode == "reply" else min(patience_s, OBSERVE_S))
        found = await self._suggest(work) if work.speaker == "customer" else None
        if work.payload in OURS:
            took_ms = self._ms_since(started_s)
            return await parts.store.write(lambda s: finish_pressed(s, work, at=parts.clock.now(), took_ms=took_ms))
        answer, error, process_id = await self._ask(work, found, deadline_s)
        ran = Ran(answer, error, process_id, self._ms_since(started_s))
        return await parts.store.write(lambda s: finish(s, work, ran, at=parts.clock.now()))

    async def _suggest(self, work: Work) -> SuggestionSetOut | None:
        """Compute and keep the message's suggestion set; without one the turn goes on."""
        try:
            return await self._parts.suggestions.for_message(work.message_id)
        except SearchUnavailable as error:
            logger.warning("no suggestions for message %s: %s", work.message_id, error)
        except Exception:
            logger.exception("no suggestions for message %s", work.message_id)
        self._parts.metrics.search_failures.inc()
        return None

    async def _ask(
        self, work: Work, found: SuggestionSetOut | None, deadline_s: float
    ) -> tuple[TurnAnswer | None, str | None, str | None]:
        """Ask Rasa, or another process if one fails early; return the answer, or why there is none, and from where."""
        if work.attempts > MOST_ATTEMPTS:
            return None, "gave_up", None
        request = self._request(work, found)
        tried: list[str] = []
        error = "no_process"
        while (left_s := deadline_s - self._parts.clock.monotonic()) > 0:
            process = await self._parts.rasa.choose(without=tried)
            if process is None:
                break
            if process.id != work.process_id or tried:
                await self._parts.store.write(lambda s, id_=process.id: pin(s, work.turn_id, id_))  # type: ignore[misc]
            tried.append(process.id)
            try:
                return await self._parts.rasa.turn(process, request, timeout_s=left_s), None, process.id
            except RasaFailed as failure:
                error = failure.code
                logger.warning("rasa process %s: %s", process.id, error, extra={"message_id": work.message_id})
                if not failure.may_retry or left_s < SHORTEST_RETRY_S:
                    break
        return None, error, tried[-1] if tried else None

    def _request(self, work: Work, found: SuggestionSetOut | None) -> TurnRequest:
        search = None
        if found is not None:
            search = SearchSummary(
                suggestion_set_id=found.suggestion_set_id,
                decision=found.decision,
                confidence=found.confidence,
                top_article_id=found.suggestions[0].article_id if found.suggestions else None,
            )
        return TurnRequest(
            mode=work.mode,
            conversation_id=work.conversation_id,
            message_id=work.message_id,
            turn=work.number,
            speaker=work.speaker,
            text=work.text,
            payload=work.payload,
            customer={"name": work.customer_name},
            history=list(work.history),
            state=work.state,
            search=search,
            context=TurnContext(
                offer_open=work.offer_open,
                offered_before=work.offered_before,
                failed_turns=work.failed_turns,
                availability=work.availability,
                exceptions=self._parts.exceptions,
            ),
        )

    @asynccontextmanager
    async def _typing(self, work: Work) -> AsyncIterator[None]:
        """Show that the bot is at work while a reply is being made; after a while, say so in words."""
        async with AsyncExitStack() as stack:
            if work.mode == "reply":
                task = asyncio.create_task(self._keep_typing(work.conversation_id))
                stack.callback(task.cancel)
            yield

    async def _keep_typing(self, conversation_id: str) -> None:
        typing, wait_s = self._parts.typing, self._parts.settings.still_working_s
        said_s = 0.0
        while said_s < wait_s:
            typing.say(conversation_id, "bot")
            step_s = min(TYPING_S, wait_s - said_s)
            await asyncio.sleep(step_s)
            said_s += step_s
        while True:
            typing.say(conversation_id, "bot", say("typing.still_working"))
            await asyncio.sleep(TYPING_S)

    def _ms_since(self, started_s: float) -> int:
        return int((self._parts.clock.monotonic() - started_s) * 1000)
