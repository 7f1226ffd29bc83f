"""What makes an agent quick: notes, tags, passing on, snippets, hints, drafts, and what solved the same before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.conversations.people import People
from api.dependencies import ClockDep, CompanyDep, MeaningsDep, SearchDep, StoreDep
from api.desk.answers import check_suggestion
from api.desk.figures import has_figures
from api.desk.hints import Hint, hints_for
from api.desk.notes import notes_of, set_tags, write_note
from api.desk.personal import answers_of, last_question, personal_draft, sources_for
from api.desk.proposals import ready_agents
from api.desk.similar import most_similar, problem_of, solved_conversations
from api.desk.snippets import by_meaning, drop_snippet, filled, find_snippets, save_snippet, variables_of
from api.desk.transfer import transfer_to_agent, transfer_to_department
from api.schemas.desk import Held
from api.schemas.desk_tools import (
    Colleague,
    DraftIn,
    Hints,
    HintView,
    NewNote,
    Notes,
    NoteView,
    PersonalDraft,
    PersonalFor,
    Places,
    SnippetIn,
    Snippets,
    SnippetView,
    SolvedList,
    SolvedView,
    Tags,
    Transfer,
)
from api.security.audit import record_audit
from api.security.callers import AgentCaller, visible_conversation
from api.store.tables import Snippet

router = APIRouter(prefix="/v1", tags=["desk"])
CHAT = "/conversations/{conversation_id}"


@router.get(CHAT + "/notes")
async def show_notes(conversation_id: str, caller: AgentCaller, store: StoreDep) -> Notes:
    """Return a conversation's private notes and its tags."""

    def read(session: Session) -> Notes:
        conversation = visible_conversation(session, caller, conversation_id)
        notes = [NoteView.of(one) for one in notes_of(session, conversation_id)]
        return Notes(notes=notes, tags=list(conversation.tags or ()))

    return await store.read(read)


@router.post(CHAT + "/notes", status_code=201)
async def add_note(
    conversation_id: str, body: NewNote, caller: AgentCaller, store: StoreDep, clock: ClockDep
) -> NoteView:
    """Write a private note; whoever it names with an @ is told."""
    now = clock.now()

    def write(session: Session) -> NoteView:
        visible_conversation(session, caller, conversation_id)
        return NoteView.of(write_note(session, conversation_id, body.text, caller, now=now))

    return await store.write(write)


@router.put(CHAT + "/tags")
async def tag(conversation_id: str, body: Tags, caller: AgentCaller, store: StoreDep, clock: ClockDep) -> Tags:
    """Give a conversation these tags and no others."""
    now = clock.now()

    def write(session: Session) -> Tags:
        visible_conversation(session, caller, conversation_id)
        return Tags(tags=list(set_tags(session, conversation_id, body.tags, now=now).tags))

    return await store.write(write)


@router.get("/desk/places")
async def show_places(_: AgentCaller, store: StoreDep, clock: ClockDep, company: CompanyDep) -> Places:
    """List where a chat can be passed: the colleagues at the desk, and the departments."""
    now = clock.now()

    def read(session: Session) -> list[Colleague]:
        return [
            Colleague(
                agent_id=one.agent.id,
                name=one.agent.name,
                departments=list(one.agent.departments or ()),
                chats=one.chats,
            )
            for one in ready_agents(session, now=now)
        ]

    titles = {name: department.title for name, department in company.desk.departments.items()}
    return Places(colleagues=await store.read(read), departments=titles)


@router.post(CHAT + "/transfer")
async def transfer(
    conversation_id: str,
    body: Transfer,
    caller: AgentCaller,
    store: StoreDep,
    clock: ClockDep,
    company: CompanyDep,
) -> Held:
    """Pass a chat one holds to a colleague or a department, with a note for them."""
    now = clock.now()

    def write(session: Session) -> Held:
        visible_conversation(session, caller, conversation_id)
        if body.agent_id is not None:
            chat = transfer_to_agent(session, conversation_id, body.agent_id, body.note, caller, now=now)
        else:
            known = company.desk.departments.get(body.department or "")
            title = known.title if known else body.department
            chat = transfer_to_department(
                session, conversation_id, body.department, body.note, caller, title=title, now=now
            )
        details = {"agent_id": body.agent_id, "department": body.department}
        record_audit(session, caller.actor, "transfer", at=now, subject=conversation_id, details=details)
        return Held.of(session, chat)

    return await store.write(write)


@router.get("/snippets")
async def show_snippets(
    caller: AgentCaller,
    store: StoreDep,
    clock: ClockDep,
    company: CompanyDep,
    meanings: MeaningsDep,
    q: Annotated[str, Query(max_length=200)] = "",
    conversation_id: Annotated[str | None, Query(max_length=64)] = None,
) -> Snippets:
    """Find snippets by their words, then by what they mean; with a conversation, its names and facts are filled in."""
    now = clock.now()

    def read(session: Session) -> tuple[Sequence[Snippet], Sequence[Snippet], dict[str, str]]:
        values: dict[str, str] = {}
        if conversation_id is not None:
            conversation = visible_conversation(session, caller, conversation_id)
            hours = People(company).availability(session, now).hours
            values = variables_of(session, conversation, caller, hours=hours)
        return find_snippets(session, caller, q), find_snippets(session, caller), values

    found, every, values = await store.read(read)
    ranked = await run_in_threadpool(by_meaning, found, every, q, meanings.vectors)
    return Snippets(snippets=[SnippetView.of(one, filled(one.text, values)) for one in ranked])


@router.post("/snippets", status_code=201)
async def add_snippet(body: SnippetIn, caller: AgentCaller, store: StoreDep, clock: ClockDep) -> SnippetView:
    """Keep a snippet; everybody's are for administrators to write."""
    now = clock.now()
    return await store.write(
        lambda s: SnippetView.of(save_snippet(s, body.name, body.text, caller, shared=body.shared, now=now))
    )


@router.put("/snippets/{snippet_id}")
async def change_snippet(
    snippet_id: str, body: SnippetIn, caller: AgentCaller, store: StoreDep, clock: ClockDep
) -> SnippetView:
    """Change a snippet."""
    now = clock.now()

    def write(session: Session) -> SnippetView:
        changed = save_snippet(
            session, body.name, body.text, caller, shared=body.shared, now=now, snippet_id=snippet_id
        )
        return SnippetView.of(changed)

    return await store.write(write)


@router.delete("/snippets/{snippet_id}")
async def end_snippet(snippet_id: str, caller: AgentCaller, store: StoreDep) -> dict[str, Any]:
    """Forget a snippet."""
    await store.write(lambda session: drop_snippet(session, snippet_id, caller))
    return {}


@router.post(CHAT + "/hints")
async def hint(
    conversation_id: str, body: DraftIn, caller: AgentCaller, store: StoreDep, company: CompanyDep, search: SearchDep
) -> Hints:
    """Say what might be said better in a draft. Nothing of it is kept, and nothing is held back."""

    def read(session: Session) -> tuple[str | None, list[str], str]:
        conversation = visible_conversation(session, caller, conversation_id)
        return last_question(session, conversation_id), answers_of(session, conversation_id), conversation.kb

    question, quoted, kb = await store.read(read)

    def look() -> list[Hint]:
        sources = sources_for(body.text, search, kb=kb) if has_figures(body.text) else []
        return hints_for(body.text, question, off=company.desk.hints_off, quoted=quoted, sources=sources)

    return Hints(hints=[HintView.of(one) for one in await run_in_threadpool(look)])


@router.post(CHAT + "/draft")
async def draft(
    conversation_id: str, body: PersonalFor, caller: AgentCaller, store: StoreDep, clock: ClockDep
) -> PersonalDraft:
    """Make a personal reply of a suggestion: name, feeling where there is one, the answer word for word, a question."""
    now = clock.now()

    def read(session: Session) -> str:
        conversation = visible_conversation(session, caller, conversation_id)
        check_suggestion(session, body.suggestion_id, conversation_id, caller)
        return personal_draft(session, conversation, body.suggestion_id, caller, now=now)

    return PersonalDraft(text=await store.read(read))


@router.get(CHAT + "/similar")
async def show_similar(conversation_id: str, caller: AgentCaller, store: StoreDep, meanings: MeaningsDep) -> SolvedList:
    """Return conversations about the same that were solved, and with which words."""

    def read(session: Session) -> tuple[str, Any]:
        visible_conversation(session, caller, conversation_id)
        return problem_of(session, conversation_id), solved_conversations(session, caller, besides=conversation_id)

    question, solved = await store.read(read)
    found = await run_in_threadpool(most_similar, question, solved, meanings.vectors)
    return SolvedList(conversations=[SolvedView.of(one) for one in found])
