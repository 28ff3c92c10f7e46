"""Tables that people keep in files: CSV in whatever charset and with whatever delimiter.

Invariant: any bytes give rows or a SheetError; a row keeps the number that a spreadsheet shows.
"""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from charset_normalizer import from_bytes

MAX_COLUMNS: Final = 200
MAX_CELL: Final = 32_768  # characters, as many as a spreadsheet's cell holds
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Tables come out of spreadsheets: one of these is what they write where it is not UTF-8.
_CODECS: Final = ["cp1251", "koi8-r", "cp866", "cp1252", "cp1250", "mac_cyrillic"]
_SAMPLE: Final = 100_000
_DELIMITERS: Final = ";,\t|"
_HEAD_LINES: Final = 20


class SheetError(Exception):
    """The file is no table that can be read; the message says why."""


@dataclass(frozen=True)
class Sheet:
    """The names of the columns, and what is below them."""

    columns: tuple[str, ...]
    text: str
    delimiter: str

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """The number of each row (the columns' names stand in row 1 or below) and its filled
        cells by column. Empty rows are left out. Raises SheetError.
        """
        for number, cells in _lines(self.text, self.delimiter, after_header=True):
            names = [*self.columns, *map(_nameless, range(len(self.columns), len(cells)))]
            row = {
                name: cell.strip()
                for name, cell in zip(names, cells, strict=False)
                if cell and not cell.isspace()
            }
            if row:
                yield number, row


def sheet_of(text: str, *, delimiter: str | None = None) -> Sheet:
    """Raises SheetError."""
    sign = delimiter or delimiter_of(text)
    header = next((cells for _, cells in _lines(text, sign)), None)
    if header is None:
        raise SheetError("there is nothing in the file")
    if len(header) > MAX_COLUMNS:
        raise SheetError(f"there are {len(header)} columns; {MAX_COLUMNS} are the most")
    return Sheet(_named(header), text, sign)


def text_of_sheet(raw: bytes, *, encoding: str | None = None) -> str:
    """The text of a file: by its mark, else as UTF-8, else in `encoding`, else by a guess.

    Raises SheetError.
    """
    marked = next((codec for mark, codec in _MARKS if raw.startswith(mark)), None)
    for codec in (marked, encoding) if marked or encoding else ("utf-8",):
        if codec is not None:
            try:
                return raw.decode(codec)
            except UnicodeError:
                if encoding:
                    raise SheetError(f"the file is not in {encoding}") from None
            except LookupError:
                raise SheetError(f"there is no encoding {encoding}") from None
    guess = from_bytes(raw[:_SAMPLE], cp_isolation=_CODECS, explain=False).best()
    if guess is None:
        raise SheetError("the encoding cannot be told: name it")
    try:
        return raw.decode(guess.encoding)
    except UnicodeError:
        raise SheetError("the encoding cannot be told: name it") from None


def delimiter_of(text: str) -> str:
    """The sign that divides the first lines into the same number of cells, the more the better."""
    head = "\n".join(text.split("\n", _HEAD_LINES)[:_HEAD_LINES])

    def fit(sign: str) -> tuple[int, int]:
        try:
            widths = Counter(len(cells) for cells in csv.reader(io.StringIO(head), delimiter=sign))
        except csv.Error:
            return 0, 0
        widths.pop(0, None)
        width, count = max(widths.items(), key=lambda item: (item[0] > 1, item[1]), default=(0, 0))
        return (count, width) if width > 1 else (0, 0)

    best = max(_DELIMITERS, key=fit)
    return best if fit(best) > (0, 0) else ","


def _lines(
    text: str, delimiter: str, *, after_header: bool = False
) -> Iterator[tuple[int, Sequence[str]]]:
    """Rows with their numbers, from the first that holds anything, or from the one below it."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    skips = 1 if after_header else 0
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise SheetError(f"row {number} cannot be read ({error})") from None
        if max(map(len, cells), default=0) > MAX_CELL:
            raise SheetError(f"row {number} has a cell of more than {MAX_CELL} characters")
        is_filled = any(cell and not cell.isspace() for cell in cells)
        if skips and is_filled:
            skips -= 1
        elif skips == 0 and (after_header or is_filled):
            yield number, cells


def _named(header: Sequence[str]) -> tuple[str, ...]:
    """The columns' names, each once: a second one of the same name gets a number."""
    counts: Counter[str] = Counter()
    names = []
    for place, cell in enumerate(header):
        name = " ".join(cell.split())[:200] or _nameless(place)
        counts[name] += 1
        names.append(name if counts[name] == 1 else f"{name} {counts[name]}")
    return tuple(names)


def _nameless(place: int) -> str:
    return f"column {place + 1}"
