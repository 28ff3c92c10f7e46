"""What is asked for: a period of days in a zone, and as known when. What naive sums are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import floor
from typing import Any
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
UNITS = ("day", "week", "month")


@dataclass(frozen=True, slots=True)
class Asked:
    """Days from `first` to before `end`, in a zone; `known_on` as in the API."""

    first: date
    end: date
    tz: str
    known_on: date | None = None

    def __str__(self) -> str:
        known = "" if self.known_on is None else f" as known on {self.known_on}"
        return f"{self.first} to {self.end} {self.tz}{known}:"

    def params(self) -> dict[str, str]:
        params = {"from": str(self.first), "to": str(self.end), "tz": self.tz}
        return params | ({} if self.known_on is None else {"as_known_on": str(self.known_on)})

    def day_of(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.tz)).date()

    def covers(self, at: datetime | None) -> bool:
        """Whether the day that the zone's calendar shows at that moment is one of the period's."""
        return at is not None and self.first <= self.day_of(at) < self.end

    def part_of(self, day: date, unit: str) -> date:
        """The day, its Monday, or the first of its month."""
        if unit == "week":
            return day - timedelta(days=day.weekday())
        return day.replace(day=1) if unit == "month" else day

    def previous(self) -> "Asked":
        return Asked(self.first - (self.end - self.first), self.first, self.tz, self.known_on)

    def known_before(self, now: datetime) -> datetime:
        """The end of the day of knowledge, or now."""
        if self.known_on is None:
            return now
        return datetime.combine(self.known_on + DAY, datetime.min.time(), UTC)


def percentile(values: Sequence[float], share: float) -> float | None:
    """Between the two nearest ranks."""
    if not values:
        return None
    ordered = sorted(values)
    place = Fraction(str(share)) * (len(ordered) - 1)
    lower, beyond = floor(place), float(place - floor(place))
    upper = min(lower + 1, len(ordered) - 1)
    return ordered[lower] + (ordered[upper] - ordered[lower]) * beyond


def response(seconds: Sequence[float]) -> dict[str, Any]:
    """How the API shows how long something took."""
    return {
        "count": len(seconds),
        **{f"p{p}_seconds": percentile(seconds, p / 100) for p in (50, 90, 99)},
        **{f"within_{m}": sum(each <= 60 * m for each in seconds) for m in (1, 5, 15, 60)},
    }
