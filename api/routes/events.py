"""What happens, over plain HTTP: for desks that can be called by nobody and want no socket."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query

from api.conversations.wakeups import woken
from api.dependencies import ClockDep, CompanyDep, StoreDep, WakeupsDep
from api.desk.events import PAGE, events_after, find_position
from api.schemas.webhooks import EventId, Events, EventView
from api.security.callers import AgentCaller
from api.store.events import NUMBERED

router = APIRouter(prefix="/v1/events", tags=["desk"])
LONGEST_WAIT_S = 30
RECHECK_S = 5.0  # another process may have written; the rows are the truth


@router.get("", response_model_exclude_none=True)
async def read_events(
    caller: AgentCaller,
    store: StoreDep,
    clock: ClockDep,
    company: CompanyDep,
    wakeups: WakeupsDep,
    after: EventId | None = None,
    epoch: Annotated[str | None, Query(max_length=64)] = None,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT_S)] = 0,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 100,
) -> Events:
    """Read what happened after an event, in order; with `wait`, wait for news. Without `after`: where the log ends.

    The first call goes without `after`; every later one with the `after` and `epoch` of the answer before.
    """
    position = await store.read(partial(find_position, after=after, epoch=epoch))
    deadline_s = asyncio.get_running_loop().time() + (wait if not position.reset else 0)
    seen = position.event_id
    with wakeups.subscribe(NUMBERED) as news:
        while True:
            news.clear()
            now = clock.now()
            page = await store.read(
                partial(events_after, staff=caller, after=seen, now=now, desk=company.desk, limit=limit)
            )
            seen = page.after
            left_s = deadline_s - asyncio.get_running_loop().time()
            if page.frames or page.full or left_s <= 0:
                break
            await woken(news, min(left_s, RECHECK_S))
    return Events(
        epoch=position.epoch,
        after=seen,
        reset=position.reset or None,
        more=page.full,
        events=[EventView.model_validate(frame) for frame in page.frames],
    )
