"""Conversations for agents and administrators: the list, and one with its history."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from api.conversations.owners import Owner
from api.dependencies import CompanyDep, StoreDep
from api.desk.conversations import Filter, hand_offs_of, list_conversations, listed, turns_of
from api.desk.holding_out import withheld
from api.desk.pages import PageEnd, page_end
from api.schemas.desk import ConversationDetail, ConversationList, ConversationRow, HandOffView, TurnView
from api.security.callers import AgentCaller, visible_conversation

Before = Annotated[str | None, Query(max_length=100)]
router = APIRouter(prefix="/v1/conversations", tags=["desk"])


@router.get("")
async def show_conversations(
    caller: AgentCaller,
    store: StoreDep,
    owner: Owner | None = None,
    mine: bool = False,
    hand_off: bool | None = None,
    q: Annotated[str, Query(max_length=200)] = "",
    before: Before = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ConversationList:
    """List the conversations of the caller's departments; administrators see all."""
    wanted = Filter(owner=owner, mine=mine, words=q.strip() or None, hand_off=hand_off, before=page_end(before))
    found = await store.read(lambda session: list_conversations(session, caller, wanted, limit=limit))
    rows = [ConversationRow.of(one) for one in found]
    more = len(rows) == limit
    end = str(PageEnd(rows[-1].last_at, rows[-1].conversation_id)) if more else None
    return ConversationList(conversations=rows, next_before=end)


@router.get("/{conversation_id}")
async def show_conversation(
    conversation_id: str, caller: AgentCaller, store: StoreDep, company: CompanyDep
) -> ConversationDetail:
    """Show one conversation's header; for administrators with every turn of the bot."""

    def read(session: Session) -> ConversationDetail:
        conversation = visible_conversation(session, caller, conversation_id)
        [one] = listed(session, [conversation], caller)
        turns = turns_of(session, conversation_id) if caller.is_admin else None
        return ConversationDetail(
            **dict(ConversationRow.of(one)),
            page_url=conversation.page_url,
            customer_read_seq=conversation.customer_read_seq,
            withheld=withheld(session, conversation_id, company.desk.hold_out_share),
            hand_offs=[HandOffView.of(hand_off) for hand_off in hand_offs_of(session, conversation_id)],
            turns=None if turns is None else [TurnView.of(turn) for turn in turns],
        )

    return await store.read(read)
