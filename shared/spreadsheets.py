"""Tables for people's spreadsheets, as CSV and XLSX: no cell is ever taken for a formula.

Invariant: whoever writes a word into a cell cannot make another's spreadsheet compute.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import IO, Self

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

Cell = str | int | Decimal | bool | datetime | None

BOM = "\ufeff"  # tells spreadsheets that it is UTF-8
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_SHEET_ROWS = 1_048_576  # of the format, the heading included
MAX_CELL_CHARS = 32_767  # of the format
_EXACT_DIGITS = 15  # more are kept as text: a cell's number is a double
_MOMENT_CHARS = 19
_LEAST_CHARS, _MOST_CHARS = 8, 48  # of a column
_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20\t\r"
# A spreadsheet whose locale separates by semicolons splits the cells of a file with commas, also
# inside quotes, so that what stands behind any separator may begin a cell.
_BEGINS = re.compile(f'(^|[,;|"\\n\\r\\t])( *)(?=[{_SIGNS}])')


def harmless(text: str) -> str:
    """The text with an apostrophe wherever a spreadsheet could see the beginning of a formula."""
    return _BEGINS.sub(r"\1\2'", text)


def csv_lines(rows: Iterable[Sequence[Cell]]) -> str:
    """The rows as CSV with every cell in quotes; a file begins with `BOM`. Moments are ISO 8601."""
    lines = io.StringIO()
    writer = csv.writer(lines, quoting=csv.QUOTE_ALL)
    writer.writerows([_written(cell) for cell in row] for row in rows)
    return lines.getvalue()


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return harmless(cell)
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


class XlsxFile:
    """A workbook that is written row by row with little memory; `file` is whole after the block.

    Its methods compute and write files: call them in a thread.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._book = Workbook(
            file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        # What looks like a formula stays text even after somebody has edited the cell.
        self._quoted: Format = self._book.add_format({"quote_prefix": True})
        self._moment: Format = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._bold: Format = self._book.add_format({"bold": True})
        self._sheet: Worksheet | None = None
        self._row = 0
        self._lengths: list[int] = []  # the longest cell of each column

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Write what is left; the file is whole then, and open."""
        self._fit()
        self._book.close()

    def begin_sheet(self, title: str, heading: Sequence[str]) -> None:
        """The rows that are added from now on stand in a new sheet; an earlier one is complete.

        Raises ValueError for a title that the format does not allow.
        """
        self._fit()
        self._sheet = self._book.add_worksheet(title)
        self._sheet.freeze_panes(1, 0)
        for column, name in enumerate(heading):
            self._sheet.write_string(0, column, name, self._bold)
        self._lengths = [len(name) for name in heading]
        self._row = 1

    def _fit(self) -> None:
        """Make the columns of the sheet as wide as what stands in them: a moment or a long number
        that does not fit would be shown as `####`.
        """
        if self._sheet is not None:
            for column, length in enumerate(self._lengths):
                self._sheet.set_column(column, column, _width_of(length))

    def add_rows(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Append rows. Raises ValueError beyond `MAX_SHEET_ROWS`."""
        assert self._sheet is not None, "a sheet is begun first"
        for row in rows:
            if self._row >= MAX_SHEET_ROWS:
                raise ValueError(f"a sheet has at most {MAX_SHEET_ROWS} rows")
            for column, cell in enumerate(row):
                self._write(self._sheet, column, cell)
            self._row += 1

    def _write(self, sheet: Worksheet, column: int, cell: Cell) -> None:
        if cell is None:
            return
        if isinstance(cell, str):
            self._widen(column, len(cell))
            style = self._quoted if harmless(cell) != cell else None
            sheet.write_string(self._row, column, cell[:MAX_CELL_CHARS], style)
        elif isinstance(cell, datetime):
            self._widen(column, _MOMENT_CHARS)
            moment = cell.astimezone(UTC).replace(tzinfo=None)
            if moment.year < 1900:  # the format's calendar begins there
                sheet.write_string(self._row, column, moment.isoformat(" "))
            else:
                sheet.write_datetime(self._row, column, moment, self._moment)
        else:
            text = str(cell)
            self._widen(column, len(text))
            if isinstance(cell, bool):
                sheet.write_boolean(self._row, column, cell)
            elif _is_exact(cell, text):
                sheet.write_number(self._row, column, cell)
            else:
                sheet.write_string(self._row, column, _written(cell))

    def _widen(self, column: int, length: int) -> None:
        if column < len(self._lengths) and length > self._lengths[column]:
            self._lengths[column] = length


def _width_of(length: int) -> int:
    """In characters, with room at the sides."""
    return max(_LEAST_CHARS, min(length, _MOST_CHARS)) + 2


def _is_exact(number: int | Decimal, text: str) -> bool:
    """Whether a double tells the number, which is written so."""
    value = Decimal(number)
    # What is written shortly has few digits: mostly nothing else has to be looked at.
    is_short = len(text) <= _EXACT_DIGITS or len(value.as_tuple().digits) <= _EXACT_DIGITS
    return value.is_finite() and is_short
