"""Steps of a period by whole days of UTC and by few hours. A day that two steps share is counted
with one of them; its hours that belong to the other are counted there, and not with the day.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from services.kpi.domain.rollups.blocks import Block, blocks

LAST_QUARTER: Final = timedelta(minutes=15)  # of a day; nothing is told apart within one
_DAY: Final = timedelta(days=1)
_MOMENT: Final = timedelta(microseconds=1)
_HOURS: Final = 24


class StepDays(NamedTuple):
    """`whole` days count with the step in which they begin, with `by_end` with that of their last
    quarter of an hour. In `shared` ones steps begin; only these `hours` of them may belong to
    another step than the day.
    """

    whole: Sequence[Block]
    by_end: bool
    shared: Sequence[date]
    hours: Sequence[int]


def step_days(bounds: Sequence[datetime]) -> StepDays:
    """By the beginnings or the ends of days, whichever leaves fewer hours."""
    moments = [bound.astimezone(UTC) for bound in bounds]
    within = [moment for moment in moments if moment.time() != time()]
    first = min((moment.hour for moment in within), default=_HOURS)
    end = max((-(-_seconds(moment) // 3600) for moment in within), default=0)
    by_end = end < _HOURS - first
    reach = (LAST_QUARTER if by_end else _DAY) - _MOMENT
    days = [(moment + reach).date() for moment in moments]
    return StepDays(
        [block for pair in pairwise(days) for block in blocks(*pair)],
        by_end,
        sorted({moment.date() for moment in within}),
        range(end) if by_end else range(first, _HOURS),
    )


def _seconds(moment: datetime) -> int:
    """Since midnight, rounded up."""
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    return seconds + bool(moment.microsecond)
