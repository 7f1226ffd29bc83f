"""What customers call things that the articles call something else: read and edited by administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.articles.synonyms import save_synonyms, versions_of
from api.dependencies import ClockDep, StoreDep
from api.errors import not_found
from api.schemas.synonyms import SynonymEdit, SynonymsShown, SynonymVersion
from api.security.callers import AdminCaller
from api.store.tables import Agent, KnowledgeBase

router = APIRouter(prefix="/v1/synonyms", tags=["articles"])
Kb = Annotated[str, Query(max_length=100)]
VERSIONS = 20


@router.get("")
async def read_synonyms(_: AdminCaller, store: StoreDep, kb: Kb = "main") -> SynonymsShown:
    """Show a knowledge base's synonyms with their latest wordings."""

    def read(session: Session) -> SynonymsShown:
        if session.get(KnowledgeBase, kb) is None:
            raise not_found("This knowledge base")
        return _shown(session, kb)

    return await store.read(read)


@router.put("")
async def write_synonyms(
    body: SynonymEdit, caller: AdminCaller, store: StoreDep, clock: ClockDep, kb: Kb = "main"
) -> SynonymsShown:
    """Give a knowledge base another list; search follows once the index is rebuilt."""
    now = clock.now()

    def write(session: Session) -> SynonymsShown:
        save_synonyms(session, kb, body.entries(), by=caller.actor, now=now, replacing=body.version)
        session.flush()
        return _shown(session, kb)

    return await store.write(write)


def _shown(session: Session, kb: str) -> SynonymsShown:
    names = {f"agent:{agent.id}": agent.name for agent in session.scalars(select(Agent))}
    versions = [SynonymVersion.of(row, names) for row in versions_of(session, kb)[:VERSIONS]]
    if not versions:
        return SynonymsShown(version=0, synonyms=[], versions=[])
    return SynonymsShown(version=versions[0].version, synonyms=versions[0].synonyms, versions=versions)
