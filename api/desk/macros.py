"""Macros: several steps that are often taken together, run as one. Either all of them happen or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.company import Company
from api.conversations import inbox, ownership
from api.conversations.inbox import InboxRules, Incoming
from api.desk.notes import set_tags, write_note
from api.desk.snippets import VARIABLE, filled
from api.desk.transfer import transfer_to_department
from api.desk.wrap_up import WrapUp, close
from api.errors import ApiError, not_found
from api.security.callers import Staff
from api.store.tables import Conversation, Macro
from api.strings.catalogue import say

LAST = frozenset({"pass_to", "to_bot", "close"})  # steps after which the chat is no longer the agent's


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a macro does; which of the fields count depends on `do`."""

    do: str  # say | note | tag | pass_to | to_bot | close
    text: str = ""
    tags: tuple[str, ...] = ()
    department: str | None = None
    solved: bool | None = None
    topic: str | None = None

    @classmethod
    def read(cls, step: Mapping[str, Any]) -> Step:
        """Read a step as it is stored."""
        return cls(**{**step, "tags": tuple(step.get("tags", ()))})


@dataclass(frozen=True, slots=True)
class Running:
    """Who runs a macro where, and with what."""

    staff: Staff
    company: Company
    rules: InboxRules
    values: Mapping[str, str]  # of the variables in texts
    client_id: str  # the same again says nothing twice
    now: datetime


def check_steps(steps: Sequence[Step]) -> None:
    """Refuse steps that could not be taken one after another.

    Raises:
        ApiError: 422, something would follow the step that gives the chat away.
    """
    if any(step.do in LAST for step in steps[:-1]):
        raise ApiError(422, "macro_order", say("desk.macro_order"))


def find_macros(session: Session, staff: Staff) -> Sequence[Macro]:
    """Return everybody's and one's own macros, by name."""
    mine = or_(Macro.agent_id.is_(None), Macro.agent_id == staff.agent_id)
    return session.scalars(select(Macro).where(mine).order_by(Macro.name, Macro.id)).all()


def save_macro(
    session: Session,
    name: str,
    steps: Sequence[Mapping[str, Any]],
    staff: Staff,
    *,
    shared: bool,
    now: datetime,
    macro_id: str | None = None,
) -> Macro:
    """Keep a macro, one's own or everybody's.

    Raises:
        ApiError: 403 for everybody's by somebody who is no administrator; 404; 422 for steps in no possible order.
    """
    check_steps([Step.read(step) for step in steps])
    macro = found_macro(session, macro_id, staff, to_change=True) if macro_id is not None else Macro()
    if shared and not staff.is_admin:
        raise ApiError(403, "forbidden", say("people.not_allowed"))
    macro.agent_id = None if shared else staff.agent_id
    macro.name, macro.steps, macro.updated_at = name, [dict(step) for step in steps], now
    session.add(macro)
    session.flush()
    return macro


def found_macro(session: Session, macro_id: str, staff: Staff, *, to_change: bool = False) -> Macro:
    """Return a macro somebody may run, or may change.

    Raises:
        ApiError: 404; 403 for everybody's, to change, by somebody who is no administrator.
    """
    macro = session.get(Macro, macro_id)
    if macro is None or macro.agent_id not in {None, staff.agent_id}:
        raise not_found("This macro")
    if to_change and macro.agent_id is None and not staff.is_admin:
        raise ApiError(403, "forbidden", say("people.not_allowed"))
    return macro


def run_macro(session: Session, conversation_id: str, macro: Macro, running: Running) -> Conversation:
    """Take all steps of a macro in a chat one holds.

    Raises:
        ApiError: 409 for a chat one does not hold, 422 for a text with a variable that this chat does not fill in;
            nothing has happened then.
    """
    steps = [Step.read(step) for step in macro.steps]
    _check_filled(steps, running.values)
    conversation = session.get_one(Conversation, conversation_id, with_for_update=True, populate_existing=True)
    if conversation.owner != "agent" or conversation.agent_id != running.staff.agent_id:
        raise ownership.held(session, conversation)
    for number, step in enumerate(steps):
        _take(session, conversation, step, number, running)
    return conversation


def _check_filled(steps: Sequence[Step], values: Mapping[str, str]) -> None:
    texts = [step.text for step in steps if step.do in {"say", "note"}]
    unknown = dict.fromkeys(name for text in texts for name in VARIABLE.findall(text) if name not in values)
    if unknown:
        variables = ", ".join(f"{{{name}}}" for name in unknown)
        raise ApiError(422, "macro_unknown", say("desk.macro_unknown", variables=variables))


def _take(session: Session, conversation: Conversation, step: Step, number: int, running: Running) -> None:
    staff, now, text = running.staff, running.now, filled(step.text, running.values)
    match step.do:
        case "say":
            incoming = Incoming(f"{running.client_id}-{number}", text=text)
            inbox.write_agent_message(
                session, conversation.id, incoming, agent_id=staff.agent_id, rules=running.rules, at=now
            )
        case "note":
            write_note(session, conversation.id, text, staff, now=now)
        case "tag":
            set_tags(session, conversation.id, [*(conversation.tags or ()), *step.tags], now=now)
        case "pass_to":
            known = running.company.desk.departments.get(step.department or "")
            title = known.title if known else step.department
            transfer_to_department(session, conversation.id, step.department, None, staff, title=title, now=now)
        case "to_bot":
            ownership.release(session, conversation.id, to="bot", agent_id=staff.agent_id, at=now)
        case "close":
            close(session, conversation.id, WrapUp(step.solved, step.topic), agent_id=staff.agent_id, now=now)
        case _:
            raise ValueError(f"a macro has no step {step.do!r}")
