"""Notes, tags, snippets, hints and drafts, as the desk sends and gets them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, model_validator

from api.desk.hints import Hint
from api.desk.notes import Written
from api.desk.similar import Similar
from api.schemas.desk import Holder
from api.schemas.people import Department, Request
from api.schemas.texts import CleanText
from api.store.tables import Snippet

Id = Annotated[str, Field(min_length=1, max_length=64)]
SomeText = Annotated[CleanText, Field(min_length=1, max_length=4_000, pattern=r"\S")]
Tag = Annotated[CleanText, Field(min_length=1, max_length=40)]


class NewNote(Request):
    """A private note; @names tell colleagues."""

    text: SomeText


class NoteView(BaseModel):
    """A note, and where in the transcript it was written."""

    note_id: str
    text: str
    agent: Holder | None
    mentions: list[str]
    after_seq: int
    created_at: datetime

    @classmethod
    def of(cls, written: Written) -> NoteView:
        """Show a note."""
        note = written.note
        return cls(
            note_id=note.id,
            text=note.text,
            agent=Holder(agent_id=note.agent_id, name=written.name) if note.agent_id else None,
            mentions=list(written.mentions),
            after_seq=note.after_seq,
            created_at=note.created_at,
        )


class Notes(BaseModel):
    """A conversation's notes and tags."""

    notes: list[NoteView]
    tags: list[str]


class Tags(Request):
    """All tags of a conversation."""

    tags: Annotated[list[Tag], Field(max_length=20)]


class Transfer(Request):
    """To whom a chat is passed: a colleague, or a department (null for everybody)."""

    agent_id: Id | None = None
    department: Department | None = None
    note: SomeText | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Transfer:
        if self.agent_id is not None and self.department is not None:
            raise ValueError("give either agent_id or department")
        return self


class Colleague(BaseModel):
    """Somebody who is at the desk now."""

    agent_id: str
    name: str
    departments: list[str]
    chats: int


class Places(BaseModel):
    """Where a chat can be passed."""

    colleagues: list[Colleague]
    departments: dict[str, str]  # name -> title


class SnippetIn(Request):
    """A snippet to keep."""

    name: Annotated[CleanText, Field(min_length=1, max_length=80, pattern=r"\S")]
    text: SomeText
    shared: bool = False


class SnippetView(BaseModel):
    """A snippet, with its variables filled in where a conversation was named."""

    snippet_id: str
    name: str
    text: str
    shared: bool

    @classmethod
    def of(cls, snippet: Snippet, text: str | None = None) -> SnippetView:
        """Show a snippet."""
        shown = snippet.text if text is None else text
        return cls(snippet_id=snippet.id, name=snippet.name, text=shown, shared=snippet.agent_id is None)


class Snippets(BaseModel):
    """Snippets, best fit first."""

    snippets: list[SnippetView]


class DraftIn(Request):
    """What an agent has written so far."""

    text: Annotated[CleanText, Field(max_length=8_000)]


class HintView(BaseModel):
    """Something that might be said better."""

    rule: str
    quote: str
    source: str | None
    says: str | None  # what the source says instead

    @classmethod
    def of(cls, hint: Hint) -> HintView:
        """Show a hint."""
        return cls(rule=hint.rule, quote=hint.quote, source=hint.source, says=hint.says)


class Hints(BaseModel):
    """Hints in the order of the draft."""

    hints: list[HintView]


class PersonalFor(Request):
    """The suggestion to make a reply of."""

    suggestion_id: Id


class PersonalDraft(BaseModel):
    """A reply to begin with."""

    text: str


class SolvedView(BaseModel):
    """A solved conversation that is like this one; personal data is masked."""

    conversation_id: str
    question: str
    answer: str
    closed_at: datetime
    stars: int | None
    similarity: float

    @classmethod
    def of(cls, similar: Similar) -> SolvedView:
        """Show one."""
        solved = similar.solved
        return cls(
            conversation_id=solved.conversation_id,
            question=solved.question,
            answer=solved.answer,
            closed_at=solved.closed_at,
            stars=solved.stars,
            similarity=similar.similarity,
        )


class SolvedList(BaseModel):
    """Similar solved conversations, closest first."""

    conversations: list[SolvedView]
