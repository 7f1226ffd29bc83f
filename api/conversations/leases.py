"""One running turn per conversation, also across API processes: a lease with a fencing token.

No lease expires by the wall clock, which may jump. A process shows that it lives by counting up its `beat`; another one
that has seen the same beat for `DEAD_AFTER_S` of its own monotonic clock frees what the silent one held. Should that
one only have been asleep, its fence is old by then and the database refuses what it still wants to write.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from api.store.tables import Instance, Lease

BEAT_S = 2.0
DEAD_AFTER_S = 10.0


class LeaseLost(Exception):
    """Another process took the conversation over meanwhile; nothing may be written for this turn any more."""


@dataclass(frozen=True, slots=True)
class Grip:
    """A lease as it was taken."""

    conversation_id: str
    holder: str
    fence: int


def register(session: Session, instance_id: str, *, at: datetime, alone: bool) -> None:
    """Make this process known.

    Args:
        session: the transaction.
        instance_id: this process.
        at: now.
        alone: no other process can be running (SQLite, guarded by a file lock), so every lease there is, is stale.
    """
    if alone:
        session.execute(update(Lease).values(holder=None))
        session.execute(delete(Instance))
    session.add(Instance(id=instance_id, beat=0, started_at=at))


def beat(session: Session, instance_id: str, *, at: datetime) -> dict[str, int]:
    """Count this process's beat up and return the beats of all others; registers again if it was thought dead."""
    alive = session.execute(update(Instance).where(Instance.id == instance_id).values(beat=Instance.beat + 1))
    if alive.rowcount == 0:  # type: ignore[attr-defined]
        session.add(Instance(id=instance_id, beat=0, started_at=at))
    rows = session.execute(select(Instance.id, Instance.beat).where(Instance.id != instance_id))
    return {row.id: row.beat for row in rows}


def free(session: Session, dead: Collection[str]) -> None:
    """Let go of every lease that `dead` processes hold and forget them."""
    session.execute(update(Lease).where(Lease.holder.in_(dead)).values(holder=None))
    session.execute(delete(Instance).where(Instance.id.in_(dead)))


def take_lease(session: Session, conversation_id: str, holder: str) -> Grip | None:
    """Take the lease of a conversation the caller has locked; None while another living process holds it.

    A holder that is registered no more cannot be noticed dead a second time: a write that was under way while its
    process ended may have taken a lease after `free` had looked.
    """
    lease = session.get(Lease, conversation_id, with_for_update=True, populate_existing=True)
    if lease is None:
        lease = Lease(conversation_id=conversation_id, fence=0)
        session.add(lease)
    elif lease.holder not in {None, holder} and session.get(Instance, lease.holder) is not None:
        return None
    lease.holder = holder
    lease.fence += 1
    session.flush()
    return Grip(conversation_id, holder, lease.fence)


def check_lease(session: Session, grip: Grip) -> Lease:
    """Return the lease if it is still the one taken.

    Raises:
        LeaseLost: it is not.
    """
    lease = session.get(Lease, grip.conversation_id, with_for_update=True, populate_existing=True)
    if lease is None or lease.holder != grip.holder or lease.fence != grip.fence:
        raise LeaseLost(f"conversation {grip.conversation_id}, fence {grip.fence}")
    return lease


def let_go(session: Session, grip: Grip) -> None:
    """Give the lease back, unless it was lost already."""
    session.execute(
        update(Lease)
        .where(Lease.conversation_id == grip.conversation_id, Lease.holder == grip.holder, Lease.fence == grip.fence)
        .values(holder=None)
    )


class Watch:
    """Tells which processes have died, from their beats as seen over time."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, float]] = {}

    def dead(self, beats: Mapping[str, int], now_s: float) -> list[str]:
        """Return the processes whose beat has not changed for `DEAD_AFTER_S`.

        Args:
            beats: of all other processes, as just read.
            now_s: monotonic time.
        """
        self._seen = {
            instance: seen if (seen := self._seen.get(instance)) and seen[0] == count else (count, now_s)
            for instance, count in beats.items()
        }
        return [instance for instance, (_, since) in self._seen.items() if now_s - since >= DEAD_AFTER_S]
