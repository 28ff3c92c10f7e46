"""All that came on one day of UTC as columns of bytes, by which leads are counted by several
dimensions at once: a byte for each lead and dimension is counted far faster than a row.

A column holds the place of each lead's value among the values of the day; where these are more than
256, the lower bytes of all places come first, then the next ones.
"""

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from struct import Struct
from sys import byteorder
from typing import Final, NamedTuple

from services.kpi.domain.stories.signature import BUCKET_SECONDS

Value = str | int | None
Groups = dict[tuple[Value, ...], int]  # of each the counts that `measured` tells apart
Measured = list[int]  # how many got that far, in the order of MEASURES
MEASURES: Final = ("received", "assigned", "accepted", "contacted", "won", "lost")
AXES: Final = (
    "source", "channel", "campaign", "region", "product", "pipeline", "manager", "response",
)  # fmt: skip
QUARTERS: Final = 86_400 // BUCKET_SECONDS
_PLACES: Final = 256  # that one byte tells apart
_WORD_BYTES: Final = 4
_KEY_BYTES: Final = 8  # a mark, and some for each dimension
_DIGEST_BYTES: Final = 16
_AT_ONCE: Final = 32_768  # leads that are counted before others have their turn
_COUNT_BITS: Final = 32  # of each of the counts that a number holds
# What an entry of each mark adds to the counts of its group.
_WEIGHTS: Final = [
    sum(1 << _COUNT_BITS * number for number in range(len(MEASURES)) if mark >> number & 1)
    for mark in range(_PLACES)
]
_COUNTS: Final = Struct(f"<{len(MEASURES)}I")


class Entry(NamedTuple):
    """A lead, or an inquiry that no lead tells. `mark` has a bit for each of MEASURES that counts
    it; `values` are by AXES, `response` being the class of the time to the first contact.
    """

    quarter: int
    mark: int
    values: Sequence[Value]


class Column(NamedTuple):
    """`places`: of each entry's value among `values`."""

    places: bytes
    values: Sequence[Value]


class LeadDay(NamedTuple):
    """The entries of a day by column; `columns` are by AXES."""

    quarters: bytes
    marks: bytes
    columns: Sequence[Column]


class TooManyValuesError(Exception):
    """There are more values than keys tell apart."""


def lead_day(entries: Sequence[Entry]) -> LeadDay:
    columns = zip(*(entry.values for entry in entries), strict=True)
    return LeadDay(
        bytes(entry.quarter for entry in entries),
        bytes(entry.mark for entry in entries),
        [_column(each) for each in columns] or [Column(b"", []) for _ in AXES],
    )


def digest_of(day: LeadDay) -> bytes:
    """The same for days of which all counts are the same but for those by quarters of an hour."""
    digest = blake2b(day.marks, digest_size=_DIGEST_BYTES)
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


def steps_of(day: date, bounds: Sequence[datetime]) -> list[Value]:
    """The number of the step, from 1, in which each quarter of an hour of the day lies; steps begin
    and end with quarters.
    """
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    first = bisect_right(bounds, begin)
    if first == len(bounds) or bounds[first] - begin >= timedelta(days=1):
        return [first] * QUARTERS
    quarter = timedelta(seconds=BUCKET_SECONDS)
    return [bisect_right(bounds, begin + number * quarter) for number in range(QUARTERS)]


def measured(counts: int) -> Measured:
    """The counts of a group; what `Tally` gives may be added before."""
    return [*_COUNTS.unpack(counts.to_bytes(_COUNTS.size, "little"))]


class Tally:
    """Counts the entries of days by so many columns."""

    def __init__(self, width: int) -> None:
        self._bytes = (_KEY_BYTES - 1) // width  # of a key, for each dimension
        self._codes: list[dict[Value, int]] = [{} for _ in range(width)]
        self._keys = bytearray()
        self._counts: Counter[int] = Counter()

    def add(self, marks: bytes, columns: Sequence[Column]) -> None:
        """Raises TooManyValuesError."""
        keys = bytearray(_KEY_BYTES * len(marks))
        keys[::_KEY_BYTES] = marks
        for number, column in enumerate(columns):
            codes = self._codes_of(number, column.values)
            for at, plane in enumerate(
                _planes(column, codes, len(marks)), 1 + number * self._bytes
            ):
                keys[at::_KEY_BYTES] = plane
        self._keys += keys
        if len(self._keys) >= _KEY_BYTES * _AT_ONCE:
            self._count()

    def groups(self) -> Groups:
        """How many got how far, by group; `measured` tells the counts apart."""
        self._count()
        groups: dict[int, int] = {}
        for key, count in self._counts.items():
            group = key >> 8
            groups[group] = groups.get(group, 0) + count * _WEIGHTS[key & 255]
        bits = 8 * self._bytes
        columns = [(bits * number, list(codes)) for number, codes in enumerate(self._codes)]
        only = (1 << bits) - 1
        return {
            tuple([values[key >> shift & only] for shift, values in columns]): counts
            for key, counts in groups.items()
        }

    def _codes_of(self, number: int, values: Sequence[Value]) -> list[int]:
        codes = self._codes[number]
        of_values = [codes.setdefault(value, len(codes)) for value in values]
        if len(codes) > _PLACES**self._bytes:
            raise TooManyValuesError
        return of_values

    def _count(self) -> None:
        self._counts.update(_numbers("Q", self._keys))
        self._keys = bytearray()


def _planes(column: Column, codes: Sequence[int], length: int) -> Iterator[bytes]:
    """The codes of the entries' values: their lowest bytes first, as far as there are any."""
    first = column.places[:length]
    places: Sequence[int] = ()
    if len(column.places) > length:
        words = bytearray(_WORD_BYTES * length)
        for at in range(len(column.places) // length):
            words[at::_WORD_BYTES] = column.places[at * length : (at + 1) * length]
        places = _numbers("I", words)
    for shift in range(0, max(codes, default=0).bit_length(), 8):
        plane = bytes(code >> shift & 255 for code in codes)
        if places:
            yield bytes(map(plane.__getitem__, places))
        else:
            yield first.translate(plane.ljust(_PLACES, b"\0"))


def _numbers(kind: str, in_bytes: bytearray) -> Sequence[int]:
    """Numbers of the array's kind, whose lowest bytes come first."""
    numbers = array(kind, bytes(in_bytes))
    if byteorder == "big":
        numbers.byteswap()
    return numbers
