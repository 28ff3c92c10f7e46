"""Reads a table of spend: which column is what, and the lines below it or what is wrong with them.

Invariant: any table gives lines or faults, and each fault names its row and column.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from services.kpi.domain.spend.cells import (
    DateOrder,
    Point,
    amount_of,
    day_of,
    order_of,
    point_of,
)
from services.kpi.domain.spend.lines import SpendLine, currency_of, name_of, require_amount
from shared.sheets import Sheet, SheetError, sheet_of
from shared.text import storable

MAX_ROWS: Final = 50_000
MOST_FAULTS: Final = 100
_MOST_PREAMBLE: Final = 10  # lines above the columns' names: a title, a period
_LABELS: Final[Mapping[str, frozenset[str]]] = {
    "day": frozenset({"day", "date", "дата", "день", "report date", "reporting starts"}),
    "ad_channel": frozenset(
        {"channel", "ad channel", "utm source", "source", "platform", "канал", "рекламный канал",
         "источник", "рекламная система", "площадка"}
    ),
    "campaign": frozenset(
        {"campaign", "campaign name", "utm campaign", "кампания", "название кампании",
         "рекламная кампания"}
    ),
    "source": frozenset({"source key", "ключ источника"}),
    "amount": frozenset(
        {"amount", "cost", "spend", "spent", "amount spent", "расход", "расходы", "затраты",
         "стоимость", "сумма", "потрачено", "расход с ндс", "расход всего"}
    ),
    "currency": frozenset({"currency", "currency code", "валюта", "код валюты"}),
}  # fmt: skip
_SIGNS: Final = {"₽": "RUB", "руб": "RUB", "руб.": "RUB", "р.": "RUB", "$": "USD", "€": "EUR"}
_PUNCTUATION = re.compile(r"[\W_]+")
_TOTALS = re.compile(r"(итог|всего|total|grand total)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TableWish:
    """How a table is read, and what stands for columns that it has not."""

    delimiter: str | None = None
    decimal: Point | None = None
    dates: DateOrder | None = None
    ad_channel: str = ""
    campaign: str = ""
    source: str = ""
    currency: str | None = None
    repeated: Literal["refuse", "add"] = "refuse"


class Fault(NamedTuple):
    """`row` counts as a spreadsheet does, from 1; of the table as a whole it is 0."""

    row: int
    column: str
    detail: str


@dataclass(slots=True)
class SpendTable:
    """The lines of a table, or its first faults; `fault_count` counts all of them."""

    lines: list[SpendLine] = field(default_factory=list)
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
    currency: str | None


def read_spend(text: str, wish: TableWish) -> SpendTable:
    """The spend that a table tells of; with faults, nothing of it counts."""
    table = SpendTable()
    try:
        sheet, skipped = _headed(text, wish.delimiter)
        table.columns = columns_of(sheet.columns)
        for name in {"day", "amount"} - table.columns.keys():
            table.refuse(skipped + 1, "", f"no column is the {name}")
        rows = [] if table.faults else list(_rows(sheet))
    except SheetError as error:
        table.refuse(0, "", str(error))
        return table
    if len(rows) > MAX_ROWS:
        table.refuse(0, "", f"has more than {MAX_ROWS} rows")
    elif not table.faults:
        _read_rows(table, rows, wish, skipped)
    return table


def _headed(text: str, delimiter: str | None) -> tuple[Sheet, int]:
    """The table from the row that names a day and an amount, and how many lines stand above it; the
    table as it is when there is no such row near its top. Raises SheetError.
    """
    below, first = text, sheet_of(text, delimiter=delimiter)
    sheet = first
    for skipped in range(_MOST_PREAMBLE + 1):
        if {"day", "amount"} <= columns_of(sheet.columns).keys():
            return sheet, skipped
        _, _, below = below.partition("\n")
        if not below.strip():
            break
        sheet = sheet_of(below, delimiter=delimiter)
    return first, 0


def _rows(sheet: Sheet) -> Iterator[tuple[int, Mapping[str, str]]]:
    for count, row in enumerate(sheet.rows()):
        yield row
        if count >= MAX_ROWS:
            return


def columns_of(names: Sequence[str]) -> dict[str, str]:
    """The column of each part of a line, by the first label that means it."""
    columns: dict[str, str] = {}
    for name in names:
        label = _PUNCTUATION.sub(" ", _apart(name)[0]).strip()
        for part, labels in _LABELS.items():
            if label in labels:
                columns.setdefault(part, name)
    return columns


def _read_rows(
    table: SpendTable, rows: Sequence[tuple[int, Mapping[str, str]]], wish: TableWish, skipped: int
) -> None:
    columns = table.columns
    whole = _Reading(
        wish,
        columns,
        wish.decimal or point_of(row.get(columns["amount"], "") for _, row in rows),
        wish.dates or order_of(row.get(columns["day"], "") for _, row in rows),
        wish.currency or _headed_currency(columns["amount"]),
    )
    places: dict[object, int] = {}
    for number, row in rows:
        if _is_total(row, columns):
            continue
        line = _line(table, number + skipped, row, whole)
        if line is None:
            continue
        first = places.setdefault(line.spend_id, len(table.lines))
        if first == len(table.lines):
            table.lines.append(line)
        elif wish.repeated == "add" and line.currency == table.lines[first].currency:
            amount = table.lines[first].amount + line.amount
            table.lines[first] = line._replace(amount=amount)
        else:
            table.refuse(
                number + skipped, columns["day"], "the same day and campaign stand above it"
            )


def _is_total(row: Mapping[str, str], columns: Mapping[str, str]) -> bool:
    """Whether the row adds the others up: it has no day but such a word."""
    day = row.get(columns["day"], "")
    words = [day] if day else list(row.values())[:1]
    return any(_TOTALS.match(word) for word in words)


def _apart(name: str) -> tuple[str, str]:
    """A column's label, and what stands behind it in brackets or after a comma."""
    for sign in "(,":
        label, _, note = name.casefold().partition(sign)
        if note:
            return label, note.strip().rstrip(") ")
    return name.casefold(), ""


def _headed_currency(name: str) -> str | None:
    """The currency that the amount's column names behind its label, as in `Cost (USD)`."""
    note = _apart(name)[1]
    return _SIGNS.get(note) or (note.upper() if re.fullmatch("[a-z]{3}", note) else None)


def _line(
    table: SpendTable, number: int, row: Mapping[str, str], whole: _Reading
) -> SpendLine | None:
    """The line of a row; None when it has a fault, which the table is told."""
    wish, count = whole.wish, table.fault_count

    def cell(part: str, otherwise: str = "") -> str:
        return storable(row.get(whole.columns.get(part, ""), "") or otherwise)

    values: dict[str, object] = {}
    readers: Mapping[str, Callable[[], object]] = {
        "day": lambda: day_of(cell("day"), whole.order),
        "amount": lambda: require_amount(amount_of(cell("amount"), whole.point)),
        "currency": lambda: currency_of(cell("currency", whole.currency or "")),
        "ad_channel": lambda: name_of(cell("ad_channel", wish.ad_channel)),
        "campaign": lambda: name_of(cell("campaign", wish.campaign)),
        "source_key": lambda: cell("source", wish.source).strip()[:64],
    }
    for part, reader in readers.items():
        try:
            values[part] = reader()
        except ValueError as error:
            table.refuse(number, whole.columns.get(part, part), str(error))
    if table.fault_count > count:
        return None
    return SpendLine(**values)  # type: ignore[arg-type]
