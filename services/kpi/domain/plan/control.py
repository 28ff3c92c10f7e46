"""Plan against fact: how far it is, what a day still has to bring, how good the planning was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from services.kpi.domain.working_days import DaysBy, MonthDays


@dataclass(frozen=True, slots=True)
class Control:
    """`due` is what the plan asks for by now: of a month that goes on the part of its working days
    that are over. `required` is what each working day left has to bring, None without any. Days are
    those that `days_by` tells, without the holidays of `country`.
    """

    plan: int
    fact: int
    due: Fraction
    days_left: Fraction
    days_by: DaysBy = "weekdays"
    country: str | None = None

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
        return max(0, self.plan - self.fact) / self.days_left if self.days_left else None


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


def control(
    plan: Sequence[int],
    fact: Sequence[int],
    days: Sequence[MonthDays],
    days_by: DaysBy = "weekdays",
    country: str | None = None,
) -> Control:
    """Plan, fact and days by month. Of months that are over all is due, and no day is left."""
    months = list(zip(plan, days, strict=True))
    rest = [(amount, month) for amount, month in months if not month.is_over]
    due = Fraction(sum(amount for amount, month in months if month.is_over))
    due += sum(amount * month.elapsed for amount, month in rest)
    days_left = sum((month.left for _, month in rest), Fraction(0))
    return Control(sum(plan), sum(fact), due, days_left, days_by, country)


def quality(
    plan: Mapping[str, Sequence[int]],
    fact: Mapping[str, Sequence[int]],
    is_over: Sequence[bool],
) -> list[Quality]:
    """Of each month that is over; plan and fact are by value and month."""
    nothing = [0] * len(is_over)
    items = []
    for month, over in enumerate(is_over):
        if not over:
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
