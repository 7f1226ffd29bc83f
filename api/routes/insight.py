"""The dashboard: a period at a glance, the conversations behind each figure, and the plots."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from api.dependencies import ClockDep, CompanyDep, LooksDep, StoreDep
from api.desk.conversations import listed
from api.errors import ApiError, not_found
from api.insight.drawing import draw_trend
from api.insight.period import MOST_DAYS, Period, period_of
from api.insight.refs import Ref
from api.insight.trends import TRENDS
from api.insight.words import figure_words
from api.privacy.masking import masked
from api.schemas.desk import ConversationRow
from api.schemas.insight import Counted, CountedList, InsightView, ordered
from api.security.callers import AdminCaller
from api.store.tables import ArticleFeedback, Conversation, Message
from api.strings.catalogue import say

router = APIRouter(prefix="/v1/insight", tags=["insight"])

PAGE = 50
# A plot carries its own styles; it runs nothing and calls nowhere.
PLOT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"


def asked_period(
    clock: ClockDep,
    company: CompanyDep,
    days: Annotated[int | None, Query(ge=1, le=MOST_DAYS)] = None,
    first: date | None = None,
    last: date | None = None,
) -> Period:
    """Return the period that a call names: `first` to `last`, or so many days up to today."""
    try:
        return period_of(clock.now(), company.time_zone, days=days, first=first, last=last)
    except (ValueError, OverflowError):
        raise ApiError(422, "invalid", say("insight.bad_period", days=MOST_DAYS)) from None


PeriodDep = Annotated[Period, Depends(asked_period)]


@router.get("")
async def insight(_: AdminCaller, period: PeriodDep, looks: LooksDep, store: StoreDep) -> InsightView:
    """Show a period at a glance: conversations belong to the day they began."""
    look = await looks.of(period)
    return InsightView.of(look, await store.read(lambda session: _presses(session, period)))


@router.get("/conversations")
async def counted(
    _: AdminCaller,
    period: PeriodDep,
    looks: LooksDep,
    store: StoreDep,
    figure: Annotated[str, Query(max_length=200)],
    after: Annotated[int, Query(ge=0)] = 0,
) -> CountedList:
    """List what a figure counts: its conversations, with the message that counted where there is one."""
    look = await looks.of(period)
    refs = look.refs(figure)
    if refs is None:
        raise ApiError(404, "not_found", say("insight.unknown_figure"))
    page = ordered(list(refs))[after : after + PAGE]
    more = after + len(page) < len(refs)
    return CountedList(
        name=figure,
        words=figure_words(figure, {use.article_id: use.title for use in look.articles}),
        count=len(refs),
        rows=await store.read(lambda session: _rows(session, page)),
        next_after=after + PAGE if more else None,
    )


@router.get("/plots/{name}.svg", response_class=Response)
async def plot(name: str, _: AdminCaller, period: PeriodDep, looks: LooksDep) -> Response:
    """Draw a trend of the period."""
    trend = next((one for one in TRENDS if one.name == name), None)
    if trend is None:
        raise not_found("This plot")
    drawn = draw_trend(trend, (await looks.of(period)).steps)
    return Response(drawn, media_type="image/svg+xml", headers={"Content-Security-Policy": PLOT_POLICY})


def _presses(session: Session, period: Period) -> dict[str, tuple[int, int]]:
    """Return the presses on "was this helpful" under articles' own pages, helpful ones first."""
    helpful = func.sum(case((ArticleFeedback.helpful, 1), else_=0))
    query = select(ArticleFeedback.article_id, helpful, func.count()).group_by(ArticleFeedback.article_id)
    rows = session.execute(
        query.where(ArticleFeedback.created_at >= period.start, ArticleFeedback.created_at < period.end)
    )
    return {article_id: (int(yes), int(every) - int(yes)) for article_id, yes, every in rows}


def _rows(session: Session, refs: Sequence[Ref]) -> list[Counted]:
    ids = {ref.conversation_id for ref in refs}
    found = listed(session, session.scalars(select(Conversation).where(Conversation.id.in_(ids))).all())
    chats = {one.conversation.id: one for one in found}
    wanted = {ref.message_id for ref in refs if ref.message_id}
    messages = {row.id: row for row in session.scalars(select(Message).where(Message.id.in_(wanted)))}
    rows = []
    for ref in refs:
        if ref.conversation_id not in chats:
            continue  # erased since it was counted
        chat, message = chats[ref.conversation_id], messages.get(ref.message_id or "")
        names = [chat.conversation.customer_name]
        rows.append(
            Counted(
                conversation=ConversationRow.of(chat),
                message_id=message.id if message else None,
                text=masked(message.text, names) if message else None,
                at=message.created_at if message else None,
                value=ref.value,
            )
        )
    return rows
