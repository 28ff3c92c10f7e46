"""A figure beside that of the period before."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from services.kpi.domain.periods import Period, begin_of_step, following_step, real_days


class Change(NamedTuple):
    """By how much a figure differs from the one before, and that by the amount of the one before;
    None where there is nothing to subtract from or to divide by.
    """

    absolute: Decimal | None
    relative: float | None


def change(now: Decimal | None, before: Decimal | None) -> Change:
    """The relative change has four digits."""
    if now is None or before is None:
        return Change(None, None)
    absolute = now - before
    return Change(absolute, round(float(absolute / abs(before)), 4) if before else None)


class Twins(Mapping[date, date]):
    """Which part of the period before stands beside each part of a period, by their first days: the
    one of the same number, if it has as many days. Told of those that are asked for.
    """

    def __init__(self, span: Period, before: Period, step: str) -> None:
        self._span, self._before, self._step = span, before, step
        self._begin = begin_of_step(span.first, step)
        self._begin_before = begin_of_step(before.first, step)

    def __getitem__(self, day: date) -> date:
        twin = following_step(self._begin_before, self._step, self._number(day))
        if self._begin <= day < self._span.end and twin < self._before.end:
            days, days_before = self._days(self._span, day), self._days(self._before, twin)
            if days == days_before:
                return twin
        raise KeyError(day)

    def __iter__(self) -> Iterator[date]:
        return (day for day in self._span.steps(self._step).days if day in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _number(self, day: date) -> int:
        begin = self._begin
        if self._step == "month":
            return 12 * (day.year - begin.year) + day.month - begin.month
        return (day - begin).days // (7 if self._step == "week" else 1)

    def _days(self, span: Period, day: date) -> int:
        """How many days of the period its part has that begins on this day."""
        end = following_step(day, self._step)
        return real_days(max(day, span.first), min(end, span.end), span.zone)


def twins(span: Period, before: Period, step: str) -> Mapping[date, date]:
    return Twins(span, before, step)
