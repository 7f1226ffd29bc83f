"""What passes between the two: a customer's words to Deskmate, its answers back, and who has the chat on either side.

Chatwoot's status decides who may speak: `pending` is the bot's, everything else the agents'. What agents write there is
told to Deskmate as an agent's words, so that it knows them when it gets the chat back, and is never sent again.
"""

from __future__ import annotations

import logging

from deskmate_chatwoot.chatwoot import Chatwoot
from deskmate_chatwoot.memory import KnownChat, Memory
from deskmate_chatwoot.payloads import ChatKey, Contact, SaidEvent, StatusEvent
from deskmate_chatwoot.words import REFUSED, SENT_FILE, UNREACHABLE, brief_of
from deskmate_client import AsyncChat, AsyncDesk, Event, Line, Refused, Unreachable

logger = logging.getLogger(__name__)

BOTS = "pending"  # the status of a conversation that is the bot's
PREFIX = "chatwoot-"  # of the client_msg_id of everything that comes from Chatwoot
OURS = ("queue.", "agent.")  # notices of Deskmate's own desk, which mean nothing to a customer of Chatwoot


class Adapter:
    """Moves words and ownership between Chatwoot and Deskmate.

    Args:
        deskmate_url: for customers' calls.
        desk: Deskmate, as an agent.
        chatwoot: Chatwoot, as its agent bot.
        memory: what must not be forgotten.
        handed_over: what the customer reads when a person takes over.
    """

    def __init__(
        self, deskmate_url: str, desk: AsyncDesk, chatwoot: Chatwoot, memory: Memory, *, handed_over: str
    ) -> None:
        self._url = deskmate_url
        self._desk = desk
        self._chatwoot = chatwoot
        self._memory = memory
        self._handed_over = handed_over

    # ---- from Chatwoot

    async def hear(self, event: SaidEvent | StatusEvent) -> None:
        """Deal with one event of Chatwoot.

        Raises:
            Unreachable: Deskmate is away: try again later.
            ChatwootFailed: Chatwoot is.
        """
        if isinstance(event, StatusEvent):
            await self._hear_status(event)
        elif event.pressed is not None or event.direction == "incoming":
            await self._hear_customer(event)
        elif event.direction == "outgoing" and not event.private and event.sender == "user":
            await self._hear_agent(event)

    async def give_up_waiting(self, key: ChatKey) -> None:
        """Hand a conversation to the agents because Deskmate does not answer; nobody is left without an answer."""
        await self._chatwoot.set_status(key, "open")
        self._memory.note_status(key, "open")
        await self._chatwoot.note(key, UNREACHABLE)

    async def _hear_customer(self, event: SaidEvent) -> None:
        chat = self._memory.chat(event.key) or await self._open(event.key, event.contact, event.status or BOTS)
        if event.status is not None and event.status != chat.status:
            self._memory.note_status(event.key, event.status)
        if (event.status or chat.status) != BOTS:
            await self._silence_bot(chat)
        try:
            await self._pass_on(chat, event)
        except Refused as refused:
            if refused.code != "conversation_expired" and refused.status not in {401, 404}:
                await self._chatwoot.note(event.key, REFUSED.format(why=refused.message))
                return
            await self._pass_on(await self._open(event.key, event.contact, event.status or BOTS), event)

    async def _pass_on(self, chat: KnownChat, event: SaidEvent) -> None:
        """Say in Deskmate what the customer said or pressed; a message that came before is not said again."""
        async with AsyncChat(self._url, chat.conversation_id, chat.token) as customer:
            if event.pressed is not None:
                said = await customer.press(event.pressed, client_msg_id=f"{PREFIX}{event.message_id}-pressed")
            else:
                text = event.text.strip() or (SENT_FILE if event.attachments else "")
                if not text:
                    return
                said = await customer.say(text, client_msg_id=f"{PREFIX}{event.message_id}")
        self._memory.note_question(chat.conversation_id, said.message_id)

    async def _hear_agent(self, event: SaidEvent) -> None:
        """Tell Deskmate what an agent wrote in Chatwoot: it listens, and its bot stays silent."""
        chat = self._memory.chat(event.key)
        if chat is None or not event.text.strip():
            return
        await self._silence_bot(chat)
        try:
            await self._desk.say(chat.conversation_id, event.text, client_msg_id=f"{PREFIX}{event.message_id}")
        except Refused as refused:
            logger.warning("an agent's message was not taken: %s", refused, extra={"chat": str(event.key)})

    async def _hear_status(self, event: StatusEvent) -> None:
        chat = self._memory.chat(event.key)
        if chat is None:
            return
        self._memory.note_status(event.key, event.status)
        try:
            if event.status == "resolved":
                await self._desk.end(chat.conversation_id)
            elif event.status == BOTS:
                await self._desk.release(chat.conversation_id, to="bot")
            elif event.status == "open":
                await self._silence_bot(chat)
        except Refused as refused:  # somebody at Deskmate's own desk has it, or the bot has it already: so be it
            logger.info("Deskmate keeps its owner: %s", refused, extra={"chat": str(event.key)})

    async def _silence_bot(self, chat: KnownChat) -> None:
        """Take the chat in Deskmate, unless one of its own agents has it, or it is closed."""
        try:
            await self._desk.take(chat.conversation_id, anyway=True)
        except Refused as refused:
            if refused.status != 409:
                raise

    async def _open(self, key: ChatKey, contact: Contact, status: str) -> KnownChat:
        async with await AsyncChat.open(self._url, name=contact.name, email=contact.email) as chat:
            return self._memory.add_chat(key, chat.conversation_id, chat.token, status)

    # ---- from Deskmate

    async def tell(self, event: Event) -> None:
        """Deal with one event of Deskmate.

        Raises:
            ChatwootFailed: Chatwoot is away: try again later.
        """
        chat = self._memory.chat_of(event.conversation_id or "")
        if chat is None:
            return
        if event.kind == "message":
            await self._tell_line(chat, Line.read(event.payload))
        elif event.kind == "owner" and event.payload.get("owner") == "queue":
            await self._hand_over(chat)

    async def _tell_line(self, chat: KnownChat, line: Line) -> None:
        if line.seq <= chat.relayed:
            return
        if self._is_for_customer(chat, line):
            await self._say_once(chat, line)
        self._memory.note_relayed(chat.conversation_id, line.seq)

    async def _say_once(self, chat: KnownChat, line: Line) -> None:
        """Say a line in Chatwoot; one that was sent before, with its end unknown, is looked for first."""
        before = self._memory.doubt(chat.conversation_id, line.seq)
        taken = None if before is None else await self._chatwoot.find(chat.key, line.text, after=before)
        if taken is None:
            self._memory.note_sending(chat.conversation_id, line.seq)
            taken = await self._chatwoot.say(chat.key, line.text, line.buttons)
        self._memory.note_taken(chat.conversation_id, taken)

    def _is_for_customer(self, chat: KnownChat, line: Line) -> bool:
        if (line.client_msg_id or "").startswith(PREFIX) or line.sender == "customer":
            return False
        if line.sender == "system" and (line.notice or "").startswith(OURS):
            return False
        return line.sender == "agent" or chat.status == BOTS  # the bot never talks over Chatwoot's agents

    async def _hand_over(self, chat: KnownChat) -> None:
        """Give the conversation to Chatwoot's agents, with everything Deskmate knows; once."""
        if chat.status != BOTS:
            return
        await self._chatwoot.set_status(chat.key, "open")
        await self._chatwoot.say(chat.key, self._handed_over)
        self._memory.note_status(chat.key, "open")
        try:
            await self._chatwoot.note(chat.key, brief_of(await self._desk.hand_off(chat.conversation_id)))
        except (Refused, Unreachable):
            logger.exception("no packet for a hand-off", extra={"chat": str(chat.key)})
