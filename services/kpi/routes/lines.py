"""Told lines at the door: tables of them are read and recorded, and lists of them walked."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any, Final, NamedTuple, TypeVar

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response

from services.kpi.domain.exports.about import About
from services.kpi.domain.lines.tables import Faults, Table
from services.kpi.domain.lines.versions import LineVersion
from services.kpi.repository.lines import Ledger, Window, list_lines
from services.kpi.routes.exports import Form
from services.kpi.schemas.lines import TableOptions
from services.kpi.use_cases.lines import Summary
from shared.database import Database, Session, reading, transaction
from shared.errors import InvalidError
from shared.sheets import SheetError, text_of_sheet
from shared.web.bodies import body_within
from shared.web.pagination import Page, cursor_id, decode_cursor, page

MAX_TABLE_BYTES: Final = 2 * 1_048_576
TABLE_FILE: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
    }
}
T = TypeVar("T")
Line = TypeVar("Line", bound=NamedTuple)
LineOut = TypeVar("LineOut", bound=BaseModel)


async def read_body(
    request: Request,
    options: TableOptions,
    read: Callable[[str], Table[T]],
    most_bytes: int = MAX_TABLE_BYTES,
) -> Table[T]:
    """The table that a request brings. Raises BodyTooLargeError."""
    content = await body_within(request, most_bytes)
    # Reading takes up to a second of bounded work: others are served meanwhile.
    return await asyncio.to_thread(_read, content, options.encoding, read)


def _read(content: bytes, encoding: str | None, read: Callable[[str], Table[T]]) -> Table[T]:
    try:
        text = text_of_sheet(content, encoding=encoding)
    except SheetError as error:
        table: Table[T] = Table()
        table.refuse(0, "", str(error))
        return table
    return read(text)


async def record_table(
    database: Database,
    table: Table[T],
    put: Callable[[Session, Sequence[T]], Awaitable[Summary]],
    *,
    dry_run: bool,
) -> Summary:
    """Record all of a table, or nothing when a row has a fault: in a dry run the table tells of
    them then. Raises InvalidError that names rows and columns.
    """
    summary = Summary()
    if not table.faults:
        async with transaction(database) as session:
            try:
                summary = await put(session, table.lines)
            except InvalidError as error:
                _note(table, error)
    if table.faults and not dry_run:
        raise refused(table)
    return summary


def _note(table: Table[T], error: InvalidError) -> None:
    """What cannot be recorded, by the rows that it stands in."""
    for pointer, detail in error.errors:
        place = int(pointer.split("/")[2])
        table.refuse(table.rows[place], "", detail)


def refused(
    table: Faults, summary: str = "The table has {} faults; nothing of it was recorded."
) -> InvalidError:
    return InvalidError(
        summary.format(table.fault_count),
        errors=[
            (f"/rows/{fault.row}/{_pointed(fault.column)}".rstrip("/"), fault.detail)
            for fault in table.faults
        ],
    )


def _pointed(column: str) -> str:
    """A column's name in a JSON pointer (RFC 6901)."""
    return column.replace("~", "~0").replace("/", "~1")


async def answer_page(
    database: Database,
    form: Form,
    ledger: Ledger[Line],
    window: Window,
    show: Callable[[LineVersion[Line]], LineOut],
    *,
    kind: type[LineOut],
    about: str,
    limit: int,
    cursor: str | None,
) -> Page[LineOut] | Response:
    """What is recorded, the latest time first, as it is shown, or as a table. Raises InvalidError
    that names the cursor, ReportTooLargeError.
    """
    if form.is_table:

        async def read(session: Session, after: Any, number: int) -> Sequence[LineVersion[Line]]:
            return await list_lines(session, ledger, window, after=after, limit=number)

        place = lambda item: ledger.order_of(item.line)  # noqa: E731
        return await form.table(database, About(about), kind, read, show=show, place=place)
    after = None if cursor is None else decode_cursor(cursor, date.fromisoformat, cursor_id)
    async with reading(database) as session:
        rows = await list_lines(
            session, ledger, window, after=None if after is None else (after[0], after[1]),
            limit=limit,
        )  # fmt: skip
    lines = page(rows, limit=limit, key=lambda row: ledger.order_of(row.line))
    return Page(items=[show(line) for line in lines.items], next_cursor=lines.next_cursor)
