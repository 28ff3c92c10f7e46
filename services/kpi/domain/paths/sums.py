"""What versions of rows add up to, by UTC day and month, by segments of which only a grouping is
told, and by the day of knowledge: sums over what was known up to a day are figures at its end. What
was known on the very day on which it happened has none of its own, so that months are few rows.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date
from typing import Any, Final, NamedTuple

from services.kpi.domain.paths.rows import Again, Arrival, Credit, Row, Version
from services.kpi.domain.paths.segments import (
    AGAIN_GROUPINGS,
    KEPT_GROUPINGS,
    Segment,
    restricted,
    segment_id,
)

PROMPT: Final = date.min  # before every day, and in the database before all time
DAY, MONTH = "day", "month"


class ArrivalCell(NamedTuple):
    unit: str
    grouping: int
    begins: date
    segment_id: int
    known_on: date


class CreditCell(NamedTuple):
    unit: str
    grouping: int
    begins: date
    segment_id: int
    models: int
    whole: int
    currency: str
    since_days: int
    known_on: date


class AgainCell(NamedTuple):
    """People who came in one month and again in another, or the same; first days of months."""

    grouping: int
    begins: date
    earlier_begins: date
    segment_id: int
    known_on: date


Sums = Mapping[Any, list[Any]]  # the numbers by cell, in the order of the names below
NAMES: Final[Mapping[type[Any], tuple[str, ...]]] = {
    ArrivalCell: ("inquiries", "target", "leads"),
    CreditCell: ("parts", "amount"),
    AgainCell: ("inquiries",),
}


def sums_of(
    gone: Iterable[Version], added: Iterable[Version], segments: Mapping[int, Segment]
) -> dict[type[Any], Sums]:
    """By what the sums change, by kind of cell; cells that do not are left out."""
    sums: dict[type[Any], dict[Any, list[Any]]] = {kind: {} for kind in NAMES}
    for sign, versions in ((-1, gone), (1, added)):
        for version in versions:
            for change, day in ((sign, version.known_on), (-sign, version.known_until)):
                if day == date.max:
                    continue
                for cell, numbers in _shares(version.row, day, segments):
                    totals = sums[type(cell)].setdefault(cell, [0] * len(numbers))
                    for place, number in enumerate(numbers):
                        totals[place] += change * number
    return {
        kind: {cell: numbers for cell, numbers in cells.items() if any(numbers)}
        for kind, cells in sums.items()
    }


def _shares(
    row: Row, known_on: date, segments: Mapping[int, Segment]
) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """The cells of a row that became known on a day, with what it adds to each."""
    day = row.at.astimezone(UTC).date()
    known_day = PROMPT if known_on == day else known_on
    month = day.replace(day=1)
    if isinstance(row, Again):
        earlier = row.earlier_at.astimezone(UTC).date().replace(day=1)
        for grouping in AGAIN_GROUPINGS:
            if row.groupings >> grouping & 1:
                segment = _part(row.segment_id, grouping, segments)
                yield AgainCell(grouping, month, earlier, segment, known_day), (1,)
    elif isinstance(row, Arrival):
        numbers = (1, int(row.is_target), int(row.lead_id is not None))
        for grouping in KEPT_GROUPINGS:
            segment = _part(row.segment_id, grouping, segments)
            yield ArrivalCell(DAY, grouping, day, segment, known_day), numbers
            yield ArrivalCell(MONTH, grouping, month, segment, known_day), numbers
    elif isinstance(row, Credit) and not row.is_off:
        of_sale = (row.models, row.whole, row.currency, row.since_days, known_day)
        for grouping in KEPT_GROUPINGS:
            segment = _part(row.segment_id, grouping, segments)
            yield CreditCell(DAY, grouping, day, segment, *of_sale), (row.parts, row.amount)
            yield CreditCell(MONTH, grouping, month, segment, *of_sale), (row.parts, row.amount)


def _part(number: int, grouping: int, segments: Mapping[int, Segment]) -> int:
    """The number of the segment of which only the grouping's dimensions are told."""
    return segment_id(restricted(segments[number], grouping))
