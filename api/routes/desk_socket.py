"""`WS /v1/desk`: what happens, as it happens, for one agent.

The rows of `desk_event` are the truth; the socket only delivers them, one bounded page at a time. Whoever reads too
slowly is disconnected and catches up from where they stopped.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from fastapi import APIRouter, WebSocket

from api.clock import Clock
from api.company import Desk
from api.conversations.typing import Look, Looking, Typing, TypingNotice
from api.conversations.wakeups import Wakeups, woken
from api.desk.events import Position, events_after, find_position, visible_ids
from api.desk.presence import SEEN_EVERY_S, arrive, leave
from api.errors import ApiError
from api.schemas.desk_frames import Hello, LookFrame, Ping, Pong, TypingFrame, read_frame
from api.security.audit import record_audit
from api.security.callers import Staff, identify_bearer, identify_or_none, still_holds, visible_conversation
from api.security.sockets import FORBIDDEN, NOT_AUTHORISED, TRY_AGAIN, refuse_foreign_origin
from api.sockets import SocketClosed, serve, until_one_ends
from api.store.database import Store
from api.store.events import NUMBERED
from api.store.ids import new_id
from api.strings.catalogue import say

logger = logging.getLogger(__name__)
router = APIRouter()

HELLO_WITHIN_S = 10.0
CHECK_EVERY_S = 3.0  # how long a credential that was taken back may still be in use
SEND_WITHIN_S = 20.0  # a reader that takes longer for one frame is gone
LOOKS_KEPT = 256  # other desks that a slow reader may fall behind on
TYPING_KEPT = 64  # conversations whose typing a slow reader may fall behind; more are not passed on


@router.websocket("/v1/desk")
async def desk(socket: WebSocket) -> None:
    """Serve one desk until it leaves, is logged out, or misbehaves."""
    if await refuse_foreign_origin(socket, consoles_only=True):
        return
    line = DeskLine(socket)
    try:
        await serve(socket, line.serve)
    finally:
        await line.leave()


class DeskLine:
    """One socket of one agent."""

    def __init__(self, socket: WebSocket) -> None:
        state = socket.app.state
        self._socket = socket
        self._store: Store = state.store
        self._clock: Clock = state.clock
        self._wakeups: Wakeups = state.wakeups
        self._typing: Typing = state.typing
        self._looking: Looking = state.looking
        self._id = new_id()
        self._desk: Desk = state.company.desk
        self._notices: dict[tuple[str, str], None] = {}  # who types where, in the order they were heard
        self._looks: dict[str, Look] = {}  # what other desks look at, by their lines; the newest of each
        self._at: Look | None = None  # what this desk looks at
        self._staff: Staff | None = None
        self._refusals = 0
        self._heard_s = -SEEN_EVERY_S  # when the desk last gave a sign of life that was noted

    async def serve(self) -> None:
        """Say hello, then deliver and listen at the same time."""
        position = await self._greet()
        with (
            self._wakeups.subscribe(NUMBERED) as news,
            self._typing.listen(self._heard(news)),
            self._looking.listen(self._seen(news)),
        ):
            await until_one_ends(self._deliver(position, news), self._listen())

    async def leave(self) -> None:
        """Note that this socket is gone; with the agent's last one the agent is away."""
        staff = self._staff
        if staff is None:
            return
        self._look_at(None)
        now = self._clock.now()
        gone = self._store.write(lambda session: leave(session, staff.agent_id, now=now, line_id=self._id))
        await asyncio.shield(gone)  # also when the server itself is going down

    async def _greet(self) -> Position:
        """Find out who this is and where they stopped reading; the first frame is a hello."""
        caller = await identify_or_none(self._socket)
        try:
            async with asyncio.timeout(HELLO_WITHIN_S):
                frame = read_frame(await self._socket.receive_text())
        except (TimeoutError, KeyError):
            raise SocketClosed(NOT_AUTHORISED, "say hello first") from None
        if not isinstance(frame, Hello):
            raise SocketClosed(NOT_AUTHORISED, "say hello first")
        if caller is None and frame.token:
            token, secrets, now = frame.token, self._socket.app.state.secrets, self._clock.now()
            caller = await self._store.read(lambda session: identify_bearer(session, token, secrets, now=now))
        if not isinstance(caller, Staff):
            raise SocketClosed(NOT_AUTHORISED, "please log in")
        self._staff = caller
        await self._arrive()
        position = await self._store.read(lambda session: find_position(session, frame.after, frame.epoch))
        if position.reset:
            await self._send({"type": "reset", "epoch": position.epoch})
        return position

    async def _deliver(self, position: Position, news: asyncio.Event) -> None:
        """Send everything after `position`, then `ready`, then whatever comes; check now and then who is listening.

        The desk is asked for its signs of life: a page in the background hears a question at once, while its own clock
        may go off once a minute only.
        """
        after, ready = position.event_id, False
        asked = checked = self._clock.monotonic()
        while True:
            news.clear()
            after = await self._catch_up(after)
            if not ready:
                await self._send({"type": "ready", "epoch": position.epoch, "event_id": after})
                ready = True
            await self._send_typing()
            await self._send_looks()
            await woken(news, CHECK_EVERY_S)
            now = self._clock.monotonic()
            if now - checked >= CHECK_EVERY_S:
                await self._check_credential()
                checked = now
            if now - asked >= SEEN_EVERY_S:
                await self._send({"type": "ping"})
                asked = now

    async def _catch_up(self, after: int) -> int:
        staff = self._who()
        while True:
            start, now = after, self._clock.now()
            page = await self._store.read(partial(events_after, staff=staff, after=start, now=now, desk=self._desk))
            for frame in page.frames:
                await self._send(frame)
            after = page.after
            if not page.full:
                return after

    async def _listen(self) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            frame = read_frame(message.get("text") or "")
            if frame is not None:
                await self._note_sign_of_life()
            if isinstance(frame, Pong):
                continue
            if isinstance(frame, Ping):
                await self._send({"type": "pong"})
            elif isinstance(frame, TypingFrame):
                await self._type(frame)
            elif isinstance(frame, LookFrame):
                await self._look(frame)
            else:
                await self._send(_error("bad_frame", say("errors.bad_frame")))

    async def _type(self, frame: TypingFrame) -> None:
        """Pass on that the agent writes."""
        if await self._may_see(frame.conversation_id, "typing"):
            self._typing.say(frame.conversation_id, "agent")

    async def _look(self, frame: LookFrame) -> None:
        """Tell the other desks which chat this one has open, and whether a reply is being written there."""
        if frame.conversation_id is None:
            self._look_at(None)
        elif await self._may_see(frame.conversation_id, "looking"):
            staff = self._who()
            self._look_at(Look(frame.conversation_id, self._id, staff.agent_id, staff.name, writing=frame.writing))

    def _look_at(self, look: Look | None) -> None:
        before, self._at = self._at, look
        comes = before is None or look is None or before.conversation_id != look.conversation_id
        if before is not None and comes:
            self._looking.tell(replace(before, writing=False, gone=True))
        if look is not None:
            self._looking.tell(replace(look, asks=comes))

    async def _may_see(self, conversation_id: str, what: str) -> bool:
        """Say whether a chat is this agent's business; a frame about another one is refused and noted, once."""
        staff, now = self._who(), self._clock.now()
        try:
            await self._store.read(lambda session: visible_conversation(session, staff, conversation_id))
        except ApiError as refused:
            await self._store.write(
                lambda session: record_audit(
                    session, staff.actor, what, at=now, subject=conversation_id, successful=False
                )
            )
            self._refusals += 1
            if self._refusals > 1:
                raise SocketClosed(FORBIDDEN, "not allowed") from refused
            await self._send(_error(refused.code, refused.message))
            return False
        return True

    async def _send_typing(self) -> None:
        """Pass on who types, those heard so far: however many there are, messages come in between."""
        staff, heard = self._who(), self._notices
        if not heard:
            return
        self._notices = {}
        visible = await self._store.read(lambda session: visible_ids(session, staff, {one for one, _ in heard}))
        for conversation_id, sender in heard:
            if conversation_id in visible:
                await self._send({"type": "typing", "conversation_id": conversation_id, "sender": sender})

    async def _send_looks(self) -> None:
        """Pass on who else looks at which chat."""
        staff, seen = self._who(), self._looks
        if not seen:
            return
        self._looks = {}
        wanted = {look.conversation_id for look in seen.values()}
        visible = await self._store.read(lambda session: visible_ids(session, staff, wanted))
        for look in seen.values():
            if look.conversation_id in visible:
                await self._send(
                    {
                        "type": "looking",
                        "conversation_id": look.conversation_id,
                        "line": look.line_id,
                        "agent": {"agent_id": look.agent_id, "name": look.name},
                        "writing": look.writing,
                        "gone": look.gone,
                    }
                )

    async def _check_credential(self) -> None:
        staff, now = self._who(), self._clock.now()
        present = await self._store.read(lambda session: still_holds(session, staff, now=now))
        if present is None:
            raise SocketClosed(NOT_AUTHORISED, "logged out")
        self._staff = present  # departments may have changed

    async def _note_sign_of_life(self) -> None:
        """Note that somebody is there, unless that was noted a moment ago."""
        if self._clock.monotonic() - self._heard_s >= SEEN_EVERY_S / 2:
            await self._arrive()

    async def _arrive(self) -> None:
        staff, now = self._who(), self._clock.now()
        self._heard_s = self._clock.monotonic()
        await self._store.write(lambda session: arrive(session, staff.agent_id, now=now, line_id=self._id))

    async def _send(self, frame: dict[str, Any]) -> None:
        """Send one frame; nothing more is read from the log until the reader has taken it."""
        try:
            async with asyncio.timeout(SEND_WITHIN_S):
                await self._socket.send_json(frame)
        except TimeoutError:
            raise SocketClosed(TRY_AGAIN, "too slow; reconnect and catch up") from None

    def _who(self) -> Staff:
        assert self._staff is not None, "greeted first"
        return self._staff

    def _heard(self, news: asyncio.Event) -> Callable[[TypingNotice], None]:
        def hear(notice: TypingNotice) -> None:
            if notice.sender != "agent" and len(self._notices) < TYPING_KEPT:
                self._notices[notice.conversation_id, notice.sender] = None
                news.set()

        return hear

    def _seen(self, news: asyncio.Event) -> Callable[[Look], None]:
        def see(look: Look) -> None:
            if look.line_id == self._id or (look.line_id not in self._looks and len(self._looks) >= LOOKS_KEPT):
                return
            self._looks[look.line_id] = look
            news.set()
            if look.asks and self._at is not None and self._at.conversation_id == look.conversation_id:
                self._looking.tell(self._at)

        return see


def _error(code: str, message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"code": code, "message": message}}
