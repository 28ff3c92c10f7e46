"""The whole cube of a version as a workbook: taken away, and brought back into a draft."""

import asyncio
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import StreamingResponse

from services.kpi.domain.plan.files import MAX_FILE_ROWS, PlanTable, read_plan
from services.kpi.domain.plan.nodes import MEASURES, Measure
from services.kpi.repository.plan import plans as rows
from services.kpi.repository.reports.figures import take_snapshot
from services.kpi.routes.exports import pieces
from services.kpi.routes.lines import refused
from services.kpi.routes.plan_nodes import VERSION
from services.kpi.routes.plans import MAY_READ_PLANS, Number, Planner
from services.kpi.schemas.plan_files import PlanFileOptions, PlanFileOut
from services.kpi.use_cases.plan.files import write_cube
from services.kpi.use_cases.plan.filing import Filed, TableFaultsError, TriedError, file_table
from shared.database import reading, transaction
from shared.sandbox.process import Sandbox
from shared.sheets import SheetError
from shared.spreadsheets import XLSX_TYPE
from shared.web.bodies import body_within
from shared.web.dependencies import DatabaseOf, IfMatch, Now
from shared.workbook_flaws import Flaw
from shared.workbook_tables import TARGET_WITH_FLAWS, table_with_flaws

MAX_PLAN_FILE_BYTES: Final = 32 * 1_048_576
MAX_PLAN_READING_BYTES: Final = 1024 * 1_048_576  # of memory, beyond the loaded code, to read one
MAX_PLAN_TEXT: Final = 64 * 1_048_576  # of its table as CSV
router = APIRouter(tags=["plans"])
_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {XLSX_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A workbook",
        "content": {XLSX_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get(
    VERSION + "/file",
    dependencies=[MAY_READ_PLANS],
    response_class=StreamingResponse,
    responses=_ANSWER,
)
async def export_plan(
    database: DatabaseOf,
    plan_id: UUID,
    number: Number,
    measure: Annotated[
        Measure | None, Query(description="only this one; both if it is not named")
    ] = None,
) -> StreamingResponse:
    """All cells of a version as a workbook: a row for each line, nature and measure, with a column
    for each month. No cell is a formula. `ETag` is the version's revision.
    """
    async with transaction(database) as session:
        await take_snapshot(session)
        terms = (await rows.get_plan(session, plan_id)).terms
        measures = MEASURES if measure is None else (measure,)
        version, file = await write_cube(session, terms, number, measures)
    return StreamingResponse(
        pieces(file),
        media_type=XLSX_TYPE,
        headers={
            "Content-Disposition": f'attachment; filename="plan-{terms.first_month:%Y-%m}.xlsx"',
            "Cache-Control": "no-store",
            "ETag": f'"{version.revision}"',
        },
    )


async def _content(request: Request) -> bytes:
    """Read before all else that a caller who may plan could have wrong: what is too large is."""
    return await body_within(request, MAX_PLAN_FILE_BYTES)


@router.post(VERSION + "/file", openapi_extra=_FILE)
async def import_plan(
    *,
    caller: Planner,
    content: Annotated[bytes, Depends(_content)],
    database: DatabaseOf,
    now: Now,
    version: IfMatch,
    plan_id: UUID,
    number: Number,
    options: Annotated[PlanFileOptions, Query()],
) -> PlanFileOut:
    """Take a workbook in the form of the export into a draft: all of it, or nothing when a row has
    a fault (422 names rows and columns); a cell with an error, or with a formula whose value is not
    stored, is one. An empty cell, and a line that it does not have, stay as they are. With
    `dry_run` the faults, or what would change, are shown instead.
    """
    async with reading(database) as session:
        terms = (await rows.get_plan(session, plan_id)).terms
        await rows.get_version(session, plan_id, number)
    table = await _table(content, options)
    if not isinstance(table, PlanTable):
        text, flaws = table
        table = await asyncio.to_thread(read_plan, text, terms, flaws)
    outcome: Filed | None = None
    if not table.faults:
        try:
            async with transaction(database) as session:
                outcome = await file_table(
                    session,
                    plan_id,
                    number,
                    table,
                    revision=version,
                    add_lines=options.add_lines,
                    dry_run=options.dry_run,
                    reason=options.reason,
                    actor=caller.actor,
                    now=now,
                )
        except TableFaultsError:
            outcome = None
        except TriedError as error:
            outcome = error.outcome
    if table.faults and not options.dry_run:
        raise refused(table, "The file has {} faults; nothing of it was taken.")
    return PlanFileOut.of(table, outcome, terms, revision=version, dry_run=options.dry_run)


async def _table(content: bytes, options: PlanFileOptions) -> tuple[str, list[Flaw]] | PlanTable:
    """The file as CSV with its cells that are no value, or why it is none."""
    sandbox = Sandbox(
        TARGET_WITH_FLAWS, memory_bytes=MAX_PLAN_READING_BYTES, answer_bytes=MAX_PLAN_TEXT
    )
    try:
        return await table_with_flaws(sandbox, content, options.sheet, MAX_FILE_ROWS)
    except SheetError as error:
        table = PlanTable()
        table.refuse(0, "", str(error))
        return table
    finally:
        await sandbox.close()
