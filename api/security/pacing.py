"""Callers whose calls are counted, so that nobody fills the database."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from api.dependencies import ConversationsDep
from api.security.addresses import AddressDep
from api.security.callers import CurrentCustomer, Customer


def paced_customer(customer: CurrentCustomer, conversations: ConversationsDep) -> Customer:
    """Return the customer of a call that leaves a row.

    Raises:
        ApiError: 429, too many such calls.
    """
    conversations.admit_call(customer.conversation_id)
    return customer


def paced_stranger(address: AddressDep, conversations: ConversationsDep) -> str:
    """Return the address of a call that anybody may make and that leaves a row.

    Raises:
        ApiError: 429, too many such calls.
    """
    conversations.admit_stranger(address)
    return address


PacedCustomer = Annotated[Customer, Depends(paced_customer)]
PacedStranger = Annotated[str, Depends(paced_stranger)]
