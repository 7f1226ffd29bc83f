"""What came of a day: waits against what was told, how busy agents were, and whatever must never happen."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise
from statistics import fmean, median
from typing import Any

from sqlalchemy import select

from api.store.database import Store
from api.store.tables import HandOff, Message
from benchmarks.desk.people import Visit
from deskmate_client import Event


@dataclass(frozen=True, slots=True)
class Wait:
    """One wait of a customer who was served, and what they had been told."""

    asked_s: float  # in the simulated world
    waited_s: float
    position: int
    likely_s: int | None  # as likely shorter as longer
    most_s: int | None  # nine of ten wait no longer


@dataclass(frozen=True, slots=True)
class Calibration:
    """How the two guesses compare with what happened; of a perfect one the shares are 0.5 and 0.9.

    Attributes:
        told: waits with a guess.
        within_likely: share that waited no longer than the likely wait.
        within_most: share that waited no longer than the longer one.
        median_error_s: of the likely wait, either way.
        pinball_likely_s: mean quantile loss of the likely wait; lower is better, and no trick makes it low but knowing.
        pinball_most_s: the same of the longer one.
    """

    told: int
    within_likely: float
    within_most: float
    median_error_s: float
    pinball_likely_s: float
    pinball_most_s: float


def waits_of(store: Store) -> list[Wait]:
    """Return the first waits of all who were served, in order of asking."""
    query = (
        select(HandOff.requested_at, HandOff.taken_at, HandOff.position, HandOff.guess_s, HandOff.guess_most_s)
        .where(HandOff.taken_at.is_not(None), HandOff.position.is_not(None))
        .order_by(HandOff.requested_at)
    )
    rows = store.read_sync(lambda session: session.execute(query).all())
    return [Wait(row[0].timestamp(), (row[1] - row[0]).total_seconds(), row[2], row[3], row[4]) for row in rows]


def calibration_of(waits: Iterable[Wait]) -> Calibration | None:
    """Compare guesses with waits; None when nobody was told any."""
    told = [(wait.waited_s, wait.likely_s, wait.most_s) for wait in waits if wait.likely_s and wait.most_s]
    if not told:
        return None
    return Calibration(
        told=len(told),
        within_likely=round(fmean(waited <= likely for waited, likely, _ in told), 3),
        within_most=round(fmean(waited <= most for waited, _, most in told), 3),
        median_error_s=round(median(abs(waited - likely) for waited, likely, _ in told)),
        pinball_likely_s=round(fmean(_pinball(waited, likely, 0.5) for waited, likely, _ in told), 1),
        pinball_most_s=round(fmean(_pinball(waited, most, 0.9) for waited, _, most in told), 1),
    )


def _pinball(waited_s: float, guess_s: float, share: float) -> float:
    """Return the quantile loss (Koenker and Bassett 1978): a guess that is too low costs `share` a second."""
    missed_s = waited_s - guess_s
    return share * missed_s if missed_s >= 0 else (share - 1) * missed_s


def two_owners(events: Sequence[Event]) -> list[str]:
    """Return what contradicts that each chat has one owner at a time, in words; [] is right.

    Owners change one version at a time, an agent's chat goes to another agent only by way of the queue or the bot, and
    whatever an agent says is said by the one who owns the chat then.
    """
    wrong: list[str] = []
    owners: dict[str, tuple[int, str, str | None]] = {}
    for event in events:
        chat = event.conversation_id or ""
        version, owner, name = owners.get(chat, (1, "bot", None))
        if event.kind == "owner":
            after = str((event.payload["agent"] or {}).get("name"))
            if event.payload["owner_version"] != version + 1:
                wrong.append(f"{chat}: owner {event.payload['owner_version']} after {version}")
            if owner == "agent" and event.payload["owner"] == "agent" and after != name:
                wrong.append(f"{chat}: {after} took it from {name}")
            owners[chat] = (event.payload["owner_version"], event.payload["owner"], after)
        elif event.kind == "message" and event.payload["sender"] == "agent":
            if (owner, name) != ("agent", event.payload.get("name")):
                wrong.append(f"{chat}: {event.payload.get('name')} spoke while {owner} {name} had it")
        elif event.kind == "message" and event.payload["sender"] == "bot" and owner in {"queue", "agent"}:
            wrong.append(f"{chat}: the bot spoke while {owner} had it")
    return wrong


def lost_messages(store: Store, visits: Sequence[Visit]) -> list[str]:
    """Return acknowledged messages that are not there exactly once, or out of order; [] is right."""
    wrong = []
    for visit in visits:
        query = select(Message.client_msg_id).where(
            Message.conversation_id == visit.conversation_id, Message.sender == "customer"
        )
        there = store.read_sync(lambda s, query=query: list(s.scalars(query.order_by(Message.seq))))
        if there != visit.sent:
            wrong.append(f"{visit.conversation_id}: sent {visit.sent}, there are {there}")
    return wrong


def chat_seconds(events: Sequence[Event]) -> dict[str, float]:
    """Return for how long each agent had chats, each chat counted, by the events of owners."""
    had: dict[str, float] = defaultdict(float)
    since: dict[str, tuple[str, datetime]] = {}
    for event in events:
        if event.kind != "owner" or event.conversation_id is None:
            continue
        at = datetime.fromisoformat(event.at)
        if event.conversation_id in since:
            name, began = since.pop(event.conversation_id)
            had[name] += (at - began).total_seconds()
        if event.payload["owner"] == "agent":
            since[event.conversation_id] = (str(event.payload["agent"]["name"]), at)
    return dict(had)


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return median, ninth tenth and largest of some seconds."""
    if not values:
        return {}
    ordered = sorted(values)
    ninth = ordered[max(0, math.ceil(0.9 * len(ordered)) - 1)]
    return {"p50": round(median(ordered)), "p90": round(ninth), "max": round(ordered[-1])}


def report(
    store: Store, visits: Sequence[Visit], events: Sequence[Event], *, present_s: float, chats_at_once: int
) -> dict[str, Any]:
    """Return everything that is worth knowing of a day, and what must never be, each with its cases."""
    waits = waits_of(store)
    measured = calibration_of(waits)
    jumps = [_backwards(visit) for visit in visits]
    return {
        "conversations": len(visits),
        "endings": dict(Counter(visit.ending for visit in visits)),
        "waited_s": spread([wait.waited_s for wait in waits]),
        "seen_by_customers_s": spread(
            [visit.taken_s - visit.asked_s for visit in visits if visit.taken_s and visit.asked_s]
        ),
        "positions_told": spread([float(wait.position) for wait in waits]),
        "places_only_forward": f"{sum(not one for one in jumps)} of {len(jumps)}",
        "guesses": asdict(measured) if measured else None,
        "given_back": sum(event.kind == "owner" and event.payload["owner"] == "queue" for event in events)
        - len({event.conversation_id for event in events if event.kind == "queue"}),
        "occupancy": round(sum(chat_seconds(events).values()) / (present_s * chats_at_once), 3) if present_s else None,
        "messages": sum(len(visit.sent) for visit in visits),
        "lost": lost_messages(store, visits),
        "unfinished": [visit.conversation_id for visit in visits if visit.ending == "unfinished"],
        "two_owners": two_owners(events),
    }


def _backwards(visit: Visit) -> bool:
    """Say whether a customer was ever told a worse place than before."""
    places = [place for _, place in visit.positions]
    return any(later > earlier for earlier, later in pairwise(places))
