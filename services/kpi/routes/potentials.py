"""Potentials of territories and products: set, corrected, listed."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.kpi.domain.forecast.past import Measure
from services.kpi.repository.territories import potentials as rows
from services.kpi.repository.territories.potentials import PotentialFilter
from services.kpi.routes.territories import MAY_SURVEY, Surveyor
from services.kpi.routes.versions import VersionsOf
from services.kpi.schemas.fields import Day
from services.kpi.schemas.potentials import PotentialIn, PotentialOut
from services.kpi.schemas.territory_facts import Words
from services.kpi.use_cases.territories import potentials
from shared.database import reading, transaction
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, IfMatch, Limit, Now
from shared.web.pagination import LINKED, Page, page, uuid_cursor

router = APIRouter(tags=["planning"], dependencies=[Depends(MAY_SURVEY)])


@router.post("/v1/potentials", status_code=201)
async def create_potential(
    caller: Surveyor, body: PotentialIn, database: DatabaseOf, now: Now
) -> PotentialOut:
    """Say what can be sold at most. One whose sales potential lies above the market's, or below the
    latest forecast of the same thing, is refused, and the field is named.
    """
    async with transaction(database) as session:
        item = await potentials.create_potential(
            session, body.potential(), actor=caller.actor, now=now
        )
    return PotentialOut.of(item)


@router.get("/v1/potentials")
async def list_potentials(  # noqa: PLR0917  FastAPI passes by name
    database: DatabaseOf,
    territory_id: UUID | None = None,
    product: Words | None = None,
    measure: Measure | None = None,
    on: Annotated[Day | None, Query()] = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[PotentialOut]:
    """All potentials as they are now, the newest first; `on` is a day that lies in their time."""
    before = uuid_cursor(cursor)
    criteria = PotentialFilter(territory_id, product, measure, on)
    async with reading(database) as session:
        versions = await rows.list_potentials(session, criteria, before=before, limit=limit)
    items = [PotentialOut.of(item) for item in versions]
    return page(items, limit=limit, key=lambda item: item.potential_id)


@router.get("/v1/potentials/{potential_id}", responses=LINKED)
async def show_potential(
    database: DatabaseOf, pages: VersionsOf, potential_id: UUID
) -> list[PotentialOut]:
    """The versions of one potential, the latest first, each with its assumption."""
    async with reading(database) as session:
        versions = await rows.list_versions(session, potential_id, pages.part)
    return [PotentialOut.of(version) for version in pages.page(versions)]


@router.put("/v1/potentials/{potential_id}")
async def correct_potential(
    *,
    caller: Surveyor,
    body: PotentialIn,
    database: DatabaseOf,
    now: Now,
    version: IfMatch,
    potential_id: UUID,
) -> PotentialOut:
    """Correct it. Below a goal that rests on it, or below the latest forecast, it cannot fall."""
    async with transaction(database) as session:
        item = await potentials.correct_potential(
            session,
            potential_id,
            body.potential(),
            version=version,
            actor=caller.actor,
            now=now,
        )
    return PotentialOut.of(item)
