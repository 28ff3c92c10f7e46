"""Columns of days as arrays. Whoever imports this loads numpy, which takes a tenth of a second and
some megabytes: it is done when something is asked.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from services.kpi.domain.rollups.blocks import EPOCH
from services.kpi.domain.rollups.lead_days import QUARTERS, Column, Value
from services.kpi.domain.rollups.wait_days import Clock
from services.kpi.domain.stories.signature import BUCKET_SECONDS

Codes = NDArray[np.int32]
_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR
_ONE_DAY: Final = timedelta(days=1)
_THURSDAY: Final = 3  # counted from Monday: what the first of all days was


def strung(columns: Iterable[Column], lengths: Iterable[int]) -> tuple[list[Value], Codes]:
    """The columns of days of so many entries as one: all their values, each once, and of each entry
    the place of its own.
    """
    code_of: dict[Value, int] = {}
    codes = [np.zeros(0, np.int32)]
    values: Sequence[Value] = ()
    numbers = codes[0]
    for column, length in zip(columns, lengths, strict=True):
        if column.values is not values:  # one list may be that of many days
            values = column.values
            numbers = numbers_of(code_of, values)
        codes.append(numbers.take(_places(column.places, length)))
    return list(code_of), np.concatenate(codes)


def numbers_of(code_of: dict[Value, int], values: Sequence[Value]) -> Codes:
    """The code of each of the values; new ones have the next codes."""
    code_of.update(zip([each for each in values if each not in code_of], count(len(code_of))))
    return np.fromiter(map(code_of.__getitem__, values), np.int32, len(values))


def _places(planes: bytes, length: int) -> NDArray[Any]:
    """As numbers: the lower bytes of all come first, then the next ones."""
    if len(planes) == length:
        return np.frombuffer(planes, np.uint8)
    places = np.zeros(length, np.int32)
    for shift in range(len(planes) // length):
        plane = np.frombuffer(planes, np.uint8, length, shift * length)
        places |= plane.astype(np.int32) << 8 * shift
    return places


def of_quarters(numbers: NDArray[Any], quarters: Sequence[bytes]) -> NDArray[Any]:
    """Of each entry the number of its quarter of an hour; there is a row of them for each day."""
    begins = np.repeat(QUARTERS * np.arange(len(quarters)), [len(each) for each in quarters])
    return numbers.reshape(-1).take(begins + np.frombuffer(b"".join(quarters), np.uint8))


def numbers_by(clock: Clock, days: Sequence[date]) -> Codes:
    """The number of the group of each quarter of an hour of each day."""
    begins = np.array([(day - EPOCH).days * _DAY for day in days], np.int64)
    moments = begins[:, None] + BUCKET_SECONDS * np.arange(QUARTERS)
    if clock.bounds:
        bounds = [int(bound.timestamp()) for bound in clock.bounds]
        return np.asarray(np.searchsorted(bounds, moments, side="right"), np.int32)
    local = moments + np.array([_offsets(clock.zone, day) for day in days]).reshape(-1, QUARTERS)
    is_hour = clock.name == "hour"
    numbers = local % _DAY // _HOUR if is_hour else (local // _DAY + _THURSDAY) % 7 + 1
    return np.asarray(numbers, np.int32)


def _offsets(zone: ZoneInfo, day: date) -> list[int]:
    """Seconds ahead of UTC in each quarter of an hour; no zone changes its clock twice in a day."""
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    first = _offset(zone, begin)
    if first == _offset(zone, begin + _ONE_DAY):
        return [first] * QUARTERS
    quarter = timedelta(seconds=BUCKET_SECONDS)
    return [_offset(zone, begin + number * quarter) for number in range(QUARTERS)]


def _offset(zone: ZoneInfo, at: datetime) -> int:
    offset = at.astimezone(zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
