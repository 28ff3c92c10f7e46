"""All that came on one day of UTC as columns of bytes, by which leads are counted by several
dimensions at once: a byte for each lead and dimension is counted far faster than a row.

A column holds the place of each lead's value among the values of the day; where these are more than
256, the lower bytes of all places come first, then the next ones.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from struct import pack
from typing import Final, NamedTuple

from services.kpi.domain.stories.signature import BUCKET_SECONDS
from services.kpi.domain.waiting import STEPS

Value = str | date | None
MEASURES: Final = ("received", "assigned", "accepted", "contacted", "won", "lost")
AXES: Final = (
    "source", "channel", "campaign", "region", "product", "pipeline", "manager", "response",
    "first_owner", "contacted_by", "closed_by",
)  # fmt: skip
# Bits of what was promised of a lead: of an inquiry that no lead tells there is none.
IS_LEAD: Final = 1
DUE: Final = {"accept": 2, "first_touch": 8}
KEPT: Final = {"accept": 4, "first_touch": 16}
IS_ASIDE: Final = 32  # all its people were forgotten while it was open
QUARTERS: Final = 86_400 // BUCKET_SECONDS
_DIGEST_BYTES: Final = 16


class Entry(NamedTuple):
    """A lead, or an inquiry that no lead tells. `mark` has a bit for each of MEASURES that counts
    it; `values` are by AXES, `response` being the class of the time to the first contact. `classes`
    are those of the times of the STEPS, counted from 1, or 0 of a step that was not made; `promise`
    has the bits of the deadlines that there were and were kept.
    """

    quarter: int
    mark: int
    values: Sequence[Value]
    promise: int = 0
    classes: Sequence[int] = (0,) * len(STEPS)


class Column(NamedTuple):
    """`places`: of each entry's value among `values`."""

    places: bytes
    values: Sequence[Value]


class LeadDay(NamedTuple):
    """The entries of a day by column; `columns` are by AXES, `classes` by STEPS, two bytes each of
    which the lower one comes first.
    """

    quarters: bytes
    marks: bytes
    columns: Sequence[Column]
    promises: bytes
    classes: Sequence[bytes]


def lead_day(entries: Sequence[Entry]) -> LeadDay:
    columns = zip(*(entry.values for entry in entries), strict=True)
    return LeadDay(
        bytes(entry.quarter for entry in entries),
        bytes(entry.mark for entry in entries),
        [_column(each) for each in columns] or [Column(b"", []) for _ in AXES],
        bytes(entry.promise for entry in entries),
        [
            pack(f"<{len(entries)}H", *(entry.classes[number] for entry in entries))
            for number in range(len(STEPS))
        ],
    )


def digest_of(day: LeadDay) -> bytes:
    """The same for days of which all counts are the same."""
    digest = blake2b(day.marks + day.quarters + day.promises, digest_size=_DIGEST_BYTES)
    for classes in day.classes:
        digest.update(classes)
    for column in day.columns:
        digest.update(b"%d " % len(column.places) + column.places + repr(column.values).encode())
    return digest.digest()


def _column(of_entries: Sequence[Value]) -> Column:
    values = sorted(set(of_entries), key=lambda value: (value is not None, value))
    place_of = {value: place for place, value in enumerate(values)}
    places = [place_of[value] for value in of_entries]
    planes = bytearray(place & 255 for place in places)
    above = len(values) - 1
    while above := above >> 8:
        places = [place >> 8 for place in places]
        planes += bytes(place & 255 for place in places)
    return Column(bytes(planes), values)


def quarter_of(at: datetime) -> int:
    """Which quarter of an hour of its day of UTC, from 0."""
    at = at.astimezone(UTC)
    return (at.hour * 3600 + at.minute * 60) // BUCKET_SECONDS


def marks_between(
    day: date, marks: bytes, quarters: bytes, begin: datetime, end: datetime
) -> bytes:
    """The marks of a day's entries; those that came before `begin`, or at `end` or later, count
    nothing.
    """
    numbers = steps_of(day, (begin, end))
    if numbers.count(1) == QUARTERS:
        return marks
    are_inside = bytes(255 if number == 1 else 0 for number in numbers).ljust(256, b"\0")
    inside = int.from_bytes(marks) & int.from_bytes(quarters.translate(are_inside))
    return inside.to_bytes(len(marks))


def steps_of(day: date, bounds: Sequence[datetime]) -> list[int]:
    """The number of the step, from 1, in which each quarter of an hour of the day lies; steps begin
    and end with quarters.
    """
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    first = bisect_right(bounds, begin)
    if first == len(bounds) or bounds[first] - begin >= timedelta(days=1):
        return [first] * QUARTERS
    quarter = timedelta(seconds=BUCKET_SECONDS)
    return [bisect_right(bounds, begin + number * quarter) for number in range(QUARTERS)]
