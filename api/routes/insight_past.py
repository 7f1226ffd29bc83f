"""What the bot said on that day and why, beside what it would say today."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from api.dependencies import SearchDep, SettingsDep, StoreDep
from api.errors import ApiError
from api.insight.past import Met, decided_now, met, winner
from api.rasa.gateway import Rasa, RasaFailed
from api.review.questions import relearnt_since
from api.routes.questions import names_of
from api.schemas.past import Decided, Searched, Side, ThenAndNow, Understood, shown, then_of
from api.schemas.questions import RelearntView
from api.schemas.rasa import Line, SearchSummary, TurnContext, TurnRequest
from api.schemas.suggestions import SuggestionSetOut
from api.security.callers import AdminCaller
from api.store.database import Store
from api.store.ids import new_id
from api.strings.catalogue import say
from api.suggestions.finder import AsOf, Finder, SearchUnavailable
from api.suggestions.service import SPEAKERS
from api.suggestions.sets import stored_set
from api.worker.trial import Guess

router = APIRouter(prefix="/v1/insight", tags=["insight"])

ASKED = 5  # suggestions, as many as are stored with a message
PATIENCE_S = 6.0
MOST_RELEARNT = 20  # wordings that search learnt or forgot since


@router.get("/messages/{message_id}")
async def then_and_now(
    message_id: str, request: Request, _: AdminCaller, store: StoreDep, search: SearchDep, settings: SettingsDep
) -> ThenAndNow:
    """Show how a stored message was met and why, and how today's index, model and rules would meet it."""
    found = await store.read(lambda session: met(session, message_id, characters=settings.model_characters))
    if found is None:
        raise ApiError(404, "not_found", say("insight.not_a_message"))
    stored = await store.read(lambda session: stored_set(session, message_id))
    notes: list[str] = [] if stored else [say("insight.no_search_then")]
    again = await run_in_threadpool(_again, search, found, stored, notes)
    today = await run_in_threadpool(_today, search, found, notes)
    understood = await _understood(request.app.state.rasa, store, found, today, notes)
    return ThenAndNow(
        message_id=message_id,
        conversation_id=found.conversation.id,
        text=shown(found, found.message.text),
        at=found.message.created_at,
        outcome=found.message.outcome,
        said=[shown(found, line.text) for line in found.said],
        not_said=[shown(found, text) for text in found.not_said],
        then=then_of(found, stored, again),
        again=Searched.of(again) if again else None,
        same=_same(stored, again),
        now=Side(
            search=Searched.of(today) if today else None,
            understood=understood,
            hand_off=Decided.of(decided_now(found.turn)),
        ),
        relearnt=await store.read(lambda session: _relearnt(session, found, stored, today)),
        notes=notes,
    )


def _relearnt(session: Session, found: Met, stored: SuggestionSetOut | None, today: AsOf | None) -> list[RelearntView]:
    """Return what search learnt since about the articles it suggested then, or would suggest today."""
    articles = {one.article_id for one in stored.suggestions} if stored else set()
    articles |= {one.article_id for one in today.finding.suggestions} if today else set()
    changes = relearnt_since(session, found.question.kb, articles, found.message.created_at)
    names = names_of(session)
    return [RelearntView.of(one, names) for one in changes[:MOST_RELEARNT]]


def _ask(search: Finder, found: Met, version: str | None) -> AsOf:
    from kb_index.search import Utterance  # heavy: FAISS and spaCy come with it

    question = found.question
    history = [Utterance(SPEAKERS[line.speaker], line.text) for line in question.history if line.speaker in SPEAKERS]
    return search.find_as_of(question.text, kb=question.kb, version=version, history=history, limit=ASKED)


def _again(search: Finder, found: Met, stored: SuggestionSetOut | None, notes: list[str]) -> AsOf | None:
    """Ask the index of that day once more, or note why that is not possible."""
    if stored is None:
        return None
    try:
        asked = _ask(search, found, stored.kb_version)
    except SearchUnavailable as error:
        gone = "No such file" in str(error)
        kind = "insight.index_gone" if gone else "insight.index_unusable"
        notes.append(say(kind, version=stored.kb_version, why=str(error)))
        return None
    if asked.finding.model_version != stored.model_version:
        notes.append(say("insight.rules_changed", then=stored.model_version, now=asked.finding.model_version))
    return asked


def _today(search: Finder, found: Met, notes: list[str]) -> AsOf | None:
    try:
        return _ask(search, found, None)
    except SearchUnavailable as error:
        notes.append(say("insight.now_unavailable", why=str(error)))
        return None


def _same(stored: SuggestionSetOut | None, again: AsOf | None) -> bool | None:
    """Say whether the index of that day still says what it said."""
    if stored is None or again is None:
        return None
    then = [(one.article_id, one.answer) for one in stored.suggestions[:1]]
    once_more = [(one.article_id, one.answer) for one in again.finding.suggestions[:1]]
    return (stored.decision, then) == (again.finding.decision, once_more)


async def _understood(rasa: Rasa, store: Store, found: Met, today: AsOf | None, notes: list[str]) -> Understood | None:
    """Have the serving model read the message, as an observer: nothing is said, and nothing kept."""
    try:
        process = await rasa.choose()
        if process is None:
            raise RasaFailed("no_process")
        answer = await rasa.turn(process, _turn(found, today), timeout_s=PATIENCE_S)
    except RasaFailed as error:
        notes.append(say("insight.bot_unavailable", why=error.code))
        return None
    read = answer.understanding
    if read is None or read.intent is None:
        return None
    guess = Guess(read.intent, read.confidence or 0.0)
    sure = today.finding.confidence if today else None
    taken, cut_off = await store.read(lambda session: winner(session, guess, search_confidence=sure))
    return Understood(
        model_version=answer.model_version,
        intent=read.intent,
        confidence=read.confidence,
        search_confidence=sure,
        outcome=taken,
        cut_off=cut_off,
        frustration=read.frustration.score,
    )


def _turn(found: Met, today: AsOf | None) -> TurnRequest:
    first = today.finding.suggestions[0].article_id if today and today.finding.suggestions else None
    signals = (found.turn.signals if found.turn else None) or {}
    return TurnRequest(
        mode="observe",
        conversation_id=f"past-{new_id()}",
        message_id=found.message.id,
        turn=found.turn.number if found.turn else 1,
        speaker="customer",
        text=found.question.text,
        payload=None,
        customer={"name": None},
        history=[
            Line(seq=line.seq, sender=line.sender, text=line.text, created_at=line.created_at.isoformat())
            for line in found.seq_lines
        ],
        state=found.before.rasa_state if found.before else None,
        search=None
        if today is None
        else SearchSummary(
            suggestion_set_id="",
            decision=today.finding.decision,
            confidence=today.finding.confidence,
            top_article_id=first,
        ),
        context=TurnContext(
            offer_open=bool(signals.get("offer_open")),
            offered_before=bool(signals.get("offered_before")),
            failed_turns=int(signals.get("failed_turns") or 0),
            availability="",
        ),
    )
