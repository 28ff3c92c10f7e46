"""Columns of sales as arrays, day after day, so that days that are known already are not read and
made again. As `sold.py` it loads numpy.
"""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from services.kpi.domain.sale_columns.coding import coded, mixed
from services.kpi.domain.sale_columns.series import AMOUNTS, PEOPLE, Series
from services.kpi.domain.sale_columns.sold import Ints, units_of
from services.kpi.domain.sale_columns.stretches import DECIMALS, Names, Stretch

Values = NDArray[Any]
_RAW: Final[Mapping[str, np.dtype[Any]]] = {
    "ats": np.dtype(">i8"),
    "befores": np.dtype(">i8"),
    "signs": np.dtype(">u1"),
}
_OBJECT_BYTES: Final = 48  # of a number of Python's, with its place


@dataclass(frozen=True, slots=True)
class Numbering:
    """Ids by number, in halves of eight bytes; their mixtures in order, and of whom each is."""

    ids: NDArray[np.uint64]
    mixtures: NDArray[np.uint64]
    numbers: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Encoded:
    """Values of sales, how many each stretch has, and what values mean: of names the
    number of each, of people their numbering, of amounts the decimals of a unit. What meant
    something before means the same.
    """

    values: Values
    lengths: Sequence[int]
    meaning: Any


_NOBODY: Final = Numbering(
    np.zeros((0, 2), np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.int32)
)


def _nothing(series: Series) -> Any:
    if series.name == PEOPLE:
        return _NOBODY
    if series.name == AMOUNTS:
        return DECIMALS
    return {}


@dataclass(frozen=True, slots=True)
class Column:
    """A series of days, which ascend: the stamp of each, where its sales end, the values of all."""

    stamps: Mapping[date, str]
    ends: Ints
    values: Values
    meaning: Any

    @property
    def size(self) -> int:
        """In bytes."""
        each = _OBJECT_BYTES if self.values.dtype == object else self.values.itemsize
        more = (
            sum(
                part.nbytes
                for part in (self.meaning.ids, self.meaning.mixtures, self.meaning.numbers)
            )
            if isinstance(self.meaning, Numbering)
            else 0
        )
        return len(self.values) * each + more

    def of_days(self, days: Sequence[date]) -> Values:
        """The values of these days, which ascend and are all there."""
        if not days:
            return self.values[:0]
        places = {day: place for place, day in enumerate(self.stamps)}
        first, last = places[days[0]], places[days[-1]]
        if last - first == len(days) - 1:
            return self.values[self._begin(first) : self.ends[last]]
        return np.concatenate(self.runs([places[day] for day in days]))

    def _begin(self, place: int) -> int:
        return int(self.ends[place - 1]) if place else 0

    def runs(self, places: Sequence[int]) -> list[Values]:
        """The values of days, of those that follow one another together."""
        runs = groupby(enumerate(places), lambda pair: pair[1] - pair[0])
        spans = [[place for _, place in run] for _, run in runs]
        return [self.values[self._begin(span[0]) : self.ends[span[-1]]] for span in spans]


def nothing(series: Series) -> Column:
    """No day."""
    return Column({}, np.zeros(0, np.int64), np.zeros(0, np.uint8), _nothing(series))


def renewed(
    column: Column, series: Series, stamps: Mapping[date, str], stretches: Sequence[Stretch]
) -> Column:
    """The column with these days, a stretch each, in the place of what it has of them."""
    encoded = encode(series, stretches, column.meaning)
    fresh = Column(stamps, np.cumsum(encoded.lengths, dtype=np.int64), encoded.values, None)
    old_values = _as_meant(series, column, encoded.meaning)
    old = Column(column.stamps, column.ends, old_values, None)
    days = sorted({*column.stamps, *stamps})
    values: list[Values] = []
    for is_fresh, run in groupby(days, stamps.__contains__):
        of_run = list(run)
        source = fresh if is_fresh else old
        places = {day: place for place, day in enumerate(source.stamps)}
        values += source.runs([places[day] for day in of_run])
    lengths = _lengths(old) | _lengths(fresh)
    return Column(
        {day: stamps.get(day) or column.stamps[day] for day in days},
        np.cumsum([lengths[day] for day in days], dtype=np.int64),
        np.concatenate(values) if values else encoded.values,
        encoded.meaning,
    )


def _lengths(column: Column) -> dict[date, int]:
    return dict(zip(column.stamps, np.diff(column.ends, prepend=0).tolist(), strict=True))


def _as_meant(series: Series, column: Column, meaning: Any) -> Values:
    """The values of a column in units of as many decimals."""
    if series.name != AMOUNTS or meaning == column.meaning:
        return column.values
    return np.asarray(column.values.astype(object) * 10 ** (meaning - column.meaning))


def encode(series: Series, stretches: Sequence[Stretch], meaning: Any) -> Encoded:
    """The series of these stretches, in terms that `meaning` has or that are added to it."""
    name = series.name
    if name in _RAW:
        return _numbers(_RAW[name], [getattr(one, name) for one in stretches])
    if name == PEOPLE:
        return _people([one.people for one in stretches], meaning)
    if name == AMOUNTS:
        return _amounts([one.amounts for one in stretches], meaning)
    return _names([getattr(one, name) for one in stretches], meaning)


def _numbers(kind: np.dtype[Any], raw: Sequence[bytes]) -> Encoded:
    values = np.frombuffer(b"".join(raw), kind).astype(kind.newbyteorder("="))
    return Encoded(values, [len(each) // kind.itemsize for each in raw], None)


def _names(columns: Sequence[Names], meaning: Mapping[str, int]) -> Encoded:
    codes, table = dict(meaning), array("q")
    begins: dict[int, int] = {}  # of lists of names in the table: many stretches have the same one
    for column in columns:
        if id(column.names) not in begins:
            begins[id(column.names)] = len(table)
            for name in sorted(set(column.names).difference(codes)):  # few after the first
                codes[name] = len(codes)
            table.extend(map(codes.__getitem__, column.names))
    lengths = [len(column.places) // 4 for column in columns]
    places = np.frombuffer(b"".join(column.places for column in columns), ">u4")
    of_columns = np.array([begins[id(column.names)] for column in columns], np.int64)
    places = places + np.repeat(of_columns, lengths)
    return Encoded(np.array(table, np.min_scalar_type(len(codes)))[places], lengths, codes)


def _people(raw: Sequence[bytes], numbering: Numbering) -> Encoded:
    halves = np.frombuffer(b"".join(raw), ">u8").reshape(-1, 2).astype(np.uint64)
    of_each = mixed(halves[:, 0], halves[:, 1])
    values, places = coded(of_each)
    at = np.searchsorted(numbering.mixtures, values)
    is_known = np.zeros(len(values), np.bool_)
    inside = at < len(numbering.mixtures)
    is_known[inside] = numbering.mixtures[at[inside]] == values[inside]
    numbers = np.zeros(len(values), np.int32)
    numbers[is_known] = numbering.numbers[at[is_known]]
    others = ~is_known
    numbers[others] = len(numbering.ids) + np.arange(np.count_nonzero(others), dtype=np.int32)
    sale = np.zeros(len(values), np.int64)
    sale[places] = np.arange(len(places))
    ids = np.concatenate((numbering.ids, halves[sale[others]]))
    of_sales = numbers[places]
    # With one half and the mixture the other half is the same, as the factor is odd.
    if not np.array_equal(ids[:, 0][of_sales], halves[:, 0]):  # two of them mix to the same
        of_sales, ids = _one_by_one(halves, numbering.ids)
    mixtures = np.insert(numbering.mixtures, at[others], values[others])
    of_mixtures = np.insert(numbering.numbers, at[others], numbers[others])
    lengths = [len(each) // 16 for each in raw]
    return Encoded(of_sales, lengths, Numbering(ids, mixtures, of_mixtures))


def _one_by_one(
    halves: NDArray[np.uint64], ids: NDArray[np.uint64]
) -> tuple[NDArray[np.int32], NDArray[np.uint64]]:
    numbers = {id_: number for number, id_ in enumerate(map(tuple, ids.tolist()))}
    of_sales = [numbers.setdefault(id_, len(numbers)) for id_ in map(tuple, halves.tolist())]
    return np.array(of_sales, np.int32), np.array(list(numbers), np.uint64).reshape(-1, 2)


def _amounts(columns: Sequence[Any], decimals: int) -> Encoded:
    odd = [one for column in columns if not isinstance(column, bytes) for one in column]
    most = max(decimals, DECIMALS, *(-int(one.as_tuple().exponent) for one in odd), 0)
    lengths = [len(each) // (8 if isinstance(each, bytes) else 1) for each in columns]
    if not odd and most == DECIMALS:
        return Encoded(_numbers(_RAW["ats"], columns).values, lengths, most)
    parts = [units_of(column, most) for column in columns]
    return Encoded(np.concatenate(parts) if parts else np.zeros(0, object), lengths, most)
