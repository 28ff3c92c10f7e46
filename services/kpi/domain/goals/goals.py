"""What makes a goal one, and what is still to be done for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Final
from uuid import UUID

from services.kpi.domain.attribution import digits_of as digits_of_currency
from services.kpi.domain.attribution import fineness_fault
from services.kpi.domain.forecast.past import OF_MONEY, SUMMED, Measure, digits_of
from services.kpi.domain.lines.currencies import currency_fault
from services.kpi.domain.working_days import WorkingDays

LONGEST_GOAL_DAYS: Final = 1830
_UNITS: Final = {Measure.QUANTITY: "sales", Measure.LEADS: "leads", Measure.CONVERSION: "share"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """`value` of the measure in `unit` over the days from `first` to before `end`, of the company
    or of one value of an axis. `potential` is what the potentials that it rests on allow to sell.
    """

    name: str
    measure: Measure
    unit: str
    value: Decimal
    first: date
    end: date
    time_zone: str
    axis: str
    key: str | None
    owner: str
    challenge: str
    potential_ids: Sequence[UUID] = ()
    potential: Decimal | None = None

    @property
    def currency(self) -> str | None:
        """The currency of a goal of money."""
        return self.unit if self.measure in OF_MONEY else None


def flaws(goal: Goal, today: date, *, unplaced: Decimal = Decimal(0)) -> Iterator[tuple[str, str]]:
    """What keeps it from being a goal: the field and why, as G. T. Doran asks for it: There's a
    S.M.A.R.T. way to write management's goals and objectives, Management Review 70 (1981), 35-36.
    `unplaced` is what of its potential is for sales that nobody can place.
    """
    if goal.measure in OF_MONEY:
        if fault := currency_fault(goal.unit):
            yield "unit", fault
        elif detail := fineness_fault(goal.value, digits_of_currency(goal.unit)):
            yield "value", detail
    elif goal.unit != _UNITS[goal.measure]:
        yield "unit", f"is `{_UNITS[goal.measure]}`, what this measure is counted in"
    if goal.measure == Measure.CONVERSION and goal.value > 1:
        yield "value", "a share is at most 1"
    if goal.measure in _UNITS and goal.unit != "share" and goal.value != int(goal.value):
        yield "value", "is a whole number"
    if goal.end <= goal.first:
        yield "to", "lies after `from`, and is itself not included"
    elif goal.end <= today:
        yield "to", "the time is over already"
    elif (goal.end - goal.first).days > LONGEST_GOAL_DAYS:
        yield "to", f"at most {LONGEST_GOAL_DAYS} days after `from`"
    if goal.potential is not None and goal.value > goal.potential:
        words = f"{goal.potential:f}{unplaced_words(unplaced)}"
        yield "value", f"not reachable: above the sales potential of {words}"


def unplaced_words(unplaced: Decimal) -> str:
    """What a sales potential holds for sales that nobody can place, said behind it."""
    return f", {unplaced:f} of it for sales without a region or product" if unplaced else ""


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` up to now, None where nothing can be said yet; `missing` until the goal; by `days`, of
    what adds up: what was done on average, and what each of the days left must bring.
    """

    done: Decimal | None
    share: Decimal | None
    missing: Decimal | None
    days: WorkingDays
    days_over: Fraction
    days_left: Fraction
    daily: Decimal | None
    required_daily: Decimal | None


def progress_of(goal: Goal, done: Decimal | None, today: date, days: WorkingDays) -> Progress:
    """`days` are the working days of the goal's time, of which `today` is the first one left; of
    what is no sum there is no daily rate.
    """
    present = min(max(today, goal.first), goal.end)
    days_over, days_left = days.count(goal.first, present), days.count(present, goal.end)
    missing = None if done is None else max(goal.value - done, Decimal(0))
    return Progress(
        done=done,
        share=_quotient(done, goal.value, 4),
        missing=missing,
        days=days,
        days_over=days_over,
        days_left=days_left,
        daily=_daily(goal, done, days_over),
        required_daily=_daily(goal, missing, days_left),
    )


def _daily(goal: Goal, amount: Decimal | None, days: Fraction) -> Decimal | None:
    if goal.measure not in SUMMED or amount is None or not days:
        return None
    return _quotient(amount * days.denominator, days.numerator, digits_of(goal.measure))


def _quotient(upper: Decimal | None, lower: Decimal | int, digits: int) -> Decimal | None:
    if upper is None or not lower:
        return None
    unit = Decimal(1).scaleb(-digits)
    return (upper / lower).quantize(unit, rounding=ROUND_HALF_EVEN)
