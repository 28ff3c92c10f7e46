"""Reads a table of targets: who, in which month, how much; or what is wrong with its rows.

Invariant: any table gives targets or faults, and each fault names its row and column.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from services.kpi.domain.motivation.months import FIRST_MONTH, LAST_MONTH
from services.kpi.domain.motivation.targets import Target, fault_of
from services.kpi.domain.motivation.terms import MEASURES, REVENUE, Measure
from services.kpi.domain.spend.cells import Point, amount_of, day_of, point_of
from services.kpi.domain.spend.lines import currency_of
from shared.sheets import Sheet, SheetError, sheet_of

MAX_ROWS: Final = 20_000
MOST_FAULTS: Final = 100
LABELS: Final[Mapping[str, frozenset[str]]] = {
    "month": frozenset({"month", "месяц", "period", "период"}),
    "subject": frozenset({"subject", "manager", "manager id", "менеджер", "сотрудник", "кто"}),
    "measure": frozenset({"measure", "показатель"}),
    "value": frozenset({"value", "plan", "target", "план", "значение", "сумма"}),
    "currency": frozenset({"currency", "валюта"}),
}
_MEASURES: Final[Mapping[str, Measure]] = {
    **{name: name for name in MEASURES},
    "выручка": "revenue",
    "продажи": "sales",
}
_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_MONTH_FIRST = re.compile(r"(\d{1,2})[./](\d{4})")


class Fault(NamedTuple):
    """`row` counts as a spreadsheet does, from 1; of the table as a whole it is 0."""

    row: int
    column: str
    detail: str


@dataclass(frozen=True, slots=True)
class TableWish:
    """How a table is read, and what stands for columns that it has not."""

    delimiter: str | None = None
    decimal: Literal[".", ","] | None = None
    measure: Measure = "revenue"
    currency: str | None = None


@dataclass(slots=True)
class TargetTable:
    """The targets of a table with their rows, or its first faults; `fault_count` counts all."""

    targets: list[Target] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0

    def refuse(self, row: int, column: str, detail: str) -> None:
        self.fault_count += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(row, column[:80], detail))


class _Reading(NamedTuple):
    wish: TableWish
    columns: Mapping[str, str]
    point: Point | None
    subjects: Mapping[str, Sequence[str]]


class _CellError(ValueError):
    """A cell that cannot be read: which member it is."""

    def __init__(self, member: str, detail: str) -> None:
        super().__init__(detail)
        self.member = member


def read_targets(text: str, wish: TableWish, subjects: Mapping[str, Sequence[str]]) -> TargetTable:
    """The targets that a table tells of; with faults, nothing of it counts. `subjects` are whom a
    name without case may mean.
    """
    table = TargetTable()
    try:
        sheet = sheet_of(text, delimiter=wish.delimiter)
        columns = columns_of(sheet.columns)
        for name in ("month", "subject", "value"):
            if name not in columns:
                table.refuse(1, "", f"no column is the {name}")
        if not table.faults:
            _read_rows(table, sheet, wish, columns, subjects)
    except SheetError as error:
        table.refuse(0, "", str(error))
    return table


def columns_of(names: Sequence[str]) -> dict[str, str]:
    """Which column is what: the first whose name says so."""
    columns: dict[str, str] = {}
    for name in names:
        word = " ".join(name[:80].replace("_", " ").casefold().split())
        for member, labels in LABELS.items():
            if word in labels:
                columns.setdefault(member, name)
    return columns


def _read_rows(
    table: TargetTable,
    sheet: Sheet,
    wish: TableWish,
    columns: Mapping[str, str],
    subjects: Mapping[str, Sequence[str]],
) -> None:
    rows = []
    for row in sheet.rows():
        rows.append(row)
        if len(rows) > MAX_ROWS:
            table.refuse(0, "", f"has more than {MAX_ROWS} rows")
            return
    point = wish.decimal or point_of(cells.get(columns["value"], "") for _, cells in rows)
    reading = _Reading(wish, columns, point, subjects)
    for number, cells in rows:
        try:
            target = _target(cells, reading)
        except _CellError as error:
            table.refuse(number, columns.get(error.member, ""), str(error))
            continue
        if fault := fault_of(target):
            table.refuse(number, columns.get(fault[0], ""), fault[1])
        table.targets.append(target)
        table.rows.append(number)


def _target(cells: Mapping[str, str], reading: _Reading) -> Target:
    def cell(member: str) -> str:
        return cells.get(reading.columns.get(member, ""), "")

    def member_of(member: str, read: Callable[[str], object]) -> object:
        try:
            return read(cell(member))
        except ValueError as error:
            raise _CellError(member, str(error)) from None

    measure = _MEASURES.get(cell("measure").casefold() or reading.wish.measure)
    if measure is None:
        raise _CellError("measure", f"is none of: {', '.join(MEASURES)}")
    currency = ""
    if measure == REVENUE:
        currency = str(member_of("currency", lambda text: _currency(text, reading.wish)))
    month, subject, value = (
        member_of("month", month_of_cell),
        member_of("subject", lambda text: _subject(text, reading.subjects)),
        member_of("value", lambda text: amount_of(text, reading.point)),
    )
    assert isinstance(month, date)
    assert isinstance(value, Decimal)
    return Target(month, str(subject), measure, value, currency)


def _currency(text: str, wish: TableWish) -> str:
    if not text and wish.currency is None:
        raise ValueError("is not told: name it")
    return currency_of(text or str(wish.currency))


def _subject(text: str, subjects: Mapping[str, Sequence[str]]) -> str:
    people = subjects.get(" ".join(text[:400].split()).casefold(), ())
    if not people:
        raise ValueError("there is no such manager")
    if len(people) > 1:
        raise ValueError("may be several managers: give the id")
    return people[0]


def month_of_cell(text: str) -> date:
    """The month of a cell, as in 2026-03, 03.2026 or any of its days. Raises ValueError."""
    if parts := _MONTH.fullmatch(text[:40]):
        year, number = int(parts[1]), int(parts[2])
    elif parts := _MONTH_FIRST.fullmatch(text[:40]):
        year, number = int(parts[2]), int(parts[1])
    else:
        day = day_of(text, "dmy")
        year, number = day.year, day.month
    if not 1 <= number <= 12 or not FIRST_MONTH.year <= year <= LAST_MONTH.year:
        raise ValueError("is no month: 2026-03 is one")
    return date(year, number, 1)
