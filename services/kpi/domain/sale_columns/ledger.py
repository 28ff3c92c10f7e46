"""The sales of a period as arrays, of days that are held and others. Importing it loads numpy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.kpi.domain.sale_columns.held import Column, Numbering, encode
from services.kpi.domain.sale_columns.series import AMOUNTS, PEOPLE, Series
from services.kpi.domain.sale_columns.sold import SAFE, Ints, Money, Named
from services.kpi.domain.sale_columns.stretches import DECIMALS, Stretch, micros

Values = NDArray[Any]
Rows = slice | Ints


@dataclass(frozen=True, slots=True)
class _SeriesValues:
    """The values of sales, and what they mean."""

    values: Values
    meaning: Any


class Ledger:
    """The sales of these days of columns and of the stretches that lie in the period. Without days
    every sale is in the stretches.
    """

    def __init__(
        self,
        columns: Mapping[Series, Column],
        days: Sequence[date],
        stretches: Sequence[Stretch],
        span: tuple[datetime, datetime],
    ) -> None:
        begin, end = map(micros, span)
        ats = Series("ats")
        held, beside = columns[ats].of_days(days), encode(ats, stretches, None).values
        first, last = np.searchsorted(held, (begin, end))  # days ascend, and sales in them
        within = (beside >= begin) & (beside < end)
        self._series: dict[Series, _SeriesValues] = {}
        self._in_order = int(last - first)  # so many sales ascend
        for series, column in columns.items():
            values, meaning = column.of_days(days)[first:last], column.meaning
            if within.any():
                more = encode(series, stretches, meaning)
                if series.name == AMOUNTS and more.meaning != meaning:
                    values = values.astype(object) * 10 ** (more.meaning - meaning)
                values, meaning = np.concatenate((values, more.values[within])), more.meaning
            self._series[series] = _SeriesValues(values, meaning)
        self.ats: Ints = self._series[ats].values

    def __len__(self) -> int:
        return len(self.ats)

    def _values(self, name: str) -> Values:
        return self._series[Series(name)].values

    def gaps(self, rows: Rows) -> Ints:
        """Microseconds since the person's sale before; of the first sales 0."""
        return np.asarray(self.ats[rows] - self._values("befores")[rows])

    def signs(self) -> NDArray[np.uint8]:
        return self._values("signs")

    def people(self) -> tuple[NDArray[np.int32], int]:
        """The number of each sale's customer, and a number that is larger than all of these."""
        numbering: Numbering = self._series[Series(PEOPLE)].meaning
        return self._values(PEOPLE), len(numbering.ids)

    def named(self, series: Series) -> Named:
        """The name of each sale, the empty text for none."""
        series_values = self._series[series]
        return Named(series_values.values, list(series_values.meaning))

    def money(self) -> Money:
        of_amounts = self._series[Series(AMOUNTS)]
        amounts, decimals = of_amounts.values, of_amounts.meaning
        if amounts.dtype == object or not len(amounts):
            return Money(amounts.astype(object), decimals)
        largest = max(int(amounts.max()), -int(amounts.min()))
        is_safe = largest * len(amounts) < SAFE and decimals == DECIMALS
        return Money(amounts if is_safe else amounts.astype(object), decimals)

    def parts(self, bounds: Sequence[int]) -> Ints:
        """The part of the period between two of the bounds of each sale, from 0."""
        ordered = np.searchsorted(self.ats[: self._in_order], bounds)
        numbers = np.repeat(np.arange(len(bounds) - 1), np.diff(ordered))
        beside = self.ats[self._in_order :]
        return np.concatenate((numbers, np.searchsorted(bounds, beside, side="right") - 1))
