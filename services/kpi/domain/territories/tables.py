"""Reads a table of what is known of territories: the facts, or what is wrong with its rows.

Invariant: any table gives facts or faults, and each fault names its row and column.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

from services.kpi.domain.spend.cells import (
    DateOrder,
    Point,
    amount_of,
    day_of,
    order_of,
    point_of,
)
from services.kpi.domain.spend.lines import currency_of
from services.kpi.domain.territories.facts import FactKind, TerritoryFact, fact_faults
from shared.sheets import Sheet, SheetError, sheet_of
from shared.text import storable

MAX_ROWS: Final = 20_000
MOST_FAULTS: Final = 100
LONGEST_WORD: Final = 200
_LABELS: Final[Mapping[str, frozenset[str]]] = {
    "territory_id": frozenset({"territory", "territory id", "территория", "регион", "город"}),
    "kind": frozenset({"kind", "indicator", "показатель", "вид"}),
    "product": frozenset({"product", "продукт", "товар"}),
    "day": frozenset({"day", "date", "дата", "день"}),
    "value": frozenset({"value", "значение"}),
    "currency": frozenset({"currency", "валюта"}),
    "source": frozenset({"source", "источник"}),
}
_NEEDED: Final = ("territory_id", "kind", "day", "value")
_KINDS: Final[Mapping[str, FactKind]] = {
    **{kind.replace("_", " "): kind for kind in FactKind},
    "население": FactKind.POPULATION,
    "доход": FactKind.INCOME,
    "доходы": FactKind.INCOME,
    "конкуренты": FactKind.COMPETITORS,
    "предпочтение": FactKind.PREFERENCE,
    "предпочтения": FactKind.PREFERENCE,
    "покупательная способность": FactKind.PURCHASING_POWER,
}
Names = Mapping[str, Sequence[UUID]]


class Fault(NamedTuple):
    """`row` counts as a spreadsheet does, from 1; of the table as a whole it is 0."""

    row: int
    column: str
    detail: str


@dataclass(frozen=True, slots=True)
class TableWish:
    """How a table is read, and what stands for columns that it has not."""

    delimiter: str | None = None
    decimal: Point | None = None
    dates: DateOrder | None = None
    currency: str | None = None
    source: str = ""


@dataclass(slots=True)
class FactTable:
    """The facts of a table, or its first faults; `fault_count` counts all of them."""

    facts: list[TerritoryFact] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0
    columns: dict[str, str] = field(default_factory=dict)

    def refuse(self, row: int, column: str, detail: str) -> None:
        self.fault_count += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(row, column[:80], detail))


class _Reading(NamedTuple):
    """What is known of the whole table before its rows are read."""

    wish: TableWish
    columns: Mapping[str, str]
    point: Point | None
    order: DateOrder | None
    names: Names


def read_facts(text: str, wish: TableWish, names: Names) -> FactTable:
    """The facts that a table tells of; with faults, nothing of it counts. `names` are the
    territories that a word without case may mean.
    """
    table = FactTable()
    try:
        sheet = sheet_of(text, delimiter=wish.delimiter)
        table.columns = columns_of(sheet.columns)
        for member in _NEEDED:
            if member not in table.columns:
                table.refuse(1, "", f"no column is the {member.removesuffix('_id')}")
        if not table.faults:
            _read_rows(table, sheet, wish, names)
    except SheetError as error:
        table.refuse(0, "", str(error))
    return table


def word_of(text: str) -> str:
    """A name as names are compared: without case, with single blanks."""
    return " ".join(text[: 12 * LONGEST_WORD].replace("_", " ").casefold().split())


def columns_of(names: Sequence[str]) -> dict[str, str]:
    """Which column is what: the first whose name says so."""
    columns: dict[str, str] = {}
    for name in names:
        word = word_of(name[:80])
        for member, labels in _LABELS.items():
            if word in labels:
                columns.setdefault(member, name)
    return columns


def _read_rows(table: FactTable, sheet: Sheet, wish: TableWish, names: Names) -> None:
    rows, columns = [], table.columns
    for row in sheet.rows():
        rows.append(row)
        if len(rows) > MAX_ROWS:
            table.refuse(0, "", f"has more than {MAX_ROWS} rows")
            return
    point = wish.decimal or point_of(cells.get(columns["value"], "") for _, cells in rows)
    order = wish.dates or order_of(cells.get(columns["day"], "") for _, cells in rows)
    reading, ids = _Reading(wish, columns, point, order, names), set()
    for number, cells in rows:
        fact = _fact(table, number, cells, reading)
        if fact is None:
            continue
        if fact.fact_id in ids:
            table.refuse(number, columns["day"], "the same fact of this day stands above it")
        ids.add(fact.fact_id)
        table.facts.append(fact)


def _fact(
    table: FactTable, number: int, cells: Mapping[str, str], reading: _Reading
) -> TerritoryFact | None:
    """The fact of a row; None when it has a fault, which the table is told."""
    wish, columns, count = reading.wish, reading.columns, table.fault_count

    def cell(member: str) -> str:
        return storable(cells.get(columns.get(member, ""), "")).strip()

    values: dict[str, object] = {}
    readers: Mapping[str, Callable[[], object]] = {
        "territory_id": lambda: _territory(cell("territory_id"), reading.names),
        "kind": lambda: _kind(cell("kind")),
        "product": lambda: _short(cell("product")),
        "day": lambda: day_of(cell("day"), reading.order),
        "value": lambda: amount_of(cell("value"), reading.point),
        "currency": lambda: currency_of(cell("currency")) if cell("currency") else None,
        "source": lambda: _short(cell("source") or wish.source),
    }
    for member, reader in readers.items():
        try:
            values[member] = reader()
        except ValueError as error:
            table.refuse(number, columns.get(member, member), str(error))
    if table.fault_count > count:
        return None
    fact = TerritoryFact(**values)  # type: ignore[arg-type]
    if fact.currency is None and fact.kind in {FactKind.INCOME, FactKind.PURCHASING_POWER}:
        fact = fact._replace(currency=wish.currency)
    for member, detail in fact_faults(fact):
        table.refuse(number, columns.get(member, member), detail)
    return fact if table.fault_count == count else None


def _territory(cell: str, names: Names) -> UUID:
    ids = names.get(word_of(cell), ())
    if len(ids) != 1:
        raise ValueError("several territories are called so" if ids else "is no territory")
    return ids[0]


def _kind(cell: str) -> FactKind:
    kind = _KINDS.get(word_of(cell))
    if kind is None:
        raise ValueError(f"is one of: {', '.join(FactKind)}")
    return kind


def _short(cell: str) -> str:
    if len(cell) > LONGEST_WORD:
        raise ValueError(f"has more than {LONGEST_WORD} characters")
    return cell
