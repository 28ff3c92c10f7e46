"""A plan's cube as rows of a table: a line in one measure and nature each, its months as columns.

Invariant: what is written is read as it was, whatever the values of the axes are; and any table
gives rows or faults, each of which names its row and column.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Final, NamedTuple, TypeVar

from services.kpi.domain.lines.tables import LONGEST_NAME, Faults, require_short
from services.kpi.domain.plan.amounts import amount_of, plain_amount
from services.kpi.domain.plan.blocks import Block
from services.kpi.domain.plan.nodes import MEASURES, NATURES, AxisName, Measure
from services.kpi.domain.plan.terms import NAMED, Terms
from shared.text import require_storable
from shared.workbook_flaws import UNSTORED, Flaw

TITLE: Final = "plan"
LABEL: Final = "seller_name"  # for people; nobody reads it
MAX_FILE_ROWS: Final = 200_000
MAX_FILE_CELLS: Final = 2_000_000  # amounts
_HEADING: Final = ("measure", "nature", *NAMED)
_MONTH: Final = re.compile(r"([0-9]{4}-[0-9]{2})(-01)?")
Values = Mapping[AxisName, Mapping[int, str]]
Names = tuple[str, ...]
Word = TypeVar("Word", bound=str)


class FileRow(NamedTuple):
    """`names` are a line's values by the axes that are named; an amount in the smallest unit for
    each month that the table has, None where its cell is empty.
    """

    number: int
    measure: Measure
    nature: int
    names: Names
    amounts: Sequence[int | None]


@dataclass(slots=True)
class PlanTable(Faults):
    """The rows of a table, the numbers of its months and their columns' names; or its faults."""

    months: list[int] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    rows: list[FileRow] = field(default_factory=list)


def heading(terms: Terms) -> list[str]:
    months = [f"{terms.month_of(number):%Y-%m}" for number in range(terms.months)]
    return [*_HEADING, LABEL, *months]


def rows_of(
    blocks: Iterable[Block],
    terms: Terms,
    measure: Measure,
    values: Values,
    labels: Mapping[str, str | None],
) -> Iterator[list[str | Decimal | None]]:
    """The rows of blocks, below the heading."""
    unit = terms.unit(measure)
    for block in blocks:
        place = [values["region"][block.region], values["product"][block.product]]
        lines = list(zip(block.lines[::2], block.lines[1::2], strict=True))
        for nature, name in enumerate(NATURES):
            begin = nature * block.months * block.count
            end = begin + block.months * block.count
            for line, (party, seller) in enumerate(lines):
                who = values["seller"][seller]
                cells = block.cells[begin + line : end : block.count]
                amounts = [cell * unit for cell in cells]
                names = [*place, values["party"][party], who, labels.get(who)]
                yield [measure, name, *names, *amounts]


def read_plan(text: str, terms: Terms, flaws: Iterable[Flaw] = ()) -> PlanTable:
    """The rows of a table in CSV; with faults, nothing of it counts. `flaws` are cells that are
    empty in it and were not.
    """
    table = PlanTable()
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        head = next(reader, [])
        places = _places(table, head, terms)
        is_headed = not table.faults
        _refuse_flaws(table, flaws, places)
        if is_headed:
            _read_rows(table, reader, places, terms)
    except csv.Error as error:
        table.refuse(0, "", f"cannot be read: {error}")
    return table


def _refuse_flaws(table: PlanTable, flaws: Iterable[Flaw], places: Mapping[str, int]) -> None:
    """In a column that is read, or among the columns' names."""
    names = {place + 1: name for name, place in places.items()}
    for flaw in flaws:
        name = names.get(flaw.column, "")
        if flaw.row > 1 and name in {"", LABEL}:
            continue
        if flaw.text == UNSTORED:
            detail = "is a formula without a value: save the file in a spreadsheet program"
        else:
            detail = f"is the error {flaw.text}"
        table.refuse(flaw.row, name, detail)


def _places(table: PlanTable, head: Sequence[str], terms: Terms) -> dict[str, int]:
    """Where each column stands; months also in the table, in their order."""
    places: dict[str, int] = {}
    for place, cell in enumerate(head):
        name = cell.strip()
        if not name:
            continue
        if name in places or len(places) > len(_HEADING) + 1 + terms.months:
            table.refuse(1, name, "is there twice" if name in places else "is one too many")
            return places
        places[name] = place
        if name in {*_HEADING, LABEL}:
            continue
        month = _month(name, terms)
        if month is None or month in table.months:
            table.refuse(1, name, "is no column, and no month of the plan")
        else:
            table.months.append(month)
            table.columns.append(name)
    for name in _HEADING:
        if name not in places:
            table.refuse(1, "", f"has no column {name}")
    return places


def _month(name: str, terms: Terms) -> int | None:
    parts = _MONTH.fullmatch(name)
    if parts is None:
        return None
    months = {f"{terms.month_of(number):%Y-%m}": number for number in range(terms.months)}
    return months.get(parts[1])


def _read_rows(
    table: PlanTable, rows: Iterable[list[str]], places: Mapping[str, int], terms: Terms
) -> None:
    width = max(places.values()) + 1
    before: dict[tuple[Measure, int, Names], int] = {}
    for number, cells in zip(count(2), rows, strict=False):
        if not any(cells):
            continue
        if number > MAX_FILE_ROWS + 1 or len(table.rows) * len(table.months) >= MAX_FILE_CELLS:
            most = f"{MAX_FILE_ROWS} rows or {MAX_FILE_CELLS} amounts"
            table.refuse(0, "", f"has more than {most}")
            return
        padded = cells if len(cells) >= width else [*cells, *[""] * (width - len(cells))]
        row = _row(table, number, padded, places, terms)
        if row is None:
            continue
        first = before.setdefault(row[1:4], number)
        if first != number:
            table.refuse(number, "", f"says the same as row {first}")
        table.rows.append(row)


def _row(
    table: PlanTable, number: int, cells: Sequence[str], places: Mapping[str, int], terms: Terms
) -> FileRow | None:
    measure = _one_of(table, number, "measure", cells[places["measure"]], MEASURES)
    nature = _one_of(table, number, "nature", cells[places["nature"]], NATURES)
    names = tuple([cells[places[axis]] for axis in NAMED])
    for axis, name in zip(NAMED, names, strict=True):
        if fault := _flaw(name):
            table.refuse(number, axis, fault)
    if measure is None or nature is None:
        return None
    amounts: list[int | None] = []
    digits = terms.digits(measure)
    for column in table.columns:
        cell = cells[places[column]]
        try:
            plain = plain_amount(cell, digits)
            amounts.append(amount_of(cell, terms, measure) if plain is None else plain)
        except ValueError as error:
            table.refuse(number, column, str(error))
    # Unlike lists, tuples of numbers are nothing that the collector of garbage looks through.
    return FileRow(number, measure, NATURES.index(nature), names, tuple(amounts))


def _one_of(
    table: PlanTable, number: int, column: str, cell: str, words: Sequence[Word]
) -> Word | None:
    for word in words:
        if cell.strip() == word:
            return word
    table.refuse(number, column, f"is none of: {', '.join(words)}")
    return None


def _flaw(name: str) -> str | None:
    if len(name) <= LONGEST_NAME and name.isprintable():
        return None
    # Regions and products are as senders wrote them, control characters included.
    try:
        require_storable(require_short(name))
    except ValueError as error:
        return str(error)
    return None


def with_rows(
    block: Block, rows: Iterable[FileRow], places: Mapping[Names, int], ice: bytes, table: PlanTable
) -> Block:
    """The block with the amounts of rows; `places` tells which of its lines the names of party and
    seller are. Cells that `ice` marks are locked: one that would change is a fault of the table.
    """
    cells = block.cells[:]
    steps = [month * block.count for month in table.months]
    for row in rows:
        begin = row.nature * block.months * block.count + places[row.names[2:]]
        for step, column, amount in zip(steps, table.columns, row.amounts, strict=True):
            cell = begin + step
            if amount is None or amount == cells[cell]:
                continue
            if ice[cell]:
                table.refuse(row.number, column, "is locked, and comes to something else")
                continue
            cells[cell] = amount
    return Block(block.region, block.product, block.lines, cells, block.past)
