"""What a report on how long a step took is counted from: the columns of days, and changes beside
them.
"""

from collections.abc import Hashable, Sequence
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.kpi.domain.rollups.lead_days import Column

NO_VALUES = Column(b"", ())


class WaitDay(NamedTuple):
    """The entries of a day: the `classes` of one step as of `LeadDay`, its `promises`, and what
    they are grouped by, if anything: a column of values, or their quarters of an hour.
    """

    day: date
    classes: bytes
    promises: bytes
    values: Column = NO_VALUES
    quarters: bytes = b""


class Change(NamedTuple):
    """So many more `leads` of a group, or fewer, than the days tell, whose step took a time of the
    class, or None if it was not made; of so many more what was promised is due, and was kept.
    """

    key: Hashable
    number: int | None
    leads: int
    due: int
    in_time: int


class Clock(NamedTuple):
    """Groups by when leads came: by the `hour` or the `weekday`, from Monday as 1, of the zone, or
    by the steps between bounds, numbered from 1.
    """

    name: str
    zone: ZoneInfo
    bounds: Sequence[datetime] = ()


class Grouping(NamedTuple):
    """By a clock, by the days' values, or by nothing. The bits of promises that say of which leads
    something was promised about the step, and was kept; 0 where nothing is.
    """

    clock: Clock | None = None
    has_values: bool = False
    due: int = 0
    in_time: int = 0
