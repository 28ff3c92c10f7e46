"""The sales of a period as arrays. Whoever imports this loads numpy, which takes a tenth of a
second and some megabytes: `counting.py` does it when something is asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from services.kpi.domain.sale_columns.coding import told_apart
from services.kpi.domain.sale_columns.stretches import DECIMALS, Names, Stretch, joined, micros

T = TypeVar("T")
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Numbers = NDArray[Any]  # whole units of money: int64, or Python's where these are not enough
_EXACT: Final = Context(prec=1000)  # sums of money have fewer digits
_ONE: Final = b"\0\0\0\1"
SAFE: Final = 2**62  # no sum of units is larger, or they are Python's


@dataclass(frozen=True, slots=True)
class Named:
    """`codes` of each sale's name among `names`."""

    codes: Ints  # or narrower ones
    names: Sequence[str]

    def code(self, name: str | None) -> int:
        """-1 if nothing has the name."""
        return self.names.index(name) if name in self.names else -1


@dataclass(frozen=True, slots=True)
class Money:
    """`amounts` of each sale in units of 10^-`decimals`."""

    amounts: Numbers
    decimals: int

    def decimal(self, units: Any) -> Decimal:
        """However many digits it has."""
        return Decimal(int(units)).scaleb(-self.decimals, _EXACT)


class Sold:
    """The sales of the stretches that lie in the period; columns are made when asked for."""

    def __init__(
        self, stretches: Sequence[Stretch], begins_at: datetime, ends_at: datetime
    ) -> None:
        self._stretches = stretches
        ats = _ints([one.ats for one in stretches], ">i8")
        self._within: Bools = (ats >= micros(begins_at)) & (ats < micros(ends_at))
        self.ats: Ints = ats[self._within]
        self._currencies: Named | None = None

    def gaps(self) -> Ints:
        """Microseconds since the person's sale before; of the first sales 0."""
        befores = _ints([one.befores for one in self._stretches], ">i8")
        return self.ats - befores[self._within]

    def usuals(self) -> Ints:
        """The usual time before each sale in half microseconds; 0 if there is none."""
        return _ints([one.usuals for one in self._stretches], ">i8")[self._within]

    def numbers(self) -> Ints:
        return _ints([one.numbers for one in self._stretches], ">i4")[self._within]

    def signs(self) -> Ints:
        return _ints([one.signs for one in self._stretches], ">u1")[self._within]

    def origins(self) -> tuple[bytes, Bools]:
        """Those of all sales of the stretches, and which of these sales lie in the period."""
        return b"".join(one.origins for one in self._stretches), self._within

    def people(self) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """The ids of the customers of each sale, as two halves of eight bytes."""
        raw = np.frombuffer(b"".join(one.people for one in self._stretches), ">u8").reshape(-1, 2)
        within = slice(None) if self._within.all() else self._within
        return raw[:, 0].astype(np.uint64)[within], raw[:, 1].astype(np.uint64)[within]

    def counts(self) -> Ints:
        """How many sales each is: one, where they are no sums."""
        each = [one.counts or _ONE * (len(one.ats) // 8) for one in self._stretches]
        return _ints(each, ">i4")[self._within]

    def customers(self) -> tuple[NDArray[np.uint64], Ints]:
        """The ids of the customers, in halves of eight bytes, in no order; and of each sale which
        of them it is of.
        """
        return told_apart(*self.people())

    def products(self) -> Named:
        return self._named([one.products for one in self._stretches])

    def currencies(self) -> Named:
        if self._currencies is None:  # whoever counts money asks for it twice
            self._currencies = self._named([one.currencies for one in self._stretches])
        return self._currencies

    def managers(self) -> Named:
        return self._named([one.managers for one in self._stretches])

    def values(self, axis: str) -> Named:
        return self._named([getattr(one, f"{axis}s") for one in self._stretches])

    def money(self) -> Money:
        columns = [one.amounts for one in self._stretches]
        odd = [one for column in columns if not isinstance(column, bytes) for one in column]
        if not odd:
            whole = _ints([column for column in columns if isinstance(column, bytes)], ">i8")
            amounts = whole[self._within]
            largest = int(np.abs(amounts).max(initial=0))
            return Money(
                amounts if largest * len(amounts) < SAFE else amounts.astype(object), DECIMALS
            )
        decimals = max(DECIMALS, *(-int(one.as_tuple().exponent) for one in odd))
        parts = [units_of(column, decimals) for column in columns]
        return Money(np.concatenate(parts)[self._within], decimals)

    def _named(self, columns: Sequence[Names]) -> Named:
        places, names, meanings = joined(columns)
        codes = np.frombuffer(places, ">u4").astype(np.int64)
        begin = 0
        for length, of_column in meanings:
            if of_column != list(range(len(of_column))):
                part = codes[begin : begin + length]
                part[:] = np.array(of_column, np.int64)[part]
            begin += length
        return Named(codes[self._within], names)


def _ints(columns: Sequence[bytes], kind: str) -> Ints:
    return np.frombuffer(b"".join(columns), kind).astype(np.int64)


def units_of(column: bytes | Sequence[Decimal], decimals: int) -> Numbers:
    """Amounts of a stretch in units of so many decimals, as numbers of Python's."""
    if isinstance(column, bytes):
        units = _ints([column], ">i8").astype(object)
        return np.asarray(units * 10 ** (decimals - DECIMALS))
    return np.array([_whole(one, decimals) for one in column], object)


def _whole(amount: Decimal, decimals: int) -> int:
    sign, digits, exponent = amount.as_tuple()
    number: int = int("".join(map(str, digits))) * 10 ** (decimals + int(exponent))
    return -number if sign else number


def summed(cells: Ints, counts: Ints) -> Ints:
    """The sums of counts by cell; together they are far less than a float holds exactly."""
    return np.bincount(cells, counts).astype(np.int64)


def quantiles(gaps: Ints, shares: Sequence[float]) -> list[float] | None:
    """Of microseconds, in seconds, as `percentile_cont` of SQL:2003 defines them; None of nothing.

    It is the value at `share * (count - 1)` in order, between two of them in proportion.
    """
    if not len(gaps):
        return None
    places = [share * (len(gaps) - 1) for share in shares]
    around = [(int(place), min(int(place) + 1, len(gaps) - 1)) for place in places]
    ordered = np.sort(gaps)  # faster than to find each place among them
    values = []
    for place, (low, high) in zip(places, around, strict=True):
        lower, higher = int(ordered[low]) / 1e6, int(ordered[high]) / 1e6
        values.append(lower + (place - low) * (higher - lower))
    return values


def gaps_by_part(
    sold: Sold, bounds: Sequence[int], shares: Sequence[float]
) -> list[list[float] | None]:
    """Of all sales that have one before, then of those between each two of the bounds."""
    again = sold.numbers() > 1
    gaps, parts = sold.gaps()[again], np.searchsorted(bounds, sold.ats[again], side="right")
    order = np.argsort(parts, kind="stable")
    ordered, ends = gaps[order], np.searchsorted(parts[order], np.arange(len(bounds) + 1))
    return [
        quantiles(gaps, shares),
        *(
            quantiles(ordered[ends[number] : ends[number + 1]], shares)
            for number in range(1, len(bounds))
        ),
    ]


def sums_by_manager(
    sold: Sold, bounds: Sequence[int], currency: str
) -> list[tuple[str, int, Decimal, int]]:
    """By manager and part between two bounds, numbered from 1: what sales in the currency come to,
    and how many sales there are.
    """
    managers = sold.managers()
    return sums_by_code(sold, managers.codes, managers.names, bounds, currency)


def sums_by_currency(sold: Sold, bounds: Sequence[int]) -> list[tuple[str, int, Decimal, int]]:
    """The same by currency, each in its own."""
    currencies = sold.currencies()
    return _sums(sold, currencies.codes, currencies.names, bounds, np.ones(len(sold.ats), np.bool_))


def sums_by_value(
    sold: Sold, axis: str, bounds: Sequence[int]
) -> list[tuple[tuple[str, str], int, Decimal, int]]:
    """The same by value of the axis and currency."""
    values, currencies = sold.values(axis), sold.currencies()
    names = [(value, currency) for value in values.names for currency in currencies.names]
    codes = values.codes * len(currencies.names) + currencies.codes
    return _sums(sold, codes, names, bounds, np.ones(len(sold.ats), np.bool_))


def sums_by_code(
    sold: Sold, codes: Ints, names: Sequence[str], bounds: Sequence[int], currency: str
) -> list[tuple[str, int, Decimal, int]]:
    """The same by codes of names; what is before all bounds is part 0."""
    currencies = sold.currencies()
    is_in: Bools = currencies.codes == currencies.code(currency)
    return _sums(sold, codes, names, bounds, is_in)


def _sums(
    sold: Sold, codes: Ints, names: Sequence[T], bounds: Sequence[int], has_amount: Bools
) -> list[tuple[T, int, Decimal, int]]:
    money, size = sold.money(), len(bounds) + 1
    cells = codes * size + np.searchsorted(bounds, sold.ats, side="right")
    counts = summed(cells, sold.counts())
    amounts = np.zeros(len(counts), money.amounts.dtype)
    np.add.at(amounts, cells[has_amount], money.amounts[has_amount])
    return [
        (names[cell // size], cell % size, money.decimal(amounts[cell]), int(counts[cell]))
        for cell in np.flatnonzero(counts).tolist()
    ]
