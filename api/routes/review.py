"""The review list, labels and intents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.articles.catalogue import current_articles
from api.dependencies import ClockDep, MeaningsDep, StoreDep
from api.desk.pages import PageEnd, page_end
from api.errors import ApiError, not_found
from api.review.candidates import ReviewReason, candidates
from api.review.clusters import Cluster, clusters
from api.review.examples import correct_example
from api.review.intents import Facts, save_intent, versions_of
from api.review.intents import remove_intent as remove_row
from api.review.labels import Writer, check_unchanged, label_message, labels_of_batch, standing_label, undo_label
from api.review.neighbours import Likely, known_sentences, likely_labels
from api.schemas.review import (
    ExampleCorrection,
    ExamplesCorrected,
    IntentList,
    IntentVersions,
    IntentVersionView,
    IntentView,
    LabelStored,
    LabelUndone,
    LabelView,
    LikelyLabel,
    ManyLabelled,
    ManyLabels,
    NewIntent,
    NewLabel,
    ReviewCluster,
    ReviewClusters,
    ReviewList,
    ReviewRow,
)
from api.security.audit import record_audit
from api.security.callers import AdminCaller
from api.store.ids import new_id
from api.store.tables import Agent, Intent, Label, TrainingExample
from api.strings.catalogue import say

MOST_CLUSTERED = 300  # the newest messages worth a look
MOST_WITH_LIKELY = 40  # clusters that get likely labels; nobody looks at more in one sitting

router = APIRouter(prefix="/v1", tags=["review"])


@router.get("/review")
async def review(
    _: AdminCaller,
    store: StoreDep,
    reason: ReviewReason | None = None,
    labelled: bool = False,
    before: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ReviewList:
    """List messages that were not understood well, whose answer was rejected, or that led to a hand-off."""
    end = page_end(before)

    def read(session: Session) -> ReviewList:
        found = candidates(session, reason=reason, labelled=labelled, before=end, limit=limit)
        rows = [ReviewRow.of(one) for one in found]
        more = len(rows) == limit
        last = str(PageEnd(rows[-1].created_at, rows[-1].message_id)) if more else None
        return ReviewList(messages=rows, next_before=last)

    return await store.read(read)


@router.get("/review/clusters")
async def review_clusters(
    _: AdminCaller,
    store: StoreDep,
    meanings: MeaningsDep,
    reason: ReviewReason | None = None,
    kb: Annotated[str, Query(max_length=100)] = "main",
    likely: bool = False,
) -> ReviewClusters:
    """Show what went wrong by what it means, what matters most first.

    With `likely`, each comes with the labels that the nearest known sentences speak for; the first time this reads all
    of them, which takes seconds.
    """
    found = await store.read(lambda session: candidates(session, reason=reason, limit=MOST_CLUSTERED))
    made = await run_in_threadpool(clusters, found, meanings.vectors)
    titles = await store.read(lambda session: {a.article_id: a.title for a in current_articles(session, kb)})
    labels: list[list[Likely]] = [[] for _ in made]
    if likely:
        sentences = await store.read(lambda session: known_sentences(session, kb))
        looked_at = made[:MOST_WITH_LIKELY]
        labels[: len(looked_at)] = await run_in_threadpool(
            lambda: [likely_labels(one.middle, sentences, meanings.vectors) for one in looked_at]
        )
    shown = await run_in_threadpool(  # masking reads every message for names
        lambda: [_cluster(one, speak_for, titles) for one, speak_for in zip(made, labels, strict=True)]
    )
    return ReviewClusters(
        clusters=shown,
        messages=len(found),
        truncated=len(found) == MOST_CLUSTERED,
    )


@router.post("/labels", status_code=201)
async def label(body: NewLabel, caller: AdminCaller, store: StoreDep, clock: ClockDep) -> LabelStored:
    """Say what a message means; the next training or index learns from it."""
    writer = Writer(caller.agent_id, clock.now())

    def store_label(session: Session) -> LabelStored:
        if body.is_guarded:
            check_unchanged(session, body.message_id, body.replaces)
        if body.new_intent is not None:
            add_intent(session, body.new_intent, writer)
        learnt = label_message(session, body.message_id, body.meaning, writer)
        return LabelStored(
            **LabelView.of(learnt.label, _names(session, caller.agent_id)).model_dump(),
            message_id=body.message_id,
            training_example_id=learnt.training_example_id,
            article_version=learnt.article_version,
            labelled_question_id=learnt.labelled_question_id,
            draft_id=learnt.draft_id,
        )

    return await store.write(store_label)


@router.post("/labels/bulk", status_code=201)
async def label_many(body: ManyLabels, caller: AdminCaller, store: StoreDep, clock: ClockDep) -> ManyLabelled:
    """Say what many messages mean at one stroke; what somebody labelled meanwhile is left alone."""
    writer = Writer(caller.agent_id, clock.now(), batch=new_id())

    def store_labels(session: Session) -> ManyLabelled:
        if body.new_intent is not None:
            add_intent(session, body.new_intent, writer)
        told = ManyLabelled(batch=writer.batch or "", labelled=[], left_alone=[])
        for message_id in dict.fromkeys(body.message_ids):
            if standing_label(session, message_id) is not None:
                told.left_alone.append(message_id)
                continue
            learnt = label_message(session, message_id, body.meaning, writer)
            told.labelled.append(message_id)
            told.draft_id = told.draft_id or learnt.draft_id
        return told

    return await store.write(store_labels)


@router.delete("/labels/bulk/{batch}")
async def undo_many(batch: str, caller: AdminCaller, store: StoreDep, clock: ClockDep) -> LabelUndone:
    """Take back what was labelled at one stroke, but for what somebody has labelled anew since."""
    writer = Writer(caller.agent_id, clock.now())

    def undo(session: Session) -> LabelUndone:
        given = labels_of_batch(session, batch)
        if not given:
            raise not_found("These labels")
        standing = [one for one in given if (now := standing_label(session, one.message_id)) and now.id == one.id]
        for one in standing:
            undo_label(session, one.id, writer)
        return LabelUndone(message_ids=[one.message_id for one in standing])

    return await store.write(undo)


@router.delete("/labels/{label_id}")
async def undo_one(label_id: str, caller: AdminCaller, store: StoreDep, clock: ClockDep) -> LabelUndone:
    """Take a label back, with everything it taught."""
    writer = Writer(caller.agent_id, clock.now())

    def undo(session: Session) -> LabelUndone:
        before = undo_label(session, label_id, writer)
        message_id = session.get_one(Label, label_id).message_id
        standing = None if before is None else LabelView.of(before, _names(session, before.agent_id))
        return LabelUndone(message_ids=[message_id], standing=standing)

    return await store.write(undo)


@router.post("/training-examples/correct")
async def correct(body: ExampleCorrection, caller: AdminCaller, store: StoreDep, clock: ClockDep) -> ExamplesCorrected:
    """Give a doubted training example another intent, or take it out of the next training."""
    writer = Writer(caller.agent_id, clock.now())
    count = await store.write(lambda session: correct_example(session, body.text, body.intent, body.to, writer))
    return ExamplesCorrected(corrected=count)


@router.get("/intents")
async def list_intents(_: AdminCaller, store: StoreDep) -> IntentList:
    """List every intent with its outcome and how many examples it has."""

    def read(session: Session) -> IntentList:
        counted = select(TrainingExample.intent, func.count()).where(TrainingExample.deleted_at.is_(None))
        counts = {row[0]: row[1] for row in session.execute(counted.group_by(TrainingExample.intent))}
        rows = session.scalars(select(Intent).where(Intent.deleted_at.is_(None)).order_by(Intent.name))
        return IntentList(intents=[_view(row, counts.get(row.name, 0)) for row in rows])

    return await store.read(read)


@router.post("/intents", status_code=201)
async def new_intent(body: NewIntent, caller: AdminCaller, store: StoreDep, clock: ClockDep) -> IntentView:
    """Add an intent, to label messages to."""
    writer = Writer(caller.agent_id, clock.now())
    return await store.write(lambda session: _view(add_intent(session, body, writer), 0))


@router.delete("/intents/{name}", status_code=204)
async def remove_intent(name: str, caller: AdminCaller, store: StoreDep, clock: ClockDep) -> None:
    """Take an intent out of the next training."""
    now = clock.now()

    def take_out(session: Session) -> None:
        row = session.get(Intent, name)
        if row is None or row.deleted_at is not None:
            raise not_found("This intent")
        remove_row(session, row, by=caller.actor, now=now)
        record_audit(session, caller.actor, "remove_intent", at=now, subject=name)

    await store.write(take_out)


@router.get("/intents/{name}/versions")
async def intent_versions(name: str, _: AdminCaller, store: StoreDep) -> IntentVersions:
    """Show what an intent was, newest first, and who changed it."""

    def read(session: Session) -> IntentVersions:
        names = {f"agent:{agent.id}": agent.name for agent in session.scalars(select(Agent))}
        versions = [IntentVersionView.of(row, names) for row in versions_of(session, name)]
        if not versions:
            raise not_found("This intent")
        return IntentVersions(name=name, versions=versions)

    return await store.read(read)


def add_intent(session: Session, new: NewIntent, writer: Writer) -> Intent:
    """Add an intent, or bring a removed one back.

    Raises:
        ApiError: 409, there is one of this name.
    """
    row = session.get(Intent, new.name)
    if row is not None and row.deleted_at is None:
        raise ApiError(409, "intent_exists", say("review.intent_exists"))
    facts = Facts(new.outcome, new.target, new.cut_off, new.description)
    save_intent(session, new.name, facts, by=writer.actor, now=writer.now)
    record_audit(session, writer.actor, "add_intent", at=writer.now, subject=new.name)
    return session.get_one(Intent, new.name)


def _cluster(one: Cluster, labels: Sequence[Likely], titles: Mapping[str, str]) -> ReviewCluster:
    rows = [ReviewRow.of(candidate) for candidate in one.candidates]
    counted = Counter(reason for row in rows for reason in row.reasons)
    return ReviewCluster(
        says=rows[0].text,
        impact=one.impact,
        conversations=one.conversations,
        frustration=max((row.frustration or 0.0 for row in rows), default=0.0),
        reasons=dict(counted),
        likely=[
            LikelyLabel(
                kind=label.kind,
                name=label.name,
                title=titles.get(label.name, label.name) if label.kind == "article" else label.name,
                similarity=label.similarity,
                example=label.example,
            )
            for label in labels
        ],
        messages=rows,
    )


def _names(session: Session, agent_id: str | None) -> dict[str, str]:
    agent = session.get(Agent, agent_id) if agent_id else None
    return {agent.id: agent.name} if agent else {}


def _view(row: Intent, examples: int) -> IntentView:
    return IntentView.model_validate(
        {
            "name": row.name,
            "outcome": row.outcome,
            "target": row.target,
            "cut_off": row.cut_off,
            "description": row.description,
            "examples": examples,
        }
    )
