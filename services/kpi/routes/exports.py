"""How a report is answered: as JSON, or as a table to take away."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Annotated, Any, Final, Literal, TypeVar

from fastapi import Depends, Header, Query
from pydantic import BaseModel
from starlette.responses import Response, StreamingResponse

from services.kpi.domain.exports import about as words
from services.kpi.domain.exports.about import About
from services.kpi.schemas.exports import row_of, table_of
from services.kpi.use_cases.exports import (
    MOST_EXPORTED_ROWS,
    Aside,
    Cells,
    Reader,
    Sheet,
    csv_file,
    parts,
    require_exportable,
    workbook,
)
from shared.database import Database
from shared.languages import preferred
from shared.spreadsheets import CSV_TYPE, XLSX_TYPE
from shared.web.dependencies import Now

Format = Literal["json", "csv", "xlsx"]
Answer = TypeVar("Answer", bound=BaseModel)
Row = TypeVar("Row")
# What the description says of the other forms of an answer.
TABLES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "As JSON, or as a table where `format` asks for one",
        "content": {"text/csv": {}, XLSX_TYPE: {}},
    }
}
_PIECE_BYTES: Final = 262_144


@dataclass(frozen=True, slots=True)
class Form:
    """In which form, and in which language, a report was asked for."""

    format: Format
    language: str
    now: datetime

    def most(self, limit: int) -> int:
        """How many items of a list are given: a page, or all of a table."""
        return limit if self.format == "json" else MOST_EXPORTED_ROWS

    def cursor(self, cursor: str | None) -> str | None:
        """Where a list begins: a table holds all of it."""
        return cursor if self.format == "json" else None

    async def answer(
        self,
        report: Answer,
        about: About,
        rows: Sequence[BaseModel],
        totals: BaseModel | None = None,
        kind: type[BaseModel] | None = None,
    ) -> Answer | Response:
        """The report, or its rows and totals as a table. `kind` is what a row is, where it is
        another one than in the report. Raises ReportTooLargeError.
        """
        if self.format == "json":
            return report
        more = getattr(report, "next_cursor", None) is not None
        require_exportable(len(rows) + more)
        kind = kind or row_of(type(report))
        heading, cells = table_of(rows, totals, self.language, kind)
        require_exportable(len(rows), len(heading))
        return await self._sent(about, heading, cells)

    @property
    def is_table(self) -> bool:
        return self.format != "json"

    async def table(
        self,
        database: Database,
        about: About,
        kind: type[BaseModel],
        read: Reader[Row],
        *,
        show: Callable[[Row], BaseModel],
        place: Callable[[Row], Any],
    ) -> Response:
        """All of a list as a table, read part by part: all its rows are of one kind, with the same
        members. Raises ReportTooLargeError.
        """
        aside = Aside()

        def add(rows: Sequence[Row]) -> None:
            aside.add(*table_of([show(row) for row in rows], None, self.language, kind))

        try:
            async with aclosing(parts(database, read, place)) as every:
                async for rows in every:
                    await asyncio.to_thread(add, rows)
            heading = aside.heading or table_of([], None, self.language, kind)[0]
            return await self._sent(about, heading, aside.lines())
        finally:
            aside.close()

    async def _sent(
        self, about: About, heading: Sequence[str], lines: Iterable[Cells]
    ) -> StreamingResponse:
        file = await asyncio.to_thread(self._write, about, heading, lines)
        disposition = f'attachment; filename="{about.file_name(self.format)}"'
        return StreamingResponse(
            pieces(file),
            media_type=CSV_TYPE if self.format == "csv" else XLSX_TYPE,
            headers={"Content-Disposition": disposition, "Cache-Control": "no-store"},
        )

    def _write(self, about: About, heading: Sequence[str], lines: Iterable[Cells]) -> IO[bytes]:
        sheet = Sheet(about.title(self.language), heading, lines)
        if self.format == "csv":
            return csv_file(sheet)
        title, columns = words.SHEET.said(self.language), words.HEADING
        names = [name.said(self.language) for name in columns]
        return workbook([sheet, Sheet(title, names, about.rows(self.language, self.now))])


def _form(
    now: Now,
    format: Annotated[  # noqa: A002  its name for callers
        Format, Query(description="`csv` and `xlsx`: a table, for spreadsheets")
    ] = "json",
    lang: Annotated[
        Literal["ru", "en"] | None,
        Query(description="of a table's words; else as `Accept-Language` says, else Russian"),
    ] = None,
    accept_language: Annotated[str, Header(max_length=500)] = "",
) -> Form:
    return Form(format, lang or preferred(accept_language) or "ru", now)


FormOf = Annotated[Form, Depends(_form)]


async def pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    """All of a file, which is closed at its end."""
    with file:
        while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
            yield piece
