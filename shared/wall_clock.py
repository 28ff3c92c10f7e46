"""When a clock on the wall shows a time.

A local time means the first moment at which the clock shows it or a later one: the earlier of two
where clocks are set back, the moment of the change where they skip it.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

SECOND = timedelta(seconds=1)


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def moment_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment in UTC at which clocks of the zone first show the naive `wall` or later."""
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    # The clock skips this time. By the offset after the change the moment lies before the change,
    # by the offset before it lies after: the change is between them.
    early = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    late = moment
    while late - early > SECOND:
        middle = early + (late - early) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            early = middle
        else:
            late = middle
    return late


def at_minute(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The moment of a minute counted from the midnight of a day, which may be days later."""
    return moment_of(datetime.combine(day, time()) + timedelta(minutes=minute), zone)


def wall_of(moment: datetime, zone: ZoneInfo) -> datetime:
    """What clocks of the zone show at a moment, without a zone."""
    return moment.astimezone(zone).replace(tzinfo=None)
