"""Writes a table for people's spreadsheets.

However long a list is, one part of it at a time is in memory: its lines are laid aside in a file
until all are known, and only then written as a table, when no connection waits for it any more.
"""

import pickle
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final, TypeVar

from shared.database import Database, Session, snapshot
from shared.errors import TooLargeError
from shared.spreadsheets import BOM, Cell, XlsxFile, csv_lines

MOST_EXPORTED_ROWS = 100_000
MOST_EXPORTED_CELLS = 2_000_000
_MEMORY_BYTES: Final = 1_048_576  # of a file; a larger one lies on disk
_CHUNK_ROWS: Final = 1_000
PART_ROWS: Final = 10_000  # of a list that is read part by part

Row = TypeVar("Row")
Cells = Sequence[Cell]
# Reads a list after a row's place, or from its beginning: so many rows, or one more.
Reader = Callable[[Session, Any, int], Awaitable[Sequence[Row]]]


class ReportTooLargeError(TooLargeError):
    """The report has more rows or cells than one table takes."""


@dataclass(frozen=True, slots=True)
class Sheet:
    title: str
    heading: Sequence[str]
    rows: Iterable[Cells]


def require_exportable(rows: int, columns: int = 1) -> None:
    """Raises ReportTooLargeError."""
    if rows > MOST_EXPORTED_ROWS or rows * columns > MOST_EXPORTED_CELLS:
        raise ReportTooLargeError(
            f"A table has at most {MOST_EXPORTED_ROWS} rows and {MOST_EXPORTED_CELLS} cells; ask"
            " for fewer days or dimensions."
        )


async def parts(
    database: Database, read: Reader[Row], place: Callable[[Row], Any]
) -> AsyncGenerator[Sequence[Row], None]:
    """All of a list as it is at one moment; `place` is where a row stands in it. Raises
    ReportTooLargeError.
    """
    after, number = None, 0
    async with snapshot(database) as session:
        while True:
            rows = await read(session, after, PART_ROWS)
            number += len(rows)
            require_exportable(number)
            if rows:
                after = place(rows[-1])
                yield rows
            if len(rows) < PART_ROWS:
                return
            del rows  # before the next ones are read


class Aside:
    """Lines of a table that are not written yet: in memory while they are few, else on disk. What
    writes or reads them is called in a thread.
    """

    def __init__(self) -> None:
        self.heading: list[str] = []
        self._file = SpooledTemporaryFile(max_size=_MEMORY_BYTES)  # noqa: SIM115  see `close`

    def close(self) -> None:
        self._file.close()

    def add(self, heading: list[str], lines: Iterable[Cells]) -> None:
        """Lines below the heading, which is the same for all."""
        if self.heading not in ([], heading):
            raise ValueError("all rows of a list have the same members")
        self.heading = heading
        for line in lines:
            pickle.dump(line, self._file, pickle.HIGHEST_PROTOCOL)

    def lines(self) -> Iterator[Cells]:
        """All of them, from the first."""
        self._file.seek(0)
        while True:
            try:
                line: Cells = pickle.load(self._file)  # noqa: S301  nobody else has this file
            except EOFError:
                return
            yield line


def csv_file(sheet: Sheet) -> IO[bytes]:
    """The sheet as CSV, from its beginning. The caller closes it."""
    file = SpooledTemporaryFile(max_size=_MEMORY_BYTES)  # noqa: SIM115  the caller closes it
    file.write((BOM + csv_lines([sheet.heading])).encode())
    lines: list[Cells] = []
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
