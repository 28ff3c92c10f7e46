"""What may be spent in a month on an advertising channel, and how that stands against the fact."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal, NamedTuple

from services.kpi.domain.motivation.months import following
from services.kpi.domain.motivation.tables import Fault, month_of_cell
from services.kpi.domain.sales.returns import Quotient, money_of, ratio
from services.kpi.domain.spend.cells import amount_of, point_of
from services.kpi.domain.spend.lines import currency_of, name_of, require_amount
from shared.sheets import Sheet, SheetError, sheet_of
from shared.text import storable

MAX_ROWS: Final = 20_000
MOST_FAULTS: Final = 100
LABELS: Final[Mapping[str, frozenset[str]]] = {
    "month": frozenset({"month", "period", "месяц", "период"}),
    "ad_channel": frozenset({"channel", "ad channel", "utm source", "канал", "рекламный канал"}),
    "amount": frozenset({"amount", "budget", "plan", "бюджет", "план", "сумма"}),
    "currency": frozenset({"currency", "валюта"}),
}
NO_BUDGET: Final = "no_budget"


class BudgetLine(NamedTuple):
    """`amount` is None where a budget is taken back; `month` is a first day."""

    month: date
    ad_channel: str
    currency: str
    amount: Decimal | None

    @property
    def place(self) -> tuple[date, str, str]:
        return self.month, self.ad_channel, self.currency


@dataclass(frozen=True, slots=True)
class BudgetState:
    """`planned` is None where nothing was; `due` is the plan's part for the days that are over."""

    planned: Decimal | None
    spent: Decimal
    due: Decimal | None
    difference: Decimal | None
    used: Quotient


def state_of(line: BudgetLine, spent: Decimal, today: date) -> BudgetState:
    """How the fact stands against the plan at the beginning of a day. A month's plan falls due day
    by day in equal parts.
    """
    if line.amount is None:
        return BudgetState(None, spent, None, None, Quotient(None, NO_BUDGET))
    end = following(line.month)
    days = min(max((today - line.month).days, 0), (end - line.month).days)
    part = Fraction(line.amount) * days / (end - line.month).days
    due = money_of(part, line.currency)
    used = ratio(Fraction(spent), Fraction(line.amount), NO_BUDGET)
    return BudgetState(line.amount, spent, due, spent - line.amount, used)


@dataclass(frozen=True, slots=True)
class TableWish:
    """How a table is read, and what stands for columns that it has not."""

    delimiter: str | None = None
    decimal: Literal[".", ","] | None = None
    currency: str | None = None


@dataclass(slots=True)
class BudgetTable:
    """The lines of a table, or its first faults; `fault_count` counts all."""

    lines: list[BudgetLine] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0

    def refuse(self, row: int, column: str, detail: str) -> None:
        self.fault_count += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(row, column[:80], detail))


def read_budget(text: str, wish: TableWish) -> BudgetTable:
    """The budget that a table tells of; with faults, nothing of it counts."""
    table = BudgetTable()
    try:
        sheet = sheet_of(text, delimiter=wish.delimiter)
        columns = columns_of(sheet.columns)
        for name in ("month", "ad_channel", "amount"):
            if name not in columns:
                table.refuse(1, "", f"no column is the {name}")
        if not table.faults:
            _read_rows(table, sheet, wish, columns)
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
    table: BudgetTable, sheet: Sheet, wish: TableWish, columns: Mapping[str, str]
) -> None:
    rows = []
    for row in sheet.rows():
        rows.append(row)
        if len(rows) > MAX_ROWS:
            table.refuse(0, "", f"has more than {MAX_ROWS} rows")
            return
    point = wish.decimal or point_of(cells.get(columns["amount"], "") for _, cells in rows)
    readers: Mapping[str, Callable[[str], object]] = {
        "month": month_of_cell,
        "ad_channel": lambda text: name_of(storable(text)),
        "amount": lambda text: require_amount(amount_of(text, point)),
        "currency": lambda text: currency_of(text or wish.currency or ""),
    }
    places = set()
    for number, cells in rows:
        values = {
            member: _value(table, number, columns.get(member, member), cells, reader)
            for member, reader in readers.items()
        }
        if None in values.values():
            continue
        line = BudgetLine(**values)  # type: ignore[arg-type]
        if line.place in places:
            table.refuse(number, columns["month"], "the same month and channel stand above it")
        places.add(line.place)
        table.lines.append(line)


def _value(
    table: BudgetTable,
    number: int,
    column: str,
    cells: Mapping[str, str],
    read: Callable[[str], object],
) -> object:
    """The value of a cell; None when it has a fault, which the table is told."""
    try:
        return read(cells.get(column, ""))
    except ValueError as error:
        table.refuse(number, column, str(error))
        return None
