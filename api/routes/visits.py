"""The pages a customer is on while they chat."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from api.dependencies import ClockDep, StoreDep
from api.errors import ApiError
from api.hand_off.background import note_visit
from api.schemas.chat import PageVisited
from api.security.pacing import PacedCustomer
from api.strings.catalogue import say

router = APIRouter(prefix="/v1/conversations", tags=["customer"])


@router.post("/{conversation_id}/pages")
async def visit(page: PageVisited, customer: PacedCustomer, store: StoreDep, clock: ClockDep) -> dict[str, Any]:
    """Say which page of the host site the customer is on; its query and fragment are not kept."""
    now = clock.now()
    try:
        await store.write(lambda session: note_visit(session, customer.conversation_id, page.url, page.title, at=now))
    except ValueError as wrong:
        raise ApiError(422, "invalid", say("errors.no_address")) from wrong
    return {}
