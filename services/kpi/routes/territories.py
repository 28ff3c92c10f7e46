"""Territories: placed in their tree, corrected, and what is known of each on a day."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.kpi.repository.reports.figures import take_snapshot
from services.kpi.repository.territories import territories as rows
from services.kpi.schemas.fields import Day
from services.kpi.schemas.territories import TerritoryIn, TerritoryOut, TerritoryViewOut
from services.kpi.use_cases.territories import tree
from shared.database import reading, transaction
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, IfMatch, Limit, Now
from shared.web.pagination import Page, page, uuid_cursor
from shared.web.tokens import Caller

MAY_SURVEY = Allow("supervisor")
Surveyor = Annotated[Caller, Depends(MAY_SURVEY)]
router = APIRouter(tags=["planning"], dependencies=[Depends(MAY_SURVEY)])


@router.post("/v1/territories", status_code=201)
async def create_territory(
    caller: Surveyor, body: TerritoryIn, database: DatabaseOf, now: Now
) -> TerritoryOut:
    """Place a territory in the tree. Two in the same place have different names."""
    async with transaction(database) as session:
        item = await tree.create_territory(session, body.fields(), actor=caller.actor, now=now)
    return TerritoryOut.of(item)


@router.get("/v1/territories")
async def list_territories(
    database: DatabaseOf,
    parent_id: UUID | None = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[TerritoryOut]:
    """All territories, or those that lie in one, as they are now, the newest first."""
    before = uuid_cursor(cursor)
    async with reading(database) as session:
        versions = await rows.list_territories(
            session, parent_id=parent_id, before=before, limit=limit
        )
    items = [TerritoryOut.of(item) for item in versions]
    return page(items, limit=limit, key=lambda item: item.territory_id)


@router.get("/v1/territories/{territory_id}")
async def show_territory(
    database: DatabaseOf,
    now: Now,
    territory_id: UUID,
    on: Annotated[Day | None, Query()] = None,
) -> TerritoryViewOut:
    """Where it lies, what was known of it on a day (today, in UTC), and all its revisions."""
    day = now.date() if on is None else on
    async with transaction(database) as session:
        await take_snapshot(session)
        view = await tree.show_territory(session, territory_id, day)
    return TerritoryViewOut.of(view)


@router.put("/v1/territories/{territory_id}")
async def correct_territory(
    *,
    caller: Surveyor,
    body: TerritoryIn,
    database: DatabaseOf,
    now: Now,
    version: IfMatch,
    territory_id: UUID,
) -> TerritoryOut:
    """Name it anew, or place it elsewhere; what lies in it goes with it. It cannot lie in itself,
    nor in what lies in it.
    """
    async with transaction(database) as session:
        item = await tree.correct_territory(
            session, territory_id, body.fields(), version=version, actor=caller.actor, now=now
        )
    return TerritoryOut.of(item)
