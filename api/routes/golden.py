"""Golden dialogues: conversations that have to go again as they went, whatever model answers."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy.orm import Session

from api.dependencies import ClockDep, SettingsDep, StoreDep
from api.schemas.golden import GoldenList, GoldenShown, NewGolden
from api.security.callers import AdminCaller
from api.worker.dialogues import read_dialogues
from api.worker.golden_dialogues import Keeper, keep, let_go, standing

router = APIRouter(prefix="/v1/golden-dialogues", tags=["administration"])


@router.get("")
async def list_golden(_: AdminCaller, store: StoreDep, settings: SettingsDep) -> GoldenList:
    """List what a candidate model is held to."""

    def read(session: Session) -> GoldenList:
        made = [GoldenShown.of(row) for row in standing(session)]
        names = {one.name for one in made}
        written = [GoldenShown.written(one) for one in read_dialogues(settings.data_dir)]
        return GoldenList(dialogues=[*made, *(one for one in written if one.name not in names)])

    return await store.read(read)


@router.post("", status_code=201)
async def keep_conversation(
    body: NewGolden, admin: AdminCaller, store: StoreDep, clock: ClockDep, settings: SettingsDep
) -> GoldenShown:
    """Hold every later model to a real conversation, without its personal data; up to where a person took over."""
    keeper = Keeper(admin.actor, clock.now())
    return await store.write(
        lambda session: GoldenShown.of(keep(session, settings.data_dir, body.conversation_id, body.name, keeper))
    )


@router.delete("/{golden_id}", status_code=204)
async def let_go_of_conversation(golden_id: str, admin: AdminCaller, store: StoreDep, clock: ClockDep) -> None:
    """Hold no model to it any more."""
    keeper = Keeper(admin.actor, clock.now())
    await store.write(lambda session: let_go(session, golden_id, keeper))
