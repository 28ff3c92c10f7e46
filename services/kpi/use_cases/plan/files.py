"""Writes the cube of a version as a workbook, region by region, so that little is held at once."""

import asyncio
from collections.abc import Sequence
from tempfile import SpooledTemporaryFile
from typing import IO, Final

from services.kpi.domain.plan.files import (
    MAX_FILE_CELLS,
    MAX_FILE_ROWS,
    TITLE,
    heading,
    rows_of,
)
from services.kpi.domain.plan.nodes import Measure, Node
from services.kpi.domain.plan.terms import Terms
from services.kpi.repository.plan.blocks import Place, count_cells, list_blocks, list_regions
from services.kpi.repository.plan.plans import Version, get_version
from services.kpi.repository.plan.values import list_all_values
from services.kpi.use_cases.exports import ReportTooLargeError
from services.kpi.use_cases.plan.naming import labels_of
from shared.database import Session
from shared.spreadsheets import XlsxFile

_MEMORY_BYTES: Final = 1_048_576  # of a file; a larger one lies on disk


async def write_cube(
    session: Session, terms: Terms, number: int, measures: Sequence[Measure]
) -> tuple[Version, IO[bytes]]:
    """The version, and its workbook from the beginning, which the caller closes.

    Raises NotFoundError, ReportTooLargeError.
    """
    version = await get_version(session, terms.plan_id, number)
    await _require_room(session, terms, number, measures)
    values = await list_all_values(session, terms.plan_id)
    labels = await labels_of(session, "seller")
    file = SpooledTemporaryFile(max_size=_MEMORY_BYTES)  # noqa: SIM115  the caller closes it
    book = XlsxFile(file)
    try:
        book.begin_sheet(TITLE, heading(terms))
        for measure in measures:
            place = Place(terms.plan_id, number, measure)
            for region in await list_regions(session, place):
                blocks = await list_blocks(session, place, Node(region=region))
                await asyncio.to_thread(
                    book.add_rows, rows_of(blocks, terms, measure, values, labels)
                )
    finally:
        await asyncio.to_thread(book.close)
    file.seek(0)
    return version, file


async def _require_room(
    session: Session, terms: Terms, number: int, measures: Sequence[Measure]
) -> None:
    cells = len(measures) * await count_cells(session, terms.plan_id, number)
    if cells > MAX_FILE_CELLS or cells // terms.months > MAX_FILE_ROWS:
        raise ReportTooLargeError(
            f"A file has at most {MAX_FILE_ROWS} rows and {MAX_FILE_CELLS} amounts; ask for one"
            " measure."
        )
