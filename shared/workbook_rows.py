"""How far an XLSX sheet reaches, told before its cells are in memory.

A sheet is read into a table of all rows and columns up to the last that hold a value, so that one
cell far away makes it huge. Only what surely is too much is refused here: whoever reads the sheet
says what else is wrong with it.
"""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from zipfile import ZipFile

from shared.sheets import MAX_COLUMNS
from shared.workbook_flaws import BROKEN, path_of

MAX_UNFOLDED_BYTES: Final = 512 * 1_048_576  # all parts of a workbook as they say it themselves
MAX_SHEET_CELLS: Final = 8_000_000  # up to the last row and column that hold a value
# Of a list of any number of rows: a cell takes 32 bytes, and more of them all memory that there is.
MAX_LIST_CELLS: Final = 32_000_000
FORMAT_ROWS: Final = 1_048_576
_MEGA: Final = 20
_CHUNK: Final = 1_048_576  # bytes
_TAIL: Final = 1024  # bytes: no sign is longer
_TAG: Final = rb"<(?:[\w.-]+:)?"
_PLACE: Final = rb"[^<>]*?\br\s*=\s*[\"']"
_NUMBER: Final = re.compile(_PLACE + rb"([0-9]{1,7})[\"']")
_VALUE: Final = re.compile(_TAG + rb"(?:v|is)[\s>]")


class _Signs:
    """Where rows begin, and the columns of cells with a value, in sheets whose tags begin so."""

    def __init__(self, tag: bytes) -> None:
        place = _PLACE + rb"([A-Z]{1,3})[0-9]{1,7}[\"'][^<>]*>\s*"
        self.row = re.compile(tag + rb"row(?=[\s/>])")
        self.cell = re.compile(tag + rb"c\s" + place + tag + rb"(?:v|f|is)\b")


# Most sheets name their tags without a prefix, and such tags are found some times as fast.
_PLAIN: Final = _Signs(rb"<")
_ANY: Final = _Signs(_TAG)
_PREFIXED: Final = re.compile(rb":(?:row|c|v|f|is)\b")


@dataclass(slots=True)
class Extent:
    """Of `written` rows so many `rows` hold a value, the last of them with that number; the widest
    one reaches to that column.
    """

    rows: int = 0
    last: int = 0
    column: bytes = b""
    written: int = field(default=0, compare=False)

    @property
    def width(self) -> int:
        number = 0
        for letter in self.column:
            number = 26 * number + letter - ord("A") + 1
        return number

    def is_beyond(self, most_rows: int) -> bool:
        """Whether it has more rows, below that of the names of columns."""
        return self.rows > most_rows + 1 or self.written > FORMAT_ROWS

    def excess(self, most_rows: int, most_cells: int = MAX_SHEET_CELLS) -> str | None:
        """What is too much of it, below a row of names of columns."""
        if self.is_beyond(most_rows):
            return f"has more than {most_rows} rows"
        if self.last > most_rows + 1:
            return f"has a value in row {self.last}: rows up to {most_rows + 1} are taken"
        if self.width > MAX_COLUMNS:
            named = self.column.decode()
            return f"has a value in column {named}: the first {MAX_COLUMNS} columns are taken"
        if (cells := self.last * self.width) > most_cells:
            return (
                f"reaches to row {self.last} and column {self.column.decode()}, which makes {cells}"
                f" cells; {most_cells} are the most"
            )
        return None


def excess_of(
    raw: bytes, sheet: str | None, most_rows: int, most_cells: int = MAX_SHEET_CELLS
) -> str | None:
    """What is too much of the named sheet, or of the first one, or of the file; None of what is no
    XLSX.
    """
    try:
        with ZipFile(io.BytesIO(raw)) as archive:
            size = sum(part.file_size for part in archive.infolist())
    except BROKEN:
        return None
    if size > MAX_UNFOLDED_BYTES:
        most = MAX_UNFOLDED_BYTES >> _MEGA
        return f"unfolds to {size >> _MEGA} MiB; {most} MiB are the most"
    return extent_of(raw, sheet, most_rows).excess(most_rows, most_cells)


def extent_of(raw: bytes, sheet: str | None, most_rows: int) -> Extent:
    """Of the named sheet, or of the first one; of more rows than so many as far as it was read.
    What is no XLSX reaches nowhere.
    """
    try:
        with ZipFile(io.BytesIO(raw)) as archive:
            return _read(archive, path_of(archive, sheet), most_rows)
    except BROKEN:
        return Extent()


def _read(archive: ZipFile, path: str, most_rows: int) -> Extent:
    """In pieces that end before a tag, of which a sign is told by its beginning."""
    extent, rest, number = Extent(), b"", 0
    is_open = False  # whether a row has begun in which no value has been seen
    with archive.open(path) as file:
        while not extent.is_beyond(most_rows) and (chunk := file.read(_CHUNK)):
            text = rest + chunk
            # A cell and its value are two tags: they are in one piece, or in the next one.
            end = max(text.rfind(b"<", 0, max(text.rfind(b"<"), 0)), 0)
            rest = text[end : end + _TAIL]
            signs = _ANY if _PREFIXED.search(text) else _PLAIN
            before, *begun = signs.row.split(text[:end])
            parts = [before, *begun] if is_open else begun
            for part in parts:
                if part is not before:
                    number = _number_of(part, number)
                is_open = _VALUE.search(part) is None
                if not is_open:
                    extent.rows, extent.last = extent.rows + 1, max(extent.last, number)
            extent.written += len(begun)
            extent.column = _widest([extent.column, *signs.cell.findall(text)])
    return extent


def _number_of(part: bytes, before: int) -> int:
    """A row may leave out its number: then it follows the one before."""
    number = _NUMBER.match(part)
    return before + 1 if number is None else int(number[1])


def _widest(columns: Sequence[bytes]) -> bytes:
    return max(set(columns), key=lambda letters: (len(letters), letters))
