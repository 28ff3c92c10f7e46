"""What rows that are still known add up to, by a unit of UTC and by segments of which only a
grouping is told. There is no day of knowledge in them, so that a month is few sums: what was known
on an earlier day is told by them less the rows that became known since.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from services.kpi.domain.paths.origins import BEYOND_DAYS, EVERY_ORIGIN, as_numbers
from services.kpi.domain.paths.pieces import MONTH, begins_of
from services.kpi.domain.paths.rows import Again, Arrival, Credit, Row, SoldAgain, Version
from services.kpi.domain.paths.segments import (
    AGAIN_GROUPINGS,
    KEPT_UNITS,
    NOTHING,
    NOWHERE,
    Segment,
    parts_of,
    segment_id,
)
from services.kpi.domain.sales.people import Sale

# Sums tell by the least of these that a change needs; any other lookback reads rows besides.
LOOKBACKS: Final = (1, 7, 14, 30, 60, 90, 180, 365, 730)
_EVERY_GROUPING: Final = 1 << NOTHING  # the bit of the grouping in which everybody is alike


class ArrivalCell(NamedTuple):
    unit: str
    grouping: int
    begins: datetime
    segment_id: int


class CreditCell(NamedTuple):
    unit: str
    grouping: int
    begins: datetime
    segment_id: int
    models: int
    whole: int
    currency: str
    since_days: int


class SaleCell(NamedTuple):
    """A sale is in the cells of what it is credited to, and in one of all sales."""

    unit: str
    grouping: int
    begins: datetime
    segment_id: int
    models: int
    currency: str
    since_days: int


class AgainCell(NamedTuple):
    """People who came in one month and again in another, or the same."""

    grouping: int
    begins: datetime
    earlier_begins: datetime
    segment_id: int


class SoldAgainCell(NamedTuple):
    """People who bought in one month and again in another, or the same."""

    grouping: int
    begins: datetime
    earlier_begins: datetime
    segment_id: int
    models: int
    since_days: int


Sums = dict[Any, list[Any]]  # the numbers by cell, in the order of the names below
NAMES: Final[Mapping[type[Any], tuple[str, ...]]] = {
    ArrivalCell: ("inquiries", "target", "leads"),
    CreditCell: ("parts", "amount"),
    SaleCell: (
        *("firsts", "repeats", "cancelled", "joined", "priced", "cancelled_priced"),
        *("first_amount", "repeat_amount", "cancelled_amount"),
    ),
    AgainCell: ("inquiries",),
    SoldAgainCell: ("again", "third"),
}
Segments = Mapping[int, Segment]
_NOWHERE: Final = segment_id(NOWHERE)
_NOTHING: Final[Mapping[int, list[Any]]] = {
    len(names): [0] * len(names) for names in NAMES.values()
}


def reach(since_days: int) -> int:
    """The least of the lookbacks that reaches so far."""
    return LOOKBACKS[bisect_left(LOOKBACKS, since_days)]


def summed_lookback(days: int) -> int:
    """The longest lookback that sums tell and that is no longer than this one."""
    return LOOKBACKS[bisect_right(LOOKBACKS, days) - 1]


def no_sums() -> dict[type[Any], Sums]:
    """Nothing yet, of each kind of cell."""
    return {kind: {} for kind in NAMES}


def sum_up(sums: Mapping[type[Any], Sums], sign: int, version: Version, segments: Segments) -> None:
    """Add to these sums, or with a negative sign take from them, what one version counts."""
    if version.known_until != date.max:
        return
    for cell, numbers in _shares(version.row, segments):
        cells = sums[type(cell)]
        totals = cells.get(cell, _NOTHING[len(numbers)])
        cells[cell] = [total + sign * number for total, number in zip(totals, numbers, strict=True)]


def changed(sums: Mapping[type[Any], Sums]) -> dict[type[Any], Sums]:
    """The sums without the cells that do not change."""
    return {
        kind: {cell: numbers for cell, numbers in cells.items() if any(numbers)}
        for kind, cells in sums.items()
    }


def _shares(row: Row, segments: Segments) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """The cells of a row, with what it adds to each."""
    if isinstance(row, Arrival):
        yield from _of_arrival(row, segments)
    elif isinstance(row, Again):
        yield from _of_again(row, segments)
    elif isinstance(row, SoldAgain):
        yield from _of_sold_again(row, segments)
    elif isinstance(row, Sale):
        yield from _of_sale(row, segments)
    elif not row.is_off:
        yield from _of_credit(row, segments)


def _places(at: datetime, number: int, segments: Segments) -> Iterator[tuple[str, int, Any, int]]:
    """Unit, grouping, beginning and segment of all cells of a moment and a segment."""
    begins, numbers = begins_of(at), parts_of(segments[number]).numbers
    for grouping, units in KEPT_UNITS.items():
        for unit in units:
            yield unit, grouping, begins[unit], numbers[grouping]


def _of_arrival(row: Arrival, segments: Segments) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    numbers = (1, int(row.is_target), int(row.lead_id is not None))
    for place in _places(row.at, row.segment_id, segments):
        yield ArrivalCell(*place), numbers


def _of_again(row: Again, segments: Segments) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    months = begins_of(row.at)[MONTH], begins_of(row.earlier_at)[MONTH]
    parts = parts_of(segments[row.segment_id]).numbers
    for grouping in AGAIN_GROUPINGS:
        if row.groupings >> grouping & 1:
            yield AgainCell(grouping, *months, parts[grouping]), (1,)


def _of_credit(row: Credit, segments: Segments) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    of_sale = row.models, row.whole, row.currency, reach(row.since_days)
    for place in _places(row.at, row.segment_id, segments):
        if place[1] != NOTHING:  # there sales are counted whole
            yield CreditCell(*place, *of_sale), (row.parts, row.amount)


def _of_sale(row: Sale, segments: Segments) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    numbers, currency = _numbers(row), row.currency or ""
    begins = begins_of(row.at)
    for unit in KEPT_UNITS[NOTHING]:
        yield SaleCell(unit, NOTHING, begins[unit], _NOWHERE, EVERY_ORIGIN, currency, 1), numbers
    less = tuple(-number for number in numbers)
    for models, since_days, until_days, number in as_numbers(row.origins):
        for place in _places(row.at, number, segments):
            if place[1] == NOTHING:
                continue
            yield SaleCell(*place, models, currency, reach(since_days)), numbers
            if until_days < BEYOND_DAYS:
                yield SaleCell(*place, models, currency, reach(until_days)), less


def _numbers(sale: Sale) -> tuple[int | Decimal, ...]:
    amount = sale.amount if sale.currency is not None and sale.amount is not None else None
    stands = sale.taken_back_at is None
    is_new = stands and sale.number == 1
    counts = (is_new, stands and not is_new, not stands, stands and sale.joined_by is not None)
    priced = (stands and amount is not None, not stands and amount is not None)
    amounts = (amount or Decimal(0) if counted else Decimal(0) for counted in counts[:3])
    return (*map(int, counts), *map(int, priced), *amounts)


def _of_sold_again(row: SoldAgain, segments: Segments) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    months = begins_of(row.at)[MONTH], begins_of(row.earlier_at)[MONTH]
    numbers = (1, int(row.is_third))
    parts = parts_of(segments[row.segment_id]).numbers
    if is_of_everybody(row):
        yield SoldAgainCell(NOTHING, *months, _NOWHERE, EVERY_ORIGIN, 1), numbers
    for grouping in AGAIN_GROUPINGS - {NOTHING}:
        if not row.groupings >> grouping & 1:
            continue
        part = parts[grouping]
        yield SoldAgainCell(grouping, *months, part, row.models, reach(row.since_days)), numbers
        if row.until_days < BEYOND_DAYS:
            less = tuple(-number for number in numbers)
            yield SoldAgainCell(grouping, *months, part, row.models, reach(row.until_days)), less


def is_of_everybody(row: SoldAgain) -> bool:
    """Whether it is the one of its sale that tells of the person's sale just before."""
    return bool(row.groupings & _EVERY_GROUPING and row.since_days == 1 and row.models & 1)
