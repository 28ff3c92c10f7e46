"""The working days of a month, and how much of it falls to each: by hours and by weekday."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from services.kpi.domain.periods import Period
from services.kpi.domain.plan.shares import apportion
from services.kpi.domain.working_time import working_time

_WORKING_DAYS: Final = 5  # of a week, from Monday on, where no calendar tells
_PARTS: Final = 1000  # of a weekday's index
_USUAL_SECONDS: Final = 8 * 3600


def seconds_by_day(
    calendar: Mapping[str, Any] | None, time_zone: str, span: Period
) -> dict[date, int]:
    """How long somebody works on each day of the span; without a calendar, or with one that is not
    in the form of its contract, eight hours from Monday to Friday.
    """
    days = [span.first + timedelta(days=number) for number in range(len(span.bounds) - 1)]
    if calendar is not None:
        try:
            worked = working_time(calendar, time_zone, span.begins_at, span.ends_at)
        except (KeyError, ValueError):
            pass
        else:
            bounds = zip(days, span.bounds, span.bounds[1:], strict=False)
            return {day: int(worked.seconds(start, end)) for day, start, end in bounds}
    return {day: _USUAL_SECONDS * (day.weekday() < _WORKING_DAYS) for day in days}


def weights_of(seconds: Mapping[date, int], indices: Mapping[int, float]) -> dict[date, int]:
    """Hours times the index of the weekday (1 to 7, from Monday; one that is not there is 1); hours
    alone where nothing was ever sold on those that are worked.
    """
    weights = {
        day: count * round(_PARTS * max(indices.get(day.isoweekday(), 1.0), 0.0))
        for day, count in seconds.items()
    }
    return weights if any(weights.values()) else dict(seconds)


def part_of_day(total: int, weights: Mapping[date, int], day: date) -> int:
    """What falls to the day of a total of the days from it on: parts are whole, by largest
    remainder, and add up to the total. Nothing falls to a day without weight.
    """
    days: Sequence[date] = sorted(other for other in weights if other >= day)
    shares = [weights[other] for other in days]
    if not any(shares):
        return 0
    return apportion(total, shares)[days.index(day)]
