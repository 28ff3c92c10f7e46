"""Writes a table for people's spreadsheets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Final

from shared.errors import TooLargeError
from shared.spreadsheets import BOM, Cell, XlsxFile, csv_lines

MOST_EXPORTED_ROWS = 100_000
MOST_EXPORTED_CELLS = 2_000_000
_MEMORY_BYTES: Final = 1_048_576  # of a file; a larger one lies on disk
_CHUNK_ROWS: Final = 1_000


class ReportTooLargeError(TooLargeError):
    """The report has more rows or cells than one table takes."""


@dataclass(frozen=True, slots=True)
class Sheet:
    title: str
    heading: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def require_exportable(rows: int, columns: int = 1) -> None:
    """Raises ReportTooLargeError."""
    if rows > MOST_EXPORTED_ROWS or rows * columns > MOST_EXPORTED_CELLS:
        raise ReportTooLargeError(
            f"A table has at most {MOST_EXPORTED_ROWS} rows and {MOST_EXPORTED_CELLS} cells; ask"
            " for fewer days or dimensions."
        )


def csv_file(sheet: Sheet) -> IO[bytes]:
    """The sheet as CSV, from its beginning. The caller closes it."""
    file = SpooledTemporaryFile(max_size=_MEMORY_BYTES)  # noqa: SIM115  the caller closes it
    file.write((BOM + csv_lines([sheet.heading])).encode())
    lines: list[Sequence[Cell]] = []
    for row in sheet.rows:
        lines.append(row)
        if len(lines) == _CHUNK_ROWS:
            file.write(csv_lines(lines).encode())
            lines.clear()
    file.write(csv_lines(lines).encode())
    file.seek(0)
    return file


def workbook(sheets: Sequence[Sheet]) -> IO[bytes]:
    """The sheets as a workbook, from its beginning. The caller closes it."""
    file = SpooledTemporaryFile(max_size=_MEMORY_BYTES)  # noqa: SIM115  the caller closes it
    with XlsxFile(file) as book:
        for sheet in sheets:
            book.begin_sheet(sheet.title, sheet.heading)
            book.add_rows(sheet.rows)
    file.seek(0)
    return file
