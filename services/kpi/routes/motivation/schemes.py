"""Pay schemes: drafted in versions, compared, and approved from a month on."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query

from services.kpi.domain.motivation.codec import differences, terms_json
from services.kpi.repository.motivation import schemes as rows
from services.kpi.repository.motivation.schemes import Scheme
from services.kpi.routes.motivation.access import MAY_PAY, Cursor, Payer
from services.kpi.schemas.fields import first_day
from services.kpi.schemas.motivation.schemes import (
    ApprovalIn,
    ComparisonOut,
    DifferenceOut,
    SchemeOut,
)
from services.kpi.schemas.motivation.terms import SchemeIn
from services.kpi.use_cases.motivation import schemes
from shared.database import reading, transaction
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, IfMatch, Limit, Now
from shared.web.pagination import Page, number_cursor, page, uuid_cursor

router = APIRouter(tags=["motivation"], dependencies=[Depends(MAY_PAY)])
LAST_VERSION = 2**31 - 1
Version = Annotated[int, Path(ge=1, le=LAST_VERSION)]


@router.post("/v1/motivation/schemes", status_code=201)
async def create_scheme(caller: Payer, body: SchemeIn, database: DatabaseOf, now: Now) -> SchemeOut:
    """Draft a scheme; it pays nobody until it is approved."""
    async with transaction(database) as session:
        item = await schemes.create_scheme(session, body.draft(), actor=caller.actor, now=now)
    return SchemeOut.of(item)


@router.get("/v1/motivation/schemes")
async def list_schemes(
    database: DatabaseOf, cursor: Cursor = None, limit: Limit = LIMIT_DEFAULT
) -> Page[SchemeOut]:
    """The latest version of each, the newest first."""
    before = uuid_cursor(cursor)
    async with reading(database) as session:
        items = await rows.list_schemes(session, before=before, limit=limit)
    return page([SchemeOut.of(item) for item in items], limit=limit, key=lambda one: one.scheme_id)


@router.put("/v1/motivation/schemes/{scheme_id}")
async def revise_scheme(
    *,
    caller: Payer,
    body: SchemeIn,
    database: DatabaseOf,
    now: Now,
    version: IfMatch,
    scheme_id: UUID,
) -> SchemeOut:
    """Draft the next version; those before stay as they are, and go on paying if approved."""
    async with transaction(database) as session:
        item = await schemes.revise_scheme(
            session, scheme_id, body.draft(), version=version, actor=caller.actor, now=now
        )
    return SchemeOut.of(item)


@router.get("/v1/motivation/schemes/{scheme_id}/versions")
async def list_versions(
    database: DatabaseOf, scheme_id: UUID, cursor: Cursor = None, limit: Limit = LIMIT_DEFAULT
) -> Page[SchemeOut]:
    """Every version, the latest first."""
    before = number_cursor(cursor)
    async with reading(database) as session:
        await rows.get_scheme(session, scheme_id)
        items = await rows.list_versions(session, scheme_id, before=before, limit=limit)
    return page([SchemeOut.of(item) for item in items], limit=limit, key=lambda one: one.version)


@router.get("/v1/motivation/schemes/{scheme_id}/versions/{version}")
async def read_version(database: DatabaseOf, scheme_id: UUID, version: Version) -> SchemeOut:
    """One version."""
    async with reading(database) as session:
        return SchemeOut.of(await rows.get_scheme(session, scheme_id, version))


@router.get("/v1/motivation/schemes/{scheme_id}/compare")
async def compare_versions(
    database: DatabaseOf,
    scheme_id: UUID,
    before: Annotated[int, Query(alias="from", ge=1, le=LAST_VERSION)],
    after: Annotated[int, Query(alias="to", ge=1, le=LAST_VERSION)],
) -> ComparisonOut:
    """What one version says otherwise than another, member by member."""
    async with reading(database) as session:
        pair = [await rows.get_scheme(session, scheme_id, number) for number in (before, after)]
    one, other = map(_members, pair)
    return ComparisonOut(
        differences=[
            DifferenceOut(pointer=pointer, before=old, after=new)
            for pointer, old, new in differences(one, other)
        ]
    )


def _members(item: Scheme) -> dict[str, object]:
    return {
        "name": item.name,
        "manager_ids": sorted(map(str, item.manager_ids)),
        "terms": terms_json(item.terms),
    }


@router.post("/v1/motivation/schemes/{scheme_id}/versions/{version}/approve")
async def approve_version(
    *,
    caller: Payer,
    body: ApprovalIn,
    database: DatabaseOf,
    now: Now,
    scheme_id: UUID,
    version: Version,
) -> SchemeOut:
    """Let a version pay from a month on that is not closed. A what-if of it has to be done first;
    an approved version is never changed.
    """
    async with transaction(database) as session:
        item = await schemes.approve_scheme(
            session,
            scheme_id,
            version,
            from_month=first_day(body.from_month),
            actor=caller.actor,
            now=now,
        )
    return SchemeOut.of(item)
