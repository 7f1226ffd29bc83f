"""What a customer can do, in whole steps: each method is one call of the wire, over HTTP or the socket."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from api.clock import Clock
from api.conversations import ownership
from api.conversations.inbox import Accepted, InboxRules, Incoming, accept, audit_conflict, check_open
from api.conversations.pace import Pace
from api.conversations.people import People
from api.conversations.places import place_of
from api.conversations.transcript import locked, messages_after
from api.desk.proposals import known_and_ready
from api.desk.reading import customer_has_read
from api.desk.tasks import owe_answer
from api.errors import ApiError, not_found
from api.metrics import Metrics
from api.schemas.chat import ContactIn, ConversationOpened, MessagesOut, NewConversation, OwnerOut, RatingIn
from api.security.identity import Identity
from api.security.tokens import new_token, token_hash
from api.settings import Settings
from api.store.database import Store
from api.store.events import record_event
from api.store.ids import new_id
from api.store.tables import Agent, Conversation, KnowledgeBase

PAGE = 500  # messages in one answer
TOKEN_DAYS = 365  # a token outlives its conversation: what was said stays readable to its customer


class Conversations:
    """The conversation service of one API process."""

    def __init__(
        self, store: Store, settings: Settings, *, clock: Clock, people: People, metrics: Metrics, epoch: str
    ) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._people = people
        self._metrics = metrics
        limited = settings.rate_limits
        self._pace = Pace(settings.burst_messages if limited else 0, clock, "errors.too_fast")
        self._calls = Pace(settings.burst_messages if limited else 0, clock, "errors.too_fast")
        self._strangers = Pace(settings.burst_conversations if limited else 0, clock, "errors.too_many_conversations")
        self.epoch = epoch
        self.rules = InboxRules(
            stored_characters=settings.stored_characters,
            reopen_for=timedelta(days=settings.reopen_days),
            expires_after=timedelta(days=settings.conversation_days),
        )

    def admit_stranger(self, address: str) -> None:
        """Count something that somebody adds without a conversation of theirs: a new one, a vote on an article.

        Raises:
            ApiError: 429, too many from this address.
        """
        self._strangers.admit(address)

    def admit_call(self, conversation_id: str) -> None:
        """Count a customer's call that is no message, such as leaving the queue: each of them leaves a row.

        Raises:
            ApiError: 429, too many in this conversation.
        """
        self._calls.admit(conversation_id)

    async def open(self, new: NewConversation, identity: Identity | None, *, address: str) -> ConversationOpened:
        """Open a conversation; its token is returned here and nowhere else.

        Args:
            new: what the customer says about themselves, unverified.
            identity: what the host site vouches for, verified.
            address: where the call comes from.

        Raises:
            ApiError: 422, there is no such knowledge base; 429, too many from this address.
        """
        self.admit_stranger(address)
        token, now = new_token("chat"), self._clock.now()
        said = new.customer
        conversation = Conversation(
            id=new_id(),
            kb=new.kb,
            token_hash=token_hash(token),
            token_expires_at=now + timedelta(days=TOKEN_DAYS),
            customer_name=(identity.name if identity else None) or (said.name if said else None) or None,
            customer_email=(identity.email if identity else None) or (said.email if said else None) or None,
            customer_sub=identity.subject if identity else None,
            verified=identity is not None,
            page_url=new.page_url,
            created_at=now,
            last_message_at=now,
        )

        def write(session: Session) -> None:
            if new.kb != "main" and session.get(KnowledgeBase, new.kb) is None:
                raise ApiError(422, "unknown_kb", f"There is no knowledge base {new.kb}.")
            session.add(conversation)

        await self._store.write(write, patience_s=self._settings.store_patience_s)
        return ConversationOpened(conversation_id=conversation.id, token=token, epoch=self.epoch)

    async def accept(self, conversation_id: str, incoming: Incoming) -> Accepted:
        """Store a customer's message; when this returns, it is durable and will have an outcome.

        Raises:
            ApiError: the message was not stored, and why.
            StoreBusy: the message was not stored; the client may send it again.
        """
        at = self._clock.now()
        try:
            accepted = await self._store.write(
                lambda s: accept(
                    s,
                    conversation_id,
                    incoming,
                    rules=self.rules,
                    at=at,
                    people=self._people.sentence,
                    admit=lambda: self._pace.admit(conversation_id),
                    back_to=lambda s, c: known_and_ready(s, c, now=at, chats_at_once=self._people.desk.chats_at_once),
                ),
                patience_s=self._settings.store_patience_s,
            )
        except ApiError as error:
            if error.code == "client_msg_id_taken":
                actor = f"customer:{conversation_id}"
                await self._store.write(lambda s: audit_conflict(s, conversation_id, actor, at=at))
            raise
        if not accepted.is_resend:
            self._metrics.messages.labels("customer").inc()
        return accepted

    async def request_person(self, conversation_id: str) -> tuple[OwnerOut, str]:
        """Put the conversation into the queue, whatever Rasa does; return who owns it now, and our hours.

        Raises:
            ApiError: 409, the conversation has expired.
        """
        at = self._clock.now()

        def write(session: Session) -> tuple[OwnerOut, str]:
            conversation = locked(session, conversation_id)
            check_open(conversation, self.rules, at=at)
            placed = self._people.place(session, conversation, ["customer_button"], at)
            now_open = self._people.availability(session, at, department=placed.department)
            request = ownership.PersonRequest(
                reason_codes=["customer_button"],
                priority=placed.urgency.minutes,
                department=placed.department,
                placed_why=placed.why,
            )
            ownership.request_person(session, conversation_id, request, availability=now_open.sentence, at=at)
            return self.owner(session, locked(session, conversation_id)), now_open.hours

        return await self._store.write(write, patience_s=self._settings.store_patience_s)

    async def leave_queue(self, conversation_id: str) -> OwnerOut:
        """Take the conversation out of the queue.

        Raises:
            ApiError: 409, it does not wait any more.
        """
        at = self._clock.now()

        def write(session: Session) -> OwnerOut:
            ownership.leave_queue(session, conversation_id, at=at)
            return self.owner(session, locked(session, conversation_id))

        return await self._store.write(write)

    async def back_to_bot(self, conversation_id: str) -> OwnerOut:
        """Give the conversation back to the bot, whoever of the people has it.

        Raises:
            ApiError: 409, it is closed.
        """
        at = self._clock.now()

        def write(session: Session) -> OwnerOut:
            ownership.back_to_bot(session, conversation_id, at=at)
            return self.owner(session, locked(session, conversation_id))

        return await self._store.write(write)

    async def have_read(self, conversation_id: str, seq: int) -> None:
        """Note the last line the customer's open chat has shown them."""
        at = self._clock.now()
        known = await self._store.read(lambda s: s.get_one(Conversation, conversation_id).customer_read_seq)
        if seq > known:
            await self._store.write(lambda s: customer_has_read(s, conversation_id, seq, now=at))

    async def leave_contact(self, conversation_id: str, contact: ContactIn) -> None:
        """Keep how the customer wants to be reached, with their consent."""
        at = self._clock.now()

        def write(session: Session) -> None:
            conversation = locked(session, conversation_id)
            conversation.contact_email = contact.email or conversation.contact_email
            conversation.contact_phone = contact.phone or conversation.contact_phone
            conversation.contact_at = at
            owe_answer(session, conversation, at=at, within=timedelta(hours=self._people.desk.contact_within_hours))
            if conversation.owner == "queue":
                record_event(session, "queue", at=at, conversation_id=conversation_id)

        await self._store.write(write)

    async def rate(self, conversation_id: str, rating: RatingIn) -> None:
        """Keep how the customer found the chat; the last rating counts."""
        at = self._clock.now()

        def write(session: Session) -> None:
            conversation = locked(session, conversation_id)
            conversation.stars = rating.stars
            conversation.rating_words = rating.words or conversation.rating_words
            conversation.rated_at = at
            payload = {"stars": rating.stars, "words": conversation.rating_words}
            record_event(session, "rating", at=at, conversation_id=conversation_id, payload=payload)

        await self._store.write(write)

    def page(
        self, session: Session, conversation_id: str, *, after: int, epoch: str | None, limit: int = PAGE
    ) -> MessagesOut:
        """Return the messages after `after`; everything, with `reset`, to a client whose history is not ours.

        Raises:
            ApiError: 404, there is no such conversation.
        """
        conversation = session.get(Conversation, conversation_id)
        if conversation is None:
            raise not_found("This conversation")
        is_foreign = (epoch is not None and epoch != self.epoch) or after >= conversation.next_seq
        messages = messages_after(session, conversation_id, 0 if is_foreign else after, limit=limit)
        return MessagesOut(
            **self.owner(session, conversation).model_dump(),
            epoch=self.epoch,
            reset=True if is_foreign else None,
            more=True if len(messages) == limit else None,
            messages=messages,
        )

    def owner(self, session: Session, conversation: Conversation) -> OwnerOut:
        """Return who owns a conversation, for its customer."""
        place = None
        name = None
        if conversation.owner == "queue":
            place = place_of(session, conversation.id, at=self._clock.now())
        if conversation.agent_id is not None:
            agent = session.get(Agent, conversation.agent_id)
            name = agent.name if agent else None
        return OwnerOut.model_validate(
            {
                "owner": conversation.owner,
                "position": place.position if place else None,
                "wait_s": place.wait_s if place else None,
                "wait_most_s": place.most_s if place else None,
                "agent_name": name,
            }
        )
