"""A stretch of time as sums tell it: whole months, days, hours and quarters of UTC, some of them
taken away again, and what no sum tells.

Moments are seconds since 1970; no zone's days begin within one.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

MONTH, DAY, HOUR, QUARTER = "month", "day", "hour", "quarter"
ROWS: Final = "rows"  # the unit of what is read from rows
_SECONDS: Final = {DAY: 86_400, HOUR: 3_600, QUARTER: 900}
_HALF_A_MONTH: Final = 14 * 86_400
_OF_ROWS: Final = 60  # so many seconds of rows are as much to read as a sum, where there is most
Units = Sequence[str]


class Piece(NamedTuple):
    """What lies from `begin` to before `end` is added or, if the sign is −1, taken away."""

    unit: str
    begin: int
    end: int
    sign: int


def pieces(begin: int, end: int, units: Units) -> list[Piece]:
    """The time from `begin` to `end`, told in the fewest sums; `units` from the longest on."""
    if begin >= end:
        return []
    if not units:
        return [Piece(ROWS, begin, end, 1)]
    unit, *finer = units
    if unit == MONTH and end - begin < _HALF_A_MONTH:
        day = begin // _SECONDS[DAY] * _SECONDS[DAY]
        return [
            Piece(each, start + day, stop + day, sign)
            for each, start, stop, sign in _of_few_days(begin - day, end - day, tuple(finer))
        ]
    first, last = _nearest(begin, unit), _nearest(end, unit)
    if first >= last:
        return pieces(begin, end, finer)
    parts = [Piece(unit, first, last, 1)]
    for start, stop, sign in ((begin, first, 1), (last, end, 1)):
        if start > stop:
            start, stop, sign = stop, start, -1  # noqa: PLW2901  the other way round
        parts += [one._replace(sign=sign * one.sign) for one in pieces(start, stop, finer)]
    if last - first > 2 * _SECONDS.get(unit, 31 * _SECONDS[DAY]):
        return parts
    return min(parts, pieces(begin, end, finer), key=_cost)


@lru_cache(maxsize=1000)
def _of_few_days(begin: int, end: int, units: Units) -> Sequence[Piece]:
    """Without months all days are alike, and reports by day have hundreds."""
    return pieces(begin, end, units)


def _cost(parts: Sequence[Piece]) -> float:
    return sum(
        1 if one.unit == MONTH else (one.end - one.begin) / _SECONDS.get(one.unit, _OF_ROWS)
        for one in parts
    )


def nearest_month(moment: int) -> int:
    """The nearest beginning of a month of UTC."""
    at = datetime.fromtimestamp(moment, UTC)
    begin = at.replace(day=1, hour=0, minute=0, second=0)
    after = (begin + timedelta(days=31)).replace(day=1)
    nearest = begin if at - begin <= after - at else after
    return int(nearest.timestamp())


def _nearest(moment: int, unit: str) -> int:
    if unit == MONTH:
        return nearest_month(moment)
    seconds = _SECONDS[unit]
    return (moment + seconds // 2) // seconds * seconds


def begins_of(at: datetime) -> dict[str, datetime]:
    """When the month, day, hour and quarter of UTC of a moment begin."""
    hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    day = hour.replace(hour=0)
    quarter = hour.replace(minute=at.astimezone(UTC).minute // 15 * 15)
    return {MONTH: day.replace(day=1), DAY: day, HOUR: hour, QUARTER: quarter}
