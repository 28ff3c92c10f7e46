"""How much of a month falls to each of its days: by hours and by weekday."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from services.kpi.domain.plan.shares import apportion

_PARTS: Final = 1000  # of a weekday's index


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
