"""A customer's calls over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.conversations.inbox import Incoming
from api.conversations.polling import poll
from api.dependencies import ClockDep, ConversationsDep, SecretsDep, StoreDep, WakeupsDep
from api.errors import ApiError
from api.schemas.chat import (
    LARGEST_SEQ,
    ContactIn,
    ConversationOpened,
    MessageAccepted,
    MessageIn,
    MessagesOut,
    NewConversation,
    OwnerOut,
    PersonRequested,
    RatingIn,
)
from api.schemas.desk_work import HaveRead
from api.security.addresses import AddressDep
from api.security.callers import CurrentCustomer, CustomerOrAgent, visible_conversation
from api.security.identity import IdentityRefused, verify_identity
from api.security.pacing import PacedCustomer

router = APIRouter(prefix="/v1/conversations", tags=["customer"])
LONGEST_WAIT_S = 30


@router.post("", status_code=201)
async def open_conversation(
    new: NewConversation, conversations: ConversationsDep, secrets: SecretsDep, clock: ClockDep, address: AddressDep
) -> ConversationOpened:
    """Open a conversation. The token in the answer is the only key to it."""
    identity = None
    if new.identity is not None:
        try:
            identity = verify_identity(new.identity, secrets.identity, now=clock.now())
        except IdentityRefused as refused:
            raise ApiError(401, "identity_refused", str(refused)) from None
    return await conversations.open(new, identity, address=address)


@router.post("/{conversation_id}/messages", status_code=202)
async def send_message(
    message: MessageIn, customer: CurrentCustomer, conversations: ConversationsDep
) -> MessageAccepted:
    """Send a message, or press a button. The same client_msg_id again has the same answer and no other effect."""
    incoming = Incoming(message.client_msg_id, message.text, message.button_id)
    accepted = await conversations.accept(customer.conversation_id, incoming)
    return MessageAccepted(message_id=accepted.message_id, seq=accepted.seq, epoch=conversations.epoch)


@router.get("/{conversation_id}/messages", response_model_exclude_none=True)
async def read_messages(
    conversation_id: str,
    caller: CustomerOrAgent,
    store: StoreDep,
    conversations: ConversationsDep,
    wakeups: WakeupsDep,
    after: Annotated[int, Query(ge=0, le=LARGEST_SEQ)] = 0,
    epoch: Annotated[str | None, Query(max_length=64)] = None,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT_S)] = 0,
) -> MessagesOut:
    """Read what was said after a seq; with `wait`, wait for something new or for another owner."""
    await store.read(lambda s: visible_conversation(s, caller, conversation_id))
    return await poll(conversations, store, wakeups, conversation_id, after=after, epoch=epoch, wait_s=wait)


@router.post("/{conversation_id}/request-person", response_model_exclude_none=True)
async def request_person(customer: PacedCustomer, conversations: ConversationsDep) -> PersonRequested:
    """Ask for a person; asking again changes nothing."""
    owner, hours = await conversations.request_person(customer.conversation_id)
    return PersonRequested(**owner.model_dump(), hours=hours)


@router.post("/{conversation_id}/leave-queue", response_model_exclude_none=True)
async def leave_queue(customer: PacedCustomer, conversations: ConversationsDep) -> OwnerOut:
    """Stop waiting for a person."""
    return await conversations.leave_queue(customer.conversation_id)


@router.post("/{conversation_id}/back-to-bot", response_model_exclude_none=True)
async def back_to_bot(customer: PacedCustomer, conversations: ConversationsDep) -> OwnerOut:
    """Ask for the bot again, from the queue or from a person."""
    return await conversations.back_to_bot(customer.conversation_id)


@router.post("/{conversation_id}/read")
async def have_read(body: HaveRead, customer: CurrentCustomer, conversations: ConversationsDep) -> dict[str, Any]:
    """Say which line the open chat showed last; the agent sees that it was read."""
    await conversations.have_read(customer.conversation_id, body.seq)
    return {}


@router.post("/{conversation_id}/contact")
async def leave_contact(contact: ContactIn, customer: PacedCustomer, conversations: ConversationsDep) -> dict[str, Any]:
    """Say how to be reached later."""
    await conversations.leave_contact(customer.conversation_id, contact)
    return {}


@router.post("/{conversation_id}/rating")
async def rate(rating: RatingIn, customer: PacedCustomer, conversations: ConversationsDep) -> dict[str, Any]:
    """Rate the chat."""
    await conversations.rate(customer.conversation_id, rating)
    return {}
