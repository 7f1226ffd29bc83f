"""`WS /v1/chat`: one customer's conversation, as it happens.

The rows are the truth and the socket only delivers them, a page at a time, each frame when the reader has taken the one
before. So a client that falls behind costs no memory; one that stops reading is closed and told where to go on.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect

from api.conversations.inbox import Incoming
from api.conversations.ownership import QUEUE_MOVED
from api.conversations.revocation import OpenSockets
from api.conversations.service import Conversations
from api.conversations.typing import Typing, TypingNotice
from api.conversations.wakeups import Wakeups, conversation_topic
from api.errors import ApiError, busy
from api.metrics import Metrics
from api.routes.suggestions import check_suggestion
from api.schemas.chat import MessagesOut, OwnerOut
from api.schemas.chat_frames import FeedbackFrame, Frame, Hello, MessageFrame, Ping, ReadFrame, TypingFrame, read_frame
from api.schemas.suggestions import FeedbackIn
from api.security.audit import record_audit
from api.security.callers import Customer, customer_of
from api.security.sockets import FORBIDDEN, NOT_AUTHORISED, TRY_AGAIN, refuse_foreign_origin
from api.sockets import SocketClosed, serve, until_one_ends
from api.store.database import Store, StoreBusy
from api.strings.catalogue import say
from api.suggestions.sets import write_feedback

router = APIRouter()

HELLO_WITHIN_S = 10.0
PAGE = 100  # messages read at once
TYPING_EVERY_S = 1.0
MOST_REFUSALS = 3  # frames that are not a customer's to send before the socket is closed


@router.websocket("/v1/chat")
async def chat(socket: WebSocket) -> None:
    """Serve one widget until it leaves, its token ends, or it misbehaves."""
    if not await refuse_foreign_origin(socket):
        await serve(socket, ChatLine(socket).serve)


class ChatLine:
    """One socket of one customer."""

    def __init__(self, socket: WebSocket) -> None:
        state = socket.app.state
        self._socket = socket
        self._store: Store = state.store
        self._wakeups: Wakeups = state.wakeups
        self._typing: Typing = state.typing
        self._conversations: Conversations = state.conversations
        self._open: OpenSockets = state.open_sockets
        self._metrics: Metrics = state.metrics
        self._clock = state.clock
        self._send_within_s = 2 * state.settings.heartbeat_s
        self._recheck_s = state.settings.heartbeat_s
        self._outbox: deque[dict[str, Any]] = deque()
        self._room = state.settings.send_buffer
        self._news = asyncio.Event()
        self._sent = 0  # seq of the last message delivered
        self._refusals = 0
        self._typed_at = float("-inf")
        self._id = ""

    async def serve(self) -> None:
        """Say hello, then deliver and listen at the same time."""
        hello = await self._greet()
        with self._open.watch(self._id) as revoked, self._typing.listen(self._hear_typing):
            self._metrics.sockets.labels("chat").inc()
            try:
                await until_one_ends(self._deliver(hello), self._listen(), self._until(revoked))
            except SocketClosed as closed:
                if closed.code == FORBIDDEN:
                    await self._flush()  # who is shown out hears why, and what became of what they said before
                raise
            finally:
                self._metrics.sockets.labels("chat").dec()

    # --- in -----------------------------------------------------------------------------------------------------

    async def _greet(self) -> Hello:
        """Find out whose conversation this is; a hello that is malformed may be said again."""
        try:
            async with asyncio.timeout(HELLO_WITHIN_S):
                while True:
                    try:
                        frame = await self._receive()
                    except ApiError as error:
                        await self._send(_error_frame(error))
                        continue
                    if not isinstance(frame, Hello):
                        raise SocketClosed(NOT_AUTHORISED, say("errors.hello_first"))
                    customer = await self._who(frame)
                    if customer is None:
                        raise SocketClosed(NOT_AUTHORISED, "this token opens no conversation")
                    self._id = customer.conversation_id
                    return frame
        except TimeoutError:
            raise SocketClosed(NOT_AUTHORISED, say("errors.hello_first")) from None

    async def _who(self, hello: Hello) -> Customer | None:
        now = self._clock.now()
        customer: Customer | None = await self._store.read(lambda s: customer_of(s, hello.token, now=now))
        return customer

    async def _receive(self) -> Frame:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1000))
        return read_frame(message.get("text"))

    async def _listen(self) -> None:
        """Take frames one after another, so that what is sent first is stored first."""
        while True:
            client_msg_id: str | None = None
            try:
                frame = await self._receive()
                client_msg_id = frame.client_msg_id if isinstance(frame, MessageFrame) else None
                await self._take(frame)
            except ApiError as error:
                self._post(_error_frame(error, client_msg_id))
                if error.code == "unknown_type":
                    await self._refuse()
            except StoreBusy:
                self._post(_error_frame(busy(), client_msg_id))

    async def _take(self, frame: Frame) -> None:
        match frame:
            case MessageFrame():
                incoming = Incoming(frame.client_msg_id, frame.text, frame.button_id)
                accepted = await self._conversations.accept(self._id, incoming)
                ack = {"client_msg_id": frame.client_msg_id, "message_id": accepted.message_id, "seq": accepted.seq}
                self._post({"type": "ack", **ack, "epoch": self._conversations.epoch})
            case TypingFrame():
                self._say_typing()
            case FeedbackFrame():
                await self._record(frame)
            case ReadFrame():
                await self._conversations.have_read(self._id, frame.seq)
            case Ping():
                self._post({"type": "pong"})
            case Hello():
                raise ApiError(409, "hello_twice", say("errors.bad_frame"))

    def _say_typing(self) -> None:
        """Pass a sign of typing on, at most one a second: desks read each of them."""
        now = self._clock.monotonic()
        if now - self._typed_at >= TYPING_EVERY_S:
            self._typed_at = now
            self._typing.say(self._id, "customer")

    async def _record(self, frame: FeedbackFrame) -> None:
        at = self._clock.now()
        feedback = FeedbackIn(helpful=frame.helpful)

        def write(session: Any) -> None:
            check_suggestion(session, Customer(self._id), frame.suggestion_id)
            write_feedback(session, frame.suggestion_id, "customer", feedback, at=at)

        await self._store.write(write)

    async def _refuse(self) -> None:
        """Count a frame that is not a customer's to send; note the first, close on repeat."""
        self._refusals += 1
        if self._refusals == 1:
            actor, at = f"customer:{self._id}", self._clock.now()
            await self._store.write(
                lambda s: record_audit(s, actor, "refused_frame", at=at, subject=self._id, successful=False)
            )
        if self._refusals >= MOST_REFUSALS:
            raise SocketClosed(FORBIDDEN, "not allowed")

    # --- out ----------------------------------------------------------------------------------------------------

    async def _deliver(self, hello: Hello) -> None:
        """Send everything after what the client has, then who owns the chat, then whatever comes."""
        after, epoch = hello.after, hello.epoch
        told: OwnerOut | None = None
        while True:
            waiting = told is not None and told.owner == "queue"
            topics = (conversation_topic(self._id), *((QUEUE_MOVED,) if waiting else ()))
            with self._wakeups.subscribe(*topics) as changed:
                while told is None or (told.owner == "queue") == waiting:
                    changed.clear()
                    self._news.clear()
                    page, owner = await self._store.read(lambda s, a=after, e=epoch: self._read(s, a, e))  # type: ignore[misc]
                    if page.reset:
                        after = 0
                        await self._send({"type": "reset", "epoch": page.epoch})
                    epoch = None
                    after = await self._send_messages(page, after)
                    if page.more:
                        continue
                    await self._flush()
                    if owner != told:
                        await self._send({"type": "owner", **owner.model_dump(exclude_none=True)})
                        told = owner
                        continue
                    await self._pause(changed)

    def _read(self, session: Any, after: int, epoch: str | None) -> tuple[MessagesOut, OwnerOut]:
        page = self._conversations.page(session, self._id, after=after, epoch=epoch, limit=PAGE)
        return page, OwnerOut.model_validate(page.model_dump(include=set(OwnerOut.model_fields)))

    async def _send_messages(self, page: MessagesOut, after: int) -> int:
        for message in page.messages:
            await self._flush()
            await self._send({"type": "message", **message.model_dump(mode="json", exclude_none=True)})
            after = self._sent = message.seq
        return after

    async def _pause(self, changed: asyncio.Event) -> None:
        """Wait until the rows changed, something is to be sent, or it is time to look anyway."""
        both = [asyncio.ensure_future(changed.wait()), asyncio.ensure_future(self._news.wait())]
        try:
            await asyncio.wait(both, timeout=self._recheck_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in both:
                one.cancel()

    async def _flush(self) -> None:
        while self._outbox:
            await self._send(self._outbox[0])  # ended meanwhile, it is still there to be sent
            self._outbox.popleft()

    def _post(self, frame: dict[str, Any]) -> None:
        """Queue a frame that no row holds; whoever does not read them is closed before they pile up."""
        if len(self._outbox) >= self._room:
            raise self._too_slow()
        self._outbox.append(frame)
        self._news.set()

    def _hear_typing(self, notice: TypingNotice) -> None:
        if notice.conversation_id != self._id or notice.sender == "customer" or len(self._outbox) >= self._room:
            return
        frame = {"type": "typing", "sender": notice.sender}
        self._outbox.append({**frame, "text": notice.text} if notice.text else frame)
        self._news.set()

    async def _send(self, frame: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(self._send_within_s):
                await self._socket.send_json(frame)
        except TimeoutError:
            raise self._too_slow() from None

    def _too_slow(self) -> SocketClosed:
        self._metrics.slow_readers.inc()
        return SocketClosed(TRY_AGAIN, f"too slow; resume after {self._sent}")

    async def _until(self, revoked: asyncio.Event) -> None:
        await revoked.wait()
        raise SocketClosed(NOT_AUTHORISED, "this token opens no conversation any more")


def _error_frame(error: ApiError, client_msg_id: str | None = None) -> dict[str, Any]:
    details = dict(error.details)
    known = client_msg_id or details.pop("client_msg_id", None)
    frame: dict[str, Any] = {"type": "error", "error": {"code": error.code, "message": error.message, **details}}
    if error.headers.get("Retry-After"):
        frame["error"]["retry_after_s"] = int(error.headers["Retry-After"])
    return {**frame, "client_msg_id": known} if known else frame
