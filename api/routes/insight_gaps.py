"""Knowledge gaps, and what drafted articles would answer and did."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from api.articles.catalogue import drafted_article
from api.dependencies import ClockDep, MeaningsDep, StoreDep
from api.errors import not_found
from api.insight.gaps import Gap, gaps_of
from api.insight.payoffs import KIND, Payoff, Real, payoffs
from api.insight.period import DAYS, MOST_DAYS
from api.privacy.masking import masked
from api.routes.insight import PeriodDep
from api.schemas.insight import PeriodView
from api.schemas.people import Request
from api.schemas.training import JobQueued
from api.security.audit import record_audit
from api.security.callers import AdminCaller
from api.worker.jobs import enqueue

router = APIRouter(prefix="/v1/insight", tags=["insight"])

MOST_QUOTED = 8  # questions of a gap: finding names in each takes milliseconds, and nobody reads more


class GapMessage(BaseModel):
    """One question that got no answer, personal data masked."""

    message_id: str
    conversation_id: str
    text: str
    at: datetime


class GapAnswer(BaseModel):
    """What an agent answered, personal data masked."""

    conversation_id: str
    text: str


class GapView(BaseModel):
    """One thing that no article answers."""

    says: str  # the most typical question
    conversations: int
    impact: float  # conversations, more where customers were frustrated, rejected an answer or were handed over
    frustration: float  # the highest, 0..1
    message_ids: list[str]  # of all its questions
    messages: list[GapMessage]  # the most typical of them
    answers: list[GapAnswer]
    draft_id: str | None

    @classmethod
    def of(cls, gap: Gap) -> GapView:
        """Show a gap."""
        found = gap.cluster.candidates
        messages = [
            GapMessage(
                message_id=one.message.id,
                conversation_id=one.message.conversation_id,
                text=masked(one.message.text, one.names),
                at=one.message.created_at,
            )
            for one in found[:MOST_QUOTED]
        ]
        return cls(
            says=messages[0].text,
            conversations=gap.cluster.conversations,
            impact=gap.cluster.impact,
            frustration=max(one.turn.frustration or 0.0 if one.turn else 0.0 for one in found),
            message_ids=[one.message.id for one in found],
            messages=messages,
            answers=[GapAnswer(conversation_id=one.conversation_id, text=one.text) for one in gap.answers],
            draft_id=gap.draft_id,
        )


class GapsView(BaseModel):
    """The gaps of a period, the costliest first."""

    period: PeriodView
    gaps: list[GapView]


class NewPayoff(Request):
    """Which draft is to be tried on which days' questions."""

    article_id: Annotated[str, Field(max_length=120)]
    kb: Annotated[str, Field(max_length=100)] = "main"
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = DAYS


class PredictedView(BaseModel):
    """What the replay found."""

    first: str
    last: str
    questions: int
    gained: int  # questions the draft answers, and nothing does now
    gained_conversations: int
    stolen: int  # questions that another article answers now
    own: int  # questions the draft was written from, counted apart
    cut_off: float  # confidence from which the bot answers


class RealView(BaseModel):
    """What it answered after it was published."""

    published_at: datetime
    days: float  # of fourteen
    settled: bool  # the two weeks are over
    answered: int
    rejected: int
    predicted: float  # for as many days

    @classmethod
    def of(cls, real: Real) -> RealView:
        """Show what became of a prediction."""
        return cls(
            published_at=real.published_at,
            days=real.days,
            settled=real.settled,
            answered=real.answered,
            rejected=real.rejected,
            predicted=real.predicted,
        )


class PayoffView(BaseModel):
    """A prediction, and what became of it."""

    job_id: str
    article_id: str
    kb: str
    title: str
    state: str
    progress: float
    problem: str | None  # why it failed
    predicted: PredictedView | None
    real: RealView | None

    @classmethod
    def of(cls, payoff: Payoff) -> PayoffView:
        """Show a prediction."""
        job = payoff.job
        return cls(
            job_id=job.id,
            article_id=job.arguments["article_id"],
            kb=job.arguments["kb"],
            title=payoff.title,
            state=job.state,
            progress=job.progress,
            problem=job.log.strip().splitlines()[-1] if job.state == "failed" and job.log else None,
            predicted=PredictedView.model_validate(payoff.predicted) if payoff.predicted else None,
            real=RealView.of(payoff.real) if payoff.real else None,
        )


class Payoffs(BaseModel):
    """The newest prediction of each draft, newest first."""

    payoffs: list[PayoffView]


@router.get("/gaps")
async def gaps(_: AdminCaller, period: PeriodDep, store: StoreDep, meanings: MeaningsDep) -> GapsView:
    """Show what customers asked in a period and nothing answered, together by meaning, the costliest first."""
    found = await store.read(lambda session: [GapView.of(gap) for gap in gaps_of(session, period, meanings.vectors)])
    return GapsView(period=PeriodView.of(period), gaps=found)


@router.post("/payoffs", status_code=202)
async def predict(body: NewPayoff, caller: AdminCaller, store: StoreDep, clock: ClockDep) -> JobQueued:
    """Have the worker replay a period's questions with a draft in the index."""
    now = clock.now()

    def queue(session: Session) -> str:
        if drafted_article(session, body.kb, body.article_id) is None:
            raise not_found("A draft of this article")
        record_audit(session, caller.actor, "predict_payoff", at=now, subject=body.article_id, details={"kb": body.kb})
        return enqueue(session, KIND, body.model_dump(), requested_by=caller.actor, now=now)

    return JobQueued(job_id=await store.write(queue))


@router.get("/payoffs")
async def list_payoffs(_: AdminCaller, store: StoreDep, clock: ClockDep) -> Payoffs:
    """List what drafts were predicted to answer, and what they answered in the two weeks after their publishing."""
    now = clock.now()
    return Payoffs(payoffs=await store.read(lambda session: [PayoffView.of(one) for one in payoffs(session, now=now)]))
