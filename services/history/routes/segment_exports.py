"""Exports of segments: begun, watched, ended."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from services.history.repository.segments import exports
from services.history.repository.segments import segments as rows
from services.history.routes.segments import MAY_CONFIGURE_SEGMENTS, Configurer, Cursor
from services.history.schemas.segments import SegmentExportOut
from services.history.use_cases.segments import export
from shared.database import reading, transaction
from shared.spreadsheets import CSV_TYPE, XLSX_TYPE
from shared.web.dependencies import LIMIT_DEFAULT, ClockOf, DatabaseOf, Limit, Now
from shared.web.pagination import Page, page, uuid_cursor
from shared.web.read_audit import Audit

router = APIRouter(tags=["segments"])
_TYPES = {"csv": CSV_TYPE, "xlsx": XLSX_TYPE}
_TABLE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {media_type: {} for media_type in _TYPES.values()},
        "headers": {
            "Export-Id": {"schema": {"type": "string", "format": "uuid"}},
            "Export-Persons": {"schema": {"type": "integer"}},
        },
    }
}


@router.get("/v1/segments/{segment_id}/export", response_class=StreamingResponse, responses=_TABLE)
async def export_segment(  # noqa: PLR0917  FastAPI passes by name
    segment_id: UUID,
    caller: Configurer,
    database: DatabaseOf,
    clock: ClockOf,
    audit: Audit,
    format: Literal["csv", "xlsx"] = "csv",  # noqa: A002
    lang: Annotated[
        Literal["ru", "en"] | None,
        Query(description="Of the headings; members are named as on the card if not given"),
    ] = None,
) -> StreamingResponse:
    """The members as a table, CSV or XLSX; no cell of it is a formula. `Export-Persons` says how
    many there are; how far it is stands among the segment's exports, under the `Export-Id`.
    """
    async with transaction(database) as session:
        started = await export.begin_export(
            session, segment_id, form=format, actor=caller.actor, now=clock()
        )
    shape = {"format": format, "export_id": str(started.export_id)}
    await audit.record_first("segment_export", [segment_id], shape)

    async def notice(contact_ids: Sequence[UUID]) -> None:
        await audit.record_first("segment_export", contact_ids, shape)

    headers = {
        "Content-Disposition": f'attachment; filename="segment-{segment_id}.{format}"',
        "Export-Id": str(started.export_id),
        "Export-Persons": str(started.of),
    }
    return StreamingResponse(
        export.pieces(database, started, clock=clock, notice=notice, language=lang),
        media_type=_TYPES[format],
        headers=headers,
    )


@router.get("/v1/segments/{segment_id}/exports", dependencies=[Depends(MAY_CONFIGURE_SEGMENTS)])
async def list_exports(
    *,
    segment_id: UUID,
    database: DatabaseOf,
    now: Now,
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[SegmentExportOut]:
    """Exports of the last thirty days and how far each is, the newest first."""
    before = uuid_cursor(cursor)
    async with reading(database) as session:
        await rows.get_segment(session, segment_id)
        rows_of_segment = await exports.list_exports(
            session, segment_id, before=before, limit=limit
        )
    items = [SegmentExportOut.of_row(item, now=now) for item in rows_of_segment]
    return page(items, limit=limit, key=lambda item: item.export_id)


@router.post(
    "/v1/segments/{segment_id}/exports/{export_id}/cancel",
    dependencies=[Depends(MAY_CONFIGURE_SEGMENTS)],
)
async def cancel_export(
    segment_id: UUID, export_id: UUID, database: DatabaseOf, now: Now
) -> SegmentExportOut:
    """End an export that is running: its download breaks off within seconds. One that has ended
    stays as it is.
    """
    async with transaction(database) as session:
        await exports.get_export(session, segment_id, export_id)
        await exports.cancel_export(session, export_id)
        item = await exports.get_export(session, segment_id, export_id)
    return SegmentExportOut.of_row(item, now=now)
