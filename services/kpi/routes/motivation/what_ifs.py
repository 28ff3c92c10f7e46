"""What a version of a scheme would have paid over the last year."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from services.kpi.domain.exports.about import About
from services.kpi.repository.motivation import schemes, what_ifs
from services.kpi.repository.motivation.what_ifs import WhatIfRow
from services.kpi.repository.reports.figures import list_manager_names
from services.kpi.routes.exports import TABLES, FormOf
from services.kpi.routes.motivation.access import MAY_PAY, Cursor, Payer, ZoneOf
from services.kpi.routes.motivation.schemes import Version
from services.kpi.schemas.motivation.schemes import WhatIfOut, WhatIfRowOut
from services.kpi.use_cases.motivation.what_if import request_what_if
from shared.database import Session, reading, transaction
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import Page, cursor_id, decode_cursor, page, uuid_cursor

router = APIRouter(tags=["motivation"], dependencies=[Depends(MAY_PAY)])
_OF_VERSION = "/v1/motivation/schemes/{scheme_id}/versions/{version}/what-if"


@router.post(_OF_VERSION, status_code=202)
async def create_what_if(
    *,
    caller: Payer,
    database: DatabaseOf,
    now: Now,
    zone: ZoneOf,
    scheme_id: UUID,
    version: Version,
) -> WhatIfOut:
    """Have it computed for each manager and each of the twelve months before this one, beside what
    was paid, or is by the schemes approved now. It goes on in the background.
    """
    async with transaction(database) as session:
        item = await request_what_if(session, scheme_id, version, zone, actor=caller.actor, now=now)
    return WhatIfOut.of(item, [])


@router.get(_OF_VERSION)
async def list_what_ifs(
    database: DatabaseOf,
    scheme_id: UUID,
    version: Version,
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[WhatIfOut]:
    """Those of a version, the newest first."""
    before = uuid_cursor(cursor)
    async with reading(database) as session:
        await schemes.get_scheme(session, scheme_id, version)
        rows = await what_ifs.list_what_ifs(session, scheme_id, version, before=before, limit=limit)
        window = page(rows, limit=limit, key=lambda item: item.what_if_id)
        items = [
            WhatIfOut.of(row, await what_ifs.sum_rows(session, row.what_if_id))
            for row in window.items
        ]
    return Page[WhatIfOut](items=items, next_cursor=window.next_cursor)


@router.get("/v1/motivation/what-ifs/{what_if_id}")
async def show_what_if(database: DatabaseOf, what_if_id: UUID) -> WhatIfOut:
    """How far it is, and what it all comes to."""
    async with reading(database) as session:
        item = await what_ifs.get_what_if(session, what_if_id)
        return WhatIfOut.of(item, await what_ifs.sum_rows(session, what_if_id))


@router.get(
    "/v1/motivation/what-ifs/{what_if_id}/items",
    response_model=Page[WhatIfRowOut],
    responses=TABLES,
)
async def list_what_if_rows(
    *,
    database: DatabaseOf,
    form: FormOf,
    what_if_id: UUID,
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[WhatIfRowOut] | Response:
    """By month and manager, of the months done so far."""
    async with reading(database) as session:
        await what_ifs.get_what_if(session, what_if_id)
        names = await list_manager_names(session)

    async def read(session: Session, after: Any, number: int) -> Sequence[WhatIfRow]:
        return await what_ifs.list_rows(session, what_if_id, after=after, limit=number)

    def show(row: WhatIfRow) -> WhatIfRowOut:
        return WhatIfRowOut.of(row, names.get(row.manager_id))

    if form.is_table:
        note = About("what-if")
        return await form.table(database, note, WhatIfRowOut, read, show=show, place=_place)
    after = None if cursor is None else decode_cursor(cursor, date.fromisoformat, cursor_id)
    async with reading(database) as session:
        rows = await read(session, after, limit)
    window = page(rows, limit=limit, key=_place)
    return Page(items=[show(row) for row in window.items], next_cursor=window.next_cursor)


def _place(row: WhatIfRow) -> tuple[date, UUID]:
    return row.month, row.manager_id
