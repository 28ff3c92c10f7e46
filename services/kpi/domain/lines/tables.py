"""Tables of lines that people keep in files: which column is what, and the lines or what is wrong.

Invariant: any table gives lines or faults, and each fault names its row and column.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, NamedTuple, TypeVar

from services.kpi.domain.labels import label_key
from services.kpi.domain.lines.cells import Point
from shared.sheets import Sheet, SheetError, sheet_of
from shared.text import one_line, storable

MAX_ROWS: Final = 20_000
MOST_FAULTS: Final = 100  # that are told; the others are counted
LONGEST_NAME: Final = 200  # characters of what a cell names
Line = TypeVar("Line")
Row = tuple[int, Mapping[str, str]]  # its number, and its filled cells by column
Cell = Callable[[str], str]  # what a row has in the column of a part; empty without one
Readers = Mapping[str, Callable[[Cell], object]]  # by part; each raises ValueError that says why


class Fault(NamedTuple):
    """`row` counts as a spreadsheet does, from 1; of the table as a whole it is 0."""

    row: int
    column: str
    detail: str


@dataclass(slots=True)
class Faults:
    """The first faults of a table; `fault_count` counts all of them."""

    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0

    def refuse(self, row: int, column: str, detail: str) -> None:
        self.fault_count += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(row, column[:80], detail))


@dataclass(slots=True)
class Table(Faults, Generic[Line]):
    """The lines of a table with the numbers of their rows, and the column taken for each part."""

    lines: list[Line] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TableWish:
    """How a table is read; what its kind adds stands for columns that it has not."""

    delimiter: str | None = None
    decimal: Point | None = None


class Whole(NamedTuple):
    """All of a table before its rows are read."""

    columns: Mapping[str, str]
    rows: Sequence[Row]

    def cells(self, part: str) -> Iterator[str]:
        """What stands in the column of a part, which it has."""
        return (row.get(self.columns[part], "") for _, row in self.rows)


def word_of(text: str) -> str:
    """A name as names are compared, with blanks for underscores."""
    return label_key(text[: 12 * LONGEST_NAME].replace("_", " "))


def name_within(text: str) -> str:
    """In one line. Raises ValueError for one that is too long or has control characters."""
    return require_short(one_line(text))


def require_short(text: str) -> str:
    """The same text. Raises ValueError for one that is longer than a name."""
    if len(text) > LONGEST_NAME:
        raise ValueError(f"has more than {LONGEST_NAME} characters")
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Form(Generic[Line]):
    """What a kind of lines looks like in a table: what the column of each part may be called, and
    the parts without which nothing is read. `faults` of a line are parts and what is wrong; of one
    `place` there is one line, and `twice` says at which part a second one is refused, and how.
    At most so many `titles` stand above the columns' names; rows of totals are passed over.
    """

    line: Callable[..., Line]
    labels: Mapping[str, frozenset[str]]
    needed: Sequence[str]
    faults: Callable[[Line], Iterable[tuple[str, str]]] = lambda _line: ()
    place: Callable[[Line], object] | None = None
    twice: tuple[str, str] = ("", "")
    label: Callable[[str], str] = lambda name: word_of(name[:80])
    max_rows: int = MAX_ROWS
    titles: int = 0
    is_total: Callable[[Mapping[str, str], Mapping[str, str]], bool] = lambda _row, _columns: False


def columns_of(names: Sequence[str], form: Form[Line]) -> dict[str, str]:
    """Which column is what: the first whose name says so."""
    columns: dict[str, str] = {}
    for name in names:
        label = form.label(name)
        for part, labels in form.labels.items():
            if label in labels:
                columns.setdefault(part, name)
    return columns


def read_table(
    text: str,
    form: Form[Line],
    delimiter: str | None,
    readers_of: Callable[[Whole], Readers],
    merge: Callable[[Line, Line], Line | None] = lambda _first, _second: None,
) -> Table[Line]:
    """The lines that a table tells of; with faults, nothing of it counts. `readers_of` the whole
    table read its cells; `merge` makes one of two lines of the same place, where that may be.
    """
    table: Table[Line] = Table()
    try:
        sheet, skipped = _headed(text, delimiter, form)
        table.columns = columns_of(sheet.columns, form)
        for part in form.needed:
            if part not in table.columns:
                table.refuse(1, "", f"no column is the {part.removesuffix('_id')}")
        rows = [] if table.faults else list(_rows(sheet, form.max_rows))
    except SheetError as error:
        table.refuse(0, "", str(error))
        return table
    if len(rows) > form.max_rows:
        table.refuse(0, "", f"has more than {form.max_rows} rows")
    elif not table.faults:
        readers = readers_of(Whole(table.columns, rows))
        _read_rows(table, [(number + skipped, row) for number, row in rows], form, readers, merge)
    return table


def _headed(text: str, delimiter: str | None, form: Form[Line]) -> tuple[Sheet, int]:
    """The table from the row that names what is needed, and how many lines stand above it; the
    table as it is when there is no such row near its top. Raises SheetError.
    """
    below, first = text, sheet_of(text, delimiter=delimiter)
    sheet = first
    for skipped in range(form.titles + 1):
        if columns_of(sheet.columns, form).keys() >= set(form.needed):
            return sheet, skipped
        _, _, below = below.partition("\n")
        if skipped == form.titles or not below.strip():
            break
        sheet = sheet_of(below, delimiter=delimiter)
    return first, 0


def _rows(sheet: Sheet, most: int) -> Iterator[Row]:
    """All of them, or one more than the most."""
    for count, row in enumerate(sheet.rows()):
        yield row
        if count >= most:
            return


def _read_rows(
    table: Table[Line],
    rows: Iterable[Row],
    form: Form[Line],
    readers: Readers,
    merge: Callable[[Line, Line], Line | None],
) -> None:
    places: dict[object, int] = {}
    for number, row in rows:
        if form.is_total(row, table.columns):
            continue
        line = read_row(table, (number, row), form, readers)
        if line is None:
            continue
        first = places.setdefault(form.place(line) if form.place else number, len(table.lines))
        if first == len(table.lines):
            table.lines.append(line)
            table.rows.append(number)
        elif (whole := merge(table.lines[first], line)) is not None:
            table.lines[first] = whole
        else:
            part, detail = form.twice
            table.refuse(number, table.columns[part], detail)


def read_row(table: Table[Line], row: Row, form: Form[Line], readers: Readers) -> Line | None:
    """The line of a row; None when it has faults, which the table is told."""
    (number, cells), count = row, table.fault_count
    columns = table.columns

    def cell(part: str) -> str:
        return storable(cells.get(columns.get(part, ""), ""))

    values: dict[str, object] = {}
    for part, reader in readers.items():
        try:
            values[part] = reader(cell)
        except ValueError as error:
            table.refuse(number, columns.get(part, part), str(error))
    if table.fault_count > count:
        return None
    line = form.line(**values)
    for part, detail in form.faults(line):
        table.refuse(number, columns.get(part, part), detail)
    return line if table.fault_count == count else None
