"""Macros, wrap-ups, places in a chat and what suggestions are worth, as the desk sends and gets them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.company import Department as CompanyDepartment
from api.desk.answers import ArticleRecord
from api.desk.departments import Standing
from api.desk.time_saved import Saved
from api.desk.wrap_up import Ending
from api.hand_off.brief import BriefLine
from api.privacy.masking import masked
from api.review.confirmed import Confirmed
from api.review.pairs import Pair, Sign
from api.schemas.chat import Seq
from api.schemas.desk_tools import Id, SomeText, Tag
from api.schemas.people import Department, Request
from api.schemas.texts import CleanText, ClientId
from api.store.tables import Macro

Topic = Annotated[CleanText, Field(min_length=1, max_length=120, pattern=r"\S")]
MOST_STEPS = 10


class Say(Request):
    """Say something to the customer."""

    do: Literal["say"]
    text: SomeText


class WriteNote(Request):
    """Write a private note."""

    do: Literal["note"]
    text: SomeText


class AddTags(Request):
    """Add tags."""

    do: Literal["tag"]
    tags: Annotated[list[Tag], Field(min_length=1, max_length=20)]


class PassTo(Request):
    """Pass the chat to a department; null for everybody."""

    do: Literal["pass_to"]
    department: Department | None = None


class ToBot(Request):
    """Give the chat back to the bot."""

    do: Literal["to_bot"]


class CloseIt(Request):
    """Close the chat."""

    do: Literal["close"]
    solved: bool | None = None
    topic: Topic | None = None


AnyStep = Annotated[Say | WriteNote | AddTags | PassTo | ToBot | CloseIt, Field(discriminator="do")]


class MacroIn(Request):
    """A macro to keep."""

    name: Annotated[CleanText, Field(min_length=1, max_length=80, pattern=r"\S")]
    steps: Annotated[list[AnyStep], Field(min_length=1, max_length=MOST_STEPS)]
    shared: bool = False

    def stored(self) -> list[dict[str, Any]]:
        """Return the steps as they are kept."""
        return [step.model_dump(exclude_none=True) for step in self.steps]


class MacroView(BaseModel):
    """A macro."""

    macro_id: str
    name: str
    steps: list[AnyStep]
    shared: bool

    @classmethod
    def of(cls, macro: Macro) -> MacroView:
        """Show a macro."""
        return cls(macro_id=macro.id, name=macro.name, steps=list(macro.steps), shared=macro.agent_id is None)


class Macros(BaseModel):
    """Macros by name."""

    macros: list[MacroView]


class RunMacro(Request):
    """Run a macro; the same `client_id` again says nothing twice."""

    client_id: ClientId


class PlaceIn(Request):
    """What an agent has read, and what they have begun to write; what is left out stays."""

    read_seq: Seq | None = None
    draft: Annotated[CleanText, Field(max_length=8_000)] | None = None


class PlaceView(BaseModel):
    """Where an agent is in a chat."""

    read_seq: int
    draft: str
    customer_read_seq: int


class AssignTo(Request):
    """To whom a supervisor gives a chat; to themselves it is taking over."""

    agent_id: Id
    note: SomeText | None = None


class CloseAs(Request):
    """How a chat ended; all of it may be left out."""

    solved: bool | None = None
    topic: Topic | None = None
    tags: Annotated[tuple[Tag, ...], Field(max_length=20)] = ()


class SummaryLine(BaseModel):
    """One quotation, with its message."""

    kind: Literal["problem", "question", "tried", "mood", "fact", "answered"]
    text: str
    seq: int
    message_id: str

    @classmethod
    def of(cls, line: BriefLine) -> SummaryLine:
        """Show a line."""
        return cls(kind=line.kind, text=line.text, seq=line.seq, message_id=line.message_id)


class EndingView(BaseModel):
    """What an agent is offered when a chat ends, and the summary on demand."""

    summary: list[SummaryLine]
    topic: str | None
    topics: list[str]
    tags: list[str]

    @classmethod
    def of(cls, ending: Ending) -> EndingView:
        """Show it."""
        lines = [SummaryLine.of(line) for line in ending.brief]
        return cls(summary=lines, topic=ending.topic, topics=ending.topics, tags=ending.tags)


class ArticleRecordView(BaseModel):
    """What agents did with one article's suggestions."""

    article_id: str
    title: str
    displayed: int
    clicked: int
    copied: int
    sent: int
    edited: float | None
    dismissed: dict[str, int]
    correct: dict[str, int]

    @classmethod
    def of(cls, record: ArticleRecord) -> ArticleRecordView:
        """Show a record."""
        return cls(
            article_id=record.article_id,
            title=record.title,
            displayed=record.displayed,
            clicked=record.clicked,
            copied=record.copied,
            sent=record.sent,
            edited=record.edited,
            dismissed=dict(record.dismissed),
            correct=dict(record.correct),
        )


class AnswerRecords(BaseModel):
    """What agents did with suggestions, article by article, the most often sent first."""

    since: datetime
    articles: list[ArticleRecordView]


class SavedView(BaseModel):
    """Seconds with suggestions and without, and the 95 % interval of the difference."""

    with_chats: int
    without_chats: int
    with_s: float | None
    without_s: float | None
    saved_s: float | None
    low_s: float | None
    high_s: float | None

    @classmethod
    def of(cls, measured: Saved) -> SavedView:
        """Show a comparison."""
        return cls(
            with_chats=measured.with_chats,
            without_chats=measured.without_chats,
            with_s=measured.with_s,
            without_s=measured.without_s,
            saved_s=measured.saved_s,
            low_s=measured.low_s,
            high_s=measured.high_s,
        )


class TimeSaved(BaseModel):
    """What suggestions save, measured against the chats that go without."""

    since: datetime
    share: float  # of chats that go without now
    reply: SavedView  # how long a customer waits for each reply
    handling: SavedView  # from taking a chat to its end


class PairView(BaseModel):
    """A customer's message and the article that seems to answer it; personal data is masked."""

    message_id: str
    conversation_id: str
    question: str
    article_id: str
    title: str
    answer: str
    signs: list[Sign]
    created_at: datetime

    @classmethod
    def of(cls, pair: Pair) -> PairView:
        """Show a pair."""
        return cls(
            message_id=pair.message.id,
            conversation_id=pair.message.conversation_id,
            question=masked(pair.message.text, [pair.customer]),
            article_id=pair.suggestion.article_id,
            title=pair.suggestion.title,
            answer=pair.suggestion.answer,
            signs=list(pair.signs),
            created_at=pair.message.created_at,
        )


class ConfirmedView(BaseModel):
    """A confirmed pair, and whether search learns from it; personal data is masked."""

    label_id: str
    message_id: str
    question: str
    article_id: str
    title: str | None  # None when customers cannot read the article any more
    learnt: bool
    suspected: list[str]  # labelled questions that were lost with it, and that it is nearest to
    created_at: datetime

    @classmethod
    def of(cls, pair: Confirmed, suspected: Mapping[str, list[str]]) -> ConfirmedView:
        """Show a pair."""
        return cls(
            label_id=pair.label.id,
            message_id=pair.label.message_id,
            question=pair.row.text,
            article_id=pair.article_id,
            title=pair.title,
            learnt=not pair.waits,
            suspected=suspected.get(pair.row.id, []),
            created_at=pair.row.created_at,
        )


class AskedBoth(BaseModel):
    """How many questions an index answers rightly without the pairs that wait, and with them."""

    model_config = ConfigDict(populate_by_name=True)

    cases: int
    without: int
    with_: Annotated[int, Field(alias="with")]
    gained: int
    lost: int


class Learning(BaseModel):
    """What came of weighing the pairs that waited, when an index was last built with any."""

    at: datetime
    pairs: int
    learnt: bool
    labelled: AskedBoth  # labelled questions that are not among the pairs
    unseen: AskedBoth  # the pairs, each asked of an index that had not learnt it


class Pairs(BaseModel):
    """Pairs to look at, the newest first; those confirmed, waiting ones first; and how these were weighed."""

    pairs: list[PairView]
    confirmed: list[ConfirmedView]
    learning: Learning | None


class HaveRead(Request):
    """The last line a customer's open chat has shown them."""

    seq: Seq


class DepartmentView(BaseModel):
    """A department: what is its business, and how it stands now."""

    name: str
    title: str
    open: bool
    here: int
    waiting: int
    talking: int
    next: str | None
    rules: list[str]
    intents: list[str]
    topics: list[str]

    @classmethod
    def of(cls, standing: Standing, department: CompanyDepartment) -> DepartmentView:
        """Show a department."""
        return cls(
            name=standing.name,
            title=department.title,
            open=standing.is_open,
            here=standing.here,
            waiting=standing.waiting,
            talking=standing.talking,
            next=department.next,
            rules=list(department.rules),
            intents=list(department.intents),
            topics=list(department.topics),
        )


class Departments(BaseModel):
    """All departments, in the company's order."""

    departments: list[DepartmentView]
