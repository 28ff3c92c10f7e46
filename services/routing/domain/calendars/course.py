"""A calendar from one moment on, resolved piece by piece as far as anybody asks, and once.

Many leases of a manager have their deadlines along the same time: what one of them has had resolved
serves the others.
"""

from collections.abc import Collection, Iterator
from datetime import datetime

from services.routing.domain.calendars.shape import Interval, Timetable
from services.routing.domain.calendars.timetable import (
    LOOKAHEAD,
    add_business_time,
    add_over,
    business_seconds_between,
    pieces,
    seconds_over,
)


class Course:
    """`add` and `seconds_until` are `add_business_time` and `business_seconds_between`, counted
    from the course's own moment.
    """

    def __init__(self, timetable: Timetable, moment: datetime) -> None:
        self._timetable = timetable
        self.moment = moment
        self._resolved: list[Interval] = []
        self._rest = pieces(timetable, moment)

    def add(self, seconds: float, kinds: Collection[str]) -> datetime | None:
        if self._timetable.calendar is None:
            return add_business_time(self._timetable, self.moment, seconds, kinds)
        return add_over(self._intervals(), self.moment, seconds, kinds)

    def seconds_until(self, end: datetime, kinds: Collection[str]) -> float:
        if self._timetable.calendar is None or end > self.moment + LOOKAHEAD:
            return business_seconds_between(self._timetable, self.moment, end, kinds)
        return seconds_over(self._intervals(), self.moment, end, kinds)

    def _intervals(self) -> Iterator[Interval]:
        yield from self._resolved
        for interval in self._rest:
            self._resolved.append(interval)
            yield interval
