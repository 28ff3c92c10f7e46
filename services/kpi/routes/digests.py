"""Scheduled reports: what is shown, when, and to whom it was sent."""

import asyncio
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from services.kpi.repository import digests as rows
from services.kpi.routes.digest_sections import read_parts
from services.kpi.routes.plans import CompanyZone, HomeCountry
from services.kpi.routes.recipients import Cursor, HasMail
from services.kpi.schemas.digests import ReportDeliveryOut, ReportIn, ReportOut
from services.kpi.use_cases.digests import reports, runs
from services.kpi.use_cases.digests.files import files_of
from services.kpi.use_cases.digests.page import POLICY
from services.kpi.use_cases.digests.page import page as page_of
from services.kpi.use_cases.digests.parts import Occasion
from services.kpi.use_cases.digests.send import made_at
from shared.database import reading, transaction
from shared.ids import new_id
from shared.spreadsheets import XLSX_TYPE
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, IfMatch, Limit, Now
from shared.web.pagination import Page, page, uuid_cursor
from shared.web.tokens import Caller

router = APIRouter(tags=["reports"])
MAY_CONFIGURE_REPORTS = Allow("supervisor")
Overseer = Annotated[Caller, Depends(MAY_CONFIGURE_REPORTS)]
MAY_READ_REPORTS = Depends(MAY_CONFIGURE_REPORTS)
_PREVIEW: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The page of the mail, or its workbook",
        "content": {"text/html": {}, XLSX_TYPE: {}},
    }
}
_PRIVATE: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


@router.post("/v1/reports", status_code=201)
async def create_report(
    *,
    caller: Overseer,
    body: ReportIn,
    database: DatabaseOf,
    now: Now,
    zone: CompanyZone,
    has_mail: HasMail,
) -> ReportOut:
    """Add a report; it is sent to its recipients by its schedule, beginning with the next time."""
    async with transaction(database) as session:
        item = await reports.create_report(
            session, new_id(), body.fields(), zone=zone, actor=caller.actor, now=now
        )
    return ReportOut.of(item, zone, has_mail=has_mail)


@router.get("/v1/reports", dependencies=[MAY_READ_REPORTS])
async def list_reports(
    *,
    database: DatabaseOf,
    zone: CompanyZone,
    has_mail: HasMail,
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[ReportOut]:
    """All reports, the newest first. The morning digest is there from the beginning, ready to be
    sent once it has a recipient; `lacks` says what it does not have yet.
    """
    before = uuid_cursor(cursor)
    async with reading(database) as session:
        items = await rows.list_reports(session, before=before, limit=limit)
    outs = [ReportOut.of(item, zone, has_mail=has_mail) for item in items]
    return page(outs, limit=limit, key=lambda item: item.report_id)


@router.get("/v1/reports/{report_id}", dependencies=[MAY_READ_REPORTS])
async def read_report(
    database: DatabaseOf, zone: CompanyZone, has_mail: HasMail, report_id: UUID
) -> ReportOut:
    """One report."""
    async with reading(database) as session:
        return ReportOut.of(await rows.get_report(session, report_id), zone, has_mail=has_mail)


@router.put("/v1/reports/{report_id}")
async def replace_report(
    *,
    caller: Overseer,
    body: ReportIn,
    database: DatabaseOf,
    now: Now,
    zone: CompanyZone,
    has_mail: HasMail,
    version: IfMatch,
    report_id: UUID,
) -> ReportOut:
    """Replace a report. What was made before is still sent."""
    async with transaction(database) as session:
        item = await reports.replace_report(
            session,
            report_id,
            body.fields(),
            version=version,
            zone=zone,
            actor=caller.actor,
            now=now,
        )
    return ReportOut.of(item, zone, has_mail=has_mail)


@router.delete("/v1/reports/{report_id}", status_code=204, dependencies=[MAY_READ_REPORTS])
async def delete_report(database: DatabaseOf, report_id: UUID) -> Response:
    """With its deliveries; what has not been sent is not sent any more."""
    async with transaction(database) as session:
        await rows.delete_report(session, report_id)
    return Response(status_code=204)


@router.post("/v1/reports/{report_id}/send", status_code=202, dependencies=[MAY_READ_REPORTS])
async def send_report(database: DatabaseOf, now: Now, report_id: UUID) -> Page[ReportDeliveryOut]:
    """Have it sent to its recipients now, quiet hours or not; its schedule stays as it is. What
    came of it will stand in the deliveries.
    """
    async with transaction(database) as session:
        deliveries = await runs.request_run(session, report_id, now=now)
    return Page(items=[ReportDeliveryOut.of(item) for item in deliveries])


@router.get("/v1/reports/{report_id}/deliveries", dependencies=[MAY_READ_REPORTS])
async def list_report_deliveries(
    database: DatabaseOf, report_id: UUID, cursor: Cursor = None, limit: Limit = LIMIT_DEFAULT
) -> Page[ReportDeliveryOut]:
    """What was sent of a report and what came of it, the newest first; kept for 90 days."""
    before = uuid_cursor(cursor)
    async with reading(database) as session:
        await rows.get_report(session, report_id)
        items = await rows.list_deliveries(session, report_id, before=before, limit=limit)
    outs = [ReportDeliveryOut.of(item) for item in items]
    return page(outs, limit=limit, key=lambda item: item.delivery_id)


@router.get(
    "/v1/reports/{report_id}/preview",
    dependencies=[MAY_READ_REPORTS],
    response_class=Response,
    responses=_PREVIEW,
)
async def preview_report(  # noqa: PLR0917  FastAPI passes by name
    database: DatabaseOf,
    now: Now,
    zone: CompanyZone,
    home: HomeCountry,
    report_id: UUID,
    lang: Literal["ru", "en"] = "ru",
    format: Annotated[  # noqa: A002  its name for callers
        Literal["html", "xlsx"], Query(description="the page of the mail, or its workbook")
    ] = "html",
) -> Response:
    """The report as it would be sent now; nothing is sent."""
    async with reading(database) as session:
        item = await rows.get_report(session, report_id)
    occasion = Occasion(now, reports.zone_of(item, zone), lang, now, zone, home)
    parts = await read_parts(database, item.sections, occasion)
    if format == "xlsx":
        (file,) = await asyncio.to_thread(lambda: list(files_of(parts, ["xlsx"], lang)))
        disposition = f'attachment; filename="{file.name}"'
        headers = {**_PRIVATE, "Content-Disposition": disposition}
        return Response(file.content, media_type=XLSX_TYPE, headers=headers)
    words = page_of(item.name, parts, lang, moment=made_at(occasion), has_files=bool(item.files))
    headers = {**_PRIVATE, "Content-Security-Policy": POLICY}
    return Response(words, media_type="text/html; charset=utf-8", headers=headers)
