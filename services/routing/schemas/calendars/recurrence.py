"""The days of a recurrence rule, found within a budget, whatever the rule says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count as numbers

from services.routing.domain.calendars.shape import WEEK
from services.routing.schemas.calendars.file_bounds import refused
from services.routing.schemas.calendars.rules import MAX_INTERVAL, Rule

MAX_STEPS = 30_000  # of all rules of a file
DAY = timedelta(days=1)
_STEPS = {"DAILY": 1, "WEEKLY": WEEK, "MONTHLY": 31, "YEARLY": 31}  # days of a period


@dataclass(slots=True)
class Budget:
    """The days that may be looked at while a file is read."""

    steps: int = MAX_STEPS

    def spend(self, pointer: str, steps: int = 1) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise refused(pointer, "its days take too long to find")


def is_cycle(rule: Rule) -> bool:
    """Whether the rule repeats after a number of days, for ever the same."""
    if rule.months or rule.month_days or rule.positions:
        return False
    if rule.frequency == "DAILY":
        return not rule.weekdays or rule.interval == 1
    return rule.frequency == "WEEKLY" and rule.interval * WEEK <= MAX_INTERVAL


def cycle_of(rule: Rule, start: date) -> tuple[int, list[int]]:
    """The length of the rule's cycle, and the days of it: of a week 1 is Monday, of any other cycle
    1 is `start`.
    """
    if rule.frequency == "DAILY" and rule.interval != 1:
        return rule.interval, [1]
    every = set(range(WEEK)) if rule.frequency == "DAILY" else {start.weekday()}
    weekdays = {weekday for _, weekday in rule.weekdays} or every
    if rule.interval == 1:
        return WEEK, sorted(weekday + 1 for weekday in weekdays)
    length = rule.interval * WEEK
    # Before `start` in its week: those days first come a whole cycle later.
    since_week = (start.weekday() - rule.week_start) % WEEK
    places = ((weekday - rule.week_start) % WEEK - since_week for weekday in weekdays)
    return length, sorted(place % length + 1 for place in places)


def days_of(
    rule: Rule,
    start: date,
    *,
    last: date,
    budget: Budget,
    pointer: str,
    since: date = date.min,
) -> Iterator[date]:
    """The days of the rule from `start` up to `last`, in order; where none are to be counted, those
    long before `since` may be missing.
    """
    amount = 0
    cost = _STEPS[rule.frequency] * (len(rule.months) or 12 if rule.frequency == "YEARLY" else 1)
    since = start if rule.count else max(start, since)
    for candidates in _periods(rule, start, since, last):
        budget.spend(pointer, cost)
        for day in candidates:
            if not start <= day <= last:
                continue
            yield day
            amount += 1
            if amount == rule.count:
                return


def _periods(rule: Rule, start: date, since: date, last: date) -> Iterator[list[date]]:
    """The days of each period of the rule from that of `since` on, or of one shortly before."""
    if rule.frequency == "DAILY":
        day = start + (since - start).days // rule.interval * rule.interval * DAY
        while day <= last:
            yield [day] if _passes(rule, day) else []
            day += rule.interval * DAY
    elif rule.frequency == "WEEKLY":
        length = rule.interval * WEEK
        week = start - (start.weekday() - rule.week_start) % WEEK * DAY
        week += (since - week).days // length * length * DAY
        weekdays = {weekday for _, weekday in rule.weekdays} or {start.weekday()}
        while week <= last:
            days = [week + number * DAY for number in range(WEEK)]
            yield [d for d in days if d.weekday() in weekdays and d.month in _months(rule)]
            week += length * DAY
    else:
        yield from _long_periods(rule, start, since, last)


def _long_periods(rule: Rule, start: date, since: date, last: date) -> Iterator[list[date]]:
    months_ahead = (since.year - start.year) * 12 + since.month - start.month
    monthly = rule.frequency == "MONTHLY"
    for number in numbers(months_ahead // (rule.interval * (1 if monthly else 12))):
        if monthly:
            year, month = divmod(start.year * 12 + start.month - 1 + number * rule.interval, 12)
            months = [month + 1] if month + 1 in _months(rule) else []
        else:
            year = start.year + number * rule.interval
            every = range(1, 13) if rule.month_days else [start.month]
            months = list(rule.months or every)
        if year > last.year:
            return
        days = sorted(d for month in set(months) for d in _days_in(rule, year, month, start.day))
        if rule.positions:
            places = {at - 1 if at > 0 else len(days) + at for at in rule.positions}
            days = [day for place, day in enumerate(days) if place in places]
        yield days


def _days_in(rule: Rule, year: int, month: int, default: int) -> list[date]:
    first = date(year, month, 1)
    length = (date(year + month // 12, month % 12 + 1, 1) - first).days
    days = [first + number * DAY for number in range(length)]
    if rule.weekdays:
        days = [day for day in days if _is_weekday(rule, day, length)]
    if rule.month_days:
        return [
            d for d in days if d.day in rule.month_days or d.day - length - 1 in rule.month_days
        ]
    return days if rule.weekdays else [day for day in days if day.day == default]


def _is_weekday(rule: Rule, day: date, length: int) -> bool:
    nth = (day.day - 1) // WEEK + 1
    from_end = -((length - day.day) // WEEK + 1)
    return any(
        weekday == day.weekday() and ordinal in {0, nth, from_end}
        for ordinal, weekday in rule.weekdays
    )


def _months(rule: Rule) -> Sequence[int]:
    return rule.months or range(1, 13)


def _passes(rule: Rule, day: date) -> bool:
    """Whether a day of a daily rule passes its filters."""
    if rule.weekdays and day.weekday() not in {weekday for _, weekday in rule.weekdays}:
        return False
    if rule.month_days:
        length = (day.replace(day=28) + 4 * DAY).replace(day=1) - DAY
        if day.day not in rule.month_days and day.day - length.day - 1 not in rule.month_days:
            return False
    return day.month in _months(rule)
