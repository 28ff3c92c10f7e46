"""How long a step of the leads of many days took, counted by class. Whoever imports this loads
numpy, which takes a tenth of a second and some megabytes: it is done when something is asked.
"""

from collections.abc import Hashable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.kpi.domain.rollups.classes import class_of, middle_of
from services.kpi.domain.rollups.column_arrays import Codes, numbers_by, of_quarters, strung
from services.kpi.domain.rollups.lead_days import IS_LEAD
from services.kpi.domain.rollups.wait_days import Change, Grouping, WaitDay
from services.kpi.domain.waiting import BIN_ENDS, SHARES, Waits

Ints = NDArray[np.int64]
_ENDS: Final = [class_of(end) for end in BIN_ENDS]
_PROMISES: Final = 32  # that there are
_EACH: Final = np.arange(_PROMISES)
_MOST_CELLS: Final = 2_000_000  # of groups and classes, eight bytes each, that are counted at once


class WaitColumns(NamedTuple):
    """Of the entries of days the number of the group of each among the keys, its class of the step,
    and its promises.
    """

    keys: Sequence[Hashable]
    codes: NDArray[Any]
    classes: NDArray[np.uint16]
    promises: NDArray[np.uint8]

    @property
    def size(self) -> int:
        """In bytes, without the keys."""
        return self.codes.nbytes + self.classes.nbytes + self.promises.nbytes


def columns_of(days: Sequence[WaitDay], grouping: Grouping) -> WaitColumns:
    keys, codes = _groups(days, grouping)
    return WaitColumns(
        keys,
        codes.astype(np.min_scalar_type(len(keys))),
        np.frombuffer(b"".join(day.classes for day in days), "<u2"),
        np.frombuffer(b"".join(day.promises for day in days), np.uint8),
    )


def count_waits(
    columns: WaitColumns, changes: Sequence[Change], grouping: Grouping
) -> tuple[dict[Any, Waits], Waits]:
    """By group, and of all leads together; quantiles are at most 1 % off, see `classes.py`."""
    keys = list(dict.fromkeys([*columns.keys, *(each.key for each in changes)]))
    counts = _Counts(columns, changes, grouping, keys)
    waits: dict[Any, Waits] = {}
    every = np.zeros((1, counts.width), np.int64)
    promises = np.zeros((3, 1), np.int64)
    for first, cells, of_groups in counts.by_groups():
        for number, each in enumerate(_waits(cells, of_groups)):
            if of_groups[0, number]:
                waits[keys[first + number]] = each
        every += cells.sum(axis=0)
        promises += of_groups.sum(axis=1, keepdims=True)
    return waits, _waits(every, promises)[0]


class _Counts:
    """Leads by group and class. The first column is of those that did not make the step."""

    def __init__(
        self,
        columns: WaitColumns,
        changes: Sequence[Change],
        grouping: Grouping,
        keys: Sequence[Hashable],
    ) -> None:
        _, codes, self._classes, self._promises = columns
        self._codes, self._size = codes.astype(np.int32), max(1, len(keys))
        self._bits = (IS_LEAD, grouping.due, grouping.in_time)
        places = {key: place for place, key in enumerate(keys)}
        self._changes = np.array(
            [
                (places[each.key], 0 if each.number is None else each.number + 1, *each[2:])
                for each in changes
            ],
            np.int64,
        ).reshape(-1, 5)
        most = (self._classes.max(initial=0), self._changes[:, 1].max(initial=0), _ENDS[-1] + 1)
        self.width = int(max(most)) + 1

    def by_groups(self) -> Iterator[tuple[int, Ints, Ints]]:
        """Of some groups at once, whose first one's number is told: their counts by class, and how
        many leads there are, of how many something was promised, and of how many it was kept.
        """
        at_once = max(1, _MOST_CELLS // self.width)
        for first in range(0, self._size, at_once):
            size = min(at_once, self._size - first)
            if size == self._size:
                yield first, *self._count(self._codes, self._classes, self._promises, first, size)
            else:
                is_in = (self._codes >= first) & (self._codes < first + size)
                columns = (self._codes[is_in], self._classes[is_in], self._promises[is_in])
                yield first, *self._count(*columns, first, size)

    def _count(
        self, codes: Codes, classes: Any, promises: Any, first: int, size: int
    ) -> tuple[Ints, Ints]:
        codes = codes - first if first else codes
        cells = np.bincount(codes * self.width + classes, minlength=size * self.width)
        cells = cells.reshape(size, self.width)
        by_promise = np.bincount(codes * _PROMISES + promises, minlength=size * _PROMISES)
        by_promise = by_promise.reshape(size, _PROMISES)
        cells[:, 0] -= by_promise[:, 0]  # they are of no lead
        numbers = np.array([by_promise[:, _EACH & bit != 0].sum(axis=1) for bit in self._bits])
        places, columns, *more = self._changes.T
        is_in = (places >= first) & (places < first + size)
        np.add.at(cells, (places[is_in] - first, columns[is_in]), more[0][is_in])
        for row, number in zip(numbers, more, strict=True):
            np.add.at(row, places[is_in] - first, number[is_in])
        return cells, numbers


def _waits(cells: Ints, of_groups: Ints) -> list[Waits]:
    """Of each group."""
    up_to = cells[:, 1:].cumsum(axis=1)
    leads = up_to[:, -1]
    middles = np.array([middle_of(number) for number in range(up_to.shape[1])])
    quantiles = []
    for share in SHARES:
        place = np.floor(share * (leads - 1))
        numbers = (up_to <= place[:, None]).sum(axis=1)
        quantiles.append(middles[np.minimum(numbers, len(middles) - 1)].tolist())
    return [
        Waits(count, times if count else [None] * len(SHARES), ends, due, in_time)
        for count, ends, times, due, in_time in zip(
            leads.tolist(),
            up_to[:, _ENDS].tolist(),
            zip(*quantiles, strict=True),
            *of_groups[1:].tolist(),
            strict=True,
        )
    ]


def _groups(days: Sequence[WaitDay], grouping: Grouping) -> tuple[Sequence[Hashable], Codes]:
    """The groups, and of each entry the number of its own."""
    lengths = [len(day.promises) for day in days]
    if grouping.clock is not None:
        numbers = numbers_by(grouping.clock, [day.day for day in days])
        codes = of_quarters(numbers, [day.quarters for day in days])
        return range(int(numbers.max(initial=0)) + 1), codes
    if not grouping.has_values:
        return [None], np.zeros(sum(lengths), np.int32)
    return strung([day.values for day in days], lengths)
