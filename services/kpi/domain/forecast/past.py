"""The past of an indicator: whole steps of a period, and what each of them came to."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from services.kpi.domain.forecast.drivers import Flow, lead_flow
from services.kpi.domain.forecast.methods import NONE, Method
from services.kpi.domain.forecast.series import Series, begin_of, rounded, steps_from
from services.kpi.domain.periods import Period, PeriodError, Steps

MOST_STEPS: Final = 2000  # of a past that is read
_DAYS_OF: Final = {"day": 1, "week": 7, "month": 31}  # of the longest step
_MONEY_DIGITS: Final = 2
_SHARE_DIGITS: Final = 6


class Measure(StrEnum):
    REVENUE = "revenue"
    QUANTITY = "quantity"
    LEADS = "leads"
    CONVERSION = "conversion"
    AVERAGE_CHECK = "average_check"


OF_MONEY: Final = frozenset({Measure.REVENUE, Measure.AVERAGE_CHECK})
SUMMED: Final = frozenset({Measure.REVENUE, Measure.QUANTITY, Measure.LEADS})


class StepFacts(NamedTuple):
    """What happened in a step: leads received, sales, sales with an amount, and their money; how
    many of the sales are orders that no lead led to.
    """

    leads: int = 0
    sales: int = 0
    priced: int = 0
    money: Decimal = Decimal(0)
    orders: int = 0


def sum_of(steps: Iterable[StepFacts]) -> StepFacts:
    """What happened in all of these."""
    every = list(steps)
    return StepFacts(
        sum(one.leads for one in every),
        sum(one.sales for one in every),
        sum(one.priced for one in every),
        sum((one.money for one in every), Decimal(0)),
        sum(one.orders for one in every),
    )


@dataclass(frozen=True, slots=True)
class Past:
    """By steps from the first one in which there was anything: `values` are exact, None where
    nothing can be said; `facts` what they come from.
    """

    measure: Measure
    step: str
    days: Sequence[date]
    values: Sequence[Decimal | None]
    facts: Sequence[StepFacts]

    @property
    def series(self) -> Series:
        """The same for the mathematics."""
        first = self.days[0] if self.days else date.min
        numbers = tuple(None if value is None else float(value) for value in self.values)
        return Series(self.step, first, numbers)

    def own_methods(self) -> Mapping[str, Method]:
        """What can be forecast from more than the series itself: money from leads and sales."""
        if self.measure != Measure.REVENUE or not any(item.leads for item in self.facts):
            return NONE
        leads = [float(item.leads) for item in self.facts]
        return {"lead_flow": lead_flow(Flow(leads, [float(item.sales) for item in self.facts]))}


def whole_steps(span: Period, step: str, until: datetime) -> Steps:
    """The steps that lie whole in the period and are over, if they are not too many. Raises
    PeriodError.
    """
    # Of far too many it is said before each of them is worked out.
    days_over = (min(span.end, until.date()) - span.first).days
    if days_over // _DAYS_OF[step] > MOST_STEPS + 2:  # besides those that are cut
        raise PeriodError("from", f"at most {MOST_STEPS} steps")
    steps = span.steps(step)
    days, bounds = list(steps.days), list(steps.bounds)
    if days[0] != span.first:
        days, bounds = days[1:], bounds[1:]
    if days and steps_from(days[-1], step, 2)[1] > span.end:
        days, bounds = days[:-1], bounds[:-1]
    over = bisect_right(bounds, until, lo=1) - 1 if days else 0
    days, bounds = days[:over], bounds[: over + 1]
    if not days:
        raise PeriodError("to", f"no whole {step} lies between `from` and now")
    if len(days) > MOST_STEPS:
        raise PeriodError("from", f"at most {MOST_STEPS} steps")
    return Steps(days, bounds)


def past_of(
    measure: Measure, step: str, days: Sequence[date], facts: Mapping[int, StepFacts]
) -> Past:
    """The past from facts by the number of their step, from 1. What lies before the first fact is
    no past of zero: the company, or the value of the axis, was not there yet.
    """
    begin = min(facts, default=len(days) + 1) - 1
    every = [facts.get(number, StepFacts()) for number in range(begin + 1, len(days) + 1)]
    return Past(measure, step, days[begin:], [value_of(measure, item) for item in every], every)


def value_of(measure: Measure, facts: StepFacts) -> Decimal | None:
    """Conversion is sales of leads by leads, the average check money by sales that have one."""
    if measure == Measure.REVENUE:
        return facts.money
    if measure == Measure.QUANTITY:
        return Decimal(facts.sales)
    if measure == Measure.LEADS:
        return Decimal(facts.leads)
    if measure == Measure.CONVERSION:
        return _quotient(Decimal(facts.sales - facts.orders), facts.leads, _SHARE_DIGITS)
    return _quotient(facts.money, facts.priced, _MONEY_DIGITS)


def _quotient(upper: Decimal, lower: int, digits: int) -> Decimal | None:
    return round(upper / lower, digits) if lower else None


def digits_of(measure: Measure) -> int:
    """To how many digits a forecast of it is rounded."""
    return _SHARE_DIGITS if measure == Measure.CONVERSION else _MONEY_DIGITS


def number_of(measure: Measure, value: float) -> Decimal:
    return rounded(value, digits_of(measure))


def first_day(end: date, step: str, count: int) -> date:
    """The first day of the step so many steps before that of a day."""
    begin = begin_of(end, step)
    if step != "month":
        return date.fromordinal(begin.toordinal() - count * (7 if step == "week" else 1))
    months = begin.year * 12 + begin.month - 1 - count
    return date(months // 12, months % 12 + 1, 1)
