"""Territories: placed in their tree, corrected, and what is known of each on a day."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.kpi.repository.reports.figures import take_snapshot
from services.kpi.repository.territories import territories as rows
from services.kpi.repository.versions import Part
from services.kpi.schemas.fields import Day
from services.kpi.schemas.territories import TerritoryIn, TerritoryOut, TerritoryViewOut
from services.kpi.use_cases.territories import tree
from shared.database import reading, transaction
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, IfMatch, Limit, Now
from shared.web.pagination import Page, number_cursor, page, uuid_cursor
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
    *,
    database: DatabaseOf,
    now: Now,
    territory_id: UUID,
    on: Annotated[Day | None, Query()] = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Limit = LIMIT_DEFAULT,
) -> TerritoryViewOut:
    """Where it lies, what was known of it on a day (today, in UTC), and its revisions, page by
    page.
    """
    day, part = now.date() if on is None else on, Part(number_cursor(cursor), limit)
    async with transaction(database) as session:
        await take_snapshot(session)
        view = await tree.show_territory(session, territory_id, day, part)
    return TerritoryViewOut.of(view, page(view.versions, limit=limit, key=lambda one: one.version))


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


@router.delete("/v1/territories/{territory_id}", status_code=204)
async def delete_territory(
    database: DatabaseOf, now: Now, version: IfMatch, territory_id: UUID
) -> Response:
    """Take it away, if nothing lies in it, and no fact, potential, goal or forecast needs it; else
    409 names what does (`hanging`).
    """
    async with transaction(database) as session:
        await tree.delete_territory(session, territory_id, version=version, now=now)
    return Response(status_code=204)
