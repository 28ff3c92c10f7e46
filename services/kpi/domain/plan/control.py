"""Plan against fact: how far it is, what a day still has to bring, how good the planning was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Final, NamedTuple

from services.kpi.domain.months import later

_WORKING_DAYS: Final = 5  # of a week, from Monday on


class MonthDays(NamedTuple):
    """The working days of a month: all, and those that are over; whether the month itself is."""

    all: int
    over: int
    is_over: bool

    @property
    def elapsed(self) -> Fraction:
        """The part of its working days that is over; of a month without any, all or nothing."""
        return Fraction(self.over, self.all) if self.all else Fraction(self.is_over)


@dataclass(frozen=True, slots=True)
class Control:
    """`due` is what the plan asks for by now: of a month that goes on the part of its working days
    that are over. `required` is what each working day left has to bring, None without any.
    """

    plan: int
    fact: int
    due: Fraction
    days_left: int

    @property
    def attainment(self) -> Fraction | None:
        """The fact as a part of the plan; None without a plan."""
        return Fraction(self.fact, self.plan) if self.plan else None

    @property
    def pace(self) -> Fraction | None:
        """The fact as a part of what is due; None while nothing is."""
        return self.fact / self.due if self.due else None

    @property
    def required(self) -> Fraction | None:
        return Fraction(max(0, self.plan - self.fact), self.days_left) if self.days_left else None


@dataclass(frozen=True, slots=True)
class Quality:
    """How a month was planned, over the values of an axis: `error` is the sum of the differences,
    each without its sign, by the plan (WAPE); `bias` the difference of the sums by the plan; None
    without a plan. `score` is one less the error, at least 0.

    Hyndman, Koehler: Another look at measures of forecast accuracy (2006).
    """

    month: int
    plan: int
    fact: int
    error: Fraction | None
    bias: Fraction | None

    @property
    def score(self) -> Fraction | None:
        return None if self.error is None else max(Fraction(0), 1 - self.error)


class DaysOff(NamedTuple):
    """Holidays, and days of weekends that are worked instead."""

    holidays: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()

    def is_working(self, day: date) -> bool:
        return day in self.worked or (day.weekday() < _WORKING_DAYS and day not in self.holidays)


def working_days(first: date, today: date, off: DaysOff) -> MonthDays:
    """Of the month that begins on this day; today is not over."""
    end = later(first, 1)
    days = [first + timedelta(days=number) for number in range((end - first).days)]
    working = [day for day in days if off.is_working(day)]
    return MonthDays(len(working), sum(day < today for day in working), today >= end)


def control(plan: Sequence[int], fact: Sequence[int], days: Sequence[MonthDays]) -> Control:
    """All three by month."""
    due = sum(
        (amount * month.elapsed for amount, month in zip(plan, days, strict=True)),
        Fraction(0),
    )
    return Control(sum(plan), sum(fact), due, sum(month.all - month.over for month in days))


def quality(
    plan: Mapping[str, Sequence[int]],
    fact: Mapping[str, Sequence[int]],
    days: Sequence[MonthDays],
) -> list[Quality]:
    """Of each month that is over; plan and fact are by value and month."""
    nothing = [0] * len(days)
    items = []
    for month, each in enumerate(days):
        if not each.is_over:
            continue
        pairs = [
            (plan.get(value, nothing)[month], fact.get(value, nothing)[month])
            for value in {*plan, *fact}
        ]
        planned, sold = sum(one for one, _ in pairs), sum(other for _, other in pairs)
        misses = sum(abs(one - other) for one, other in pairs)
        items.append(
            Quality(
                month,
                planned,
                sold,
                Fraction(misses, planned) if planned else None,
                Fraction(sold - planned, planned) if planned else None,
            )
        )
    return items
