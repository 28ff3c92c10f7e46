"""Counts the entries of days by several of their columns at once, as arrays. Whoever imports this
loads numpy, which takes a tenth of a second and some megabytes: it is done when something is asked.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.kpi.domain.rollups.column_arrays import numbers_by, numbers_of, of_quarters, strung
from services.kpi.domain.rollups.lead_days import MEASURES, Column, Value
from services.kpi.domain.rollups.tally import CLASS_BYTES, COUNTS, Classed, Groups, Key
from services.kpi.domain.rollups.wait_days import Clock

Ints = NDArray[np.int64]
_MOST_CELLS: Final = 4_000_000  # groups that are looked up by their places; more are sorted
_MARKS: Final = 1 << len(MEASURES)
_CONTACTED: Final = 1 << MEASURES.index("contacted")
_CLASS_BITS: Final = 16


class Day(NamedTuple):
    """A day's `marks` and the classes of the times to the first contact, as of `LeadDay`; of each
    dimension a column, or the quarters of an hour where it is a step of time.
    """

    day: date
    marks: bytes
    columns: Sequence[Column | bytes]
    classes: bytes = b""


class Entries(NamedTuple):
    """Of each dimension the values there are, each once, and of each entry the place of its own; of
    each entry its mark or, if that is asked for, the class of its time to the first contact.
    """

    values: Sequence[Sequence[Value]]
    places: Sequence[NDArray[Any]]
    numbers: NDArray[Any]

    @property
    def size(self) -> int:
        """In bytes, without the values."""
        return self.numbers.nbytes + sum(each.nbytes for each in self.places)


def entries_of(days: Sequence[Day], clock: Clock | None, first_days: Sequence[date]) -> Entries:
    """The days' entries that have a mark, or those that were contacted if days have classes. Of
    steps of time the clock has the bounds; their values are the `first_days`.
    """
    lengths = [len(day.marks) for day in days]
    numbers = np.frombuffer(b"".join(day.marks for day in days), np.uint8)
    classes = np.frombuffer(b"".join(day.classes for day in days), "<u2")
    members = np.flatnonzero(numbers & _CONTACTED if len(classes) else numbers)
    if len(classes):
        numbers = classes - 1
    values: list[Sequence[Value]] = []
    places: list[NDArray[Any]] = []
    for columns in zip(*(day.columns for day in days), strict=True):
        quarters = [each for each in columns if isinstance(each, bytes)]
        if quarters and clock is not None:
            steps = numbers_by(clock, [day.day for day in days])
            of_column, of_steps = _few((*first_days, None), steps - 1)
            codes = of_quarters(of_steps, quarters)
        else:
            of_column, codes = strung(
                [each for each in columns if not isinstance(each, bytes)], lengths
            )
        values.append(of_column)
        places.append(codes.astype(np.min_scalar_type(len(of_column))).take(members))
    return Entries(values, places, numbers.take(members))


def _few(values: Sequence[Value], places: NDArray[Any]) -> tuple[list[Value], NDArray[Any]]:
    """The values that there are, and the places among them; one below 0 counts from behind."""
    places = places % len(values)
    numbers, count = _dense(places, len(values))
    representatives = np.empty(count, np.int64)
    representatives[numbers] = places
    return [values[place] for place in representatives.tolist()], numbers.astype(np.int32)


def groups_of(parts: Sequence[Entries]) -> Groups:
    """How many got how far, by group; `measured` tells the counts apart."""
    keys, groups = _grouped(parts)
    marks = np.concatenate([part.numbers for part in parts])
    kinds, count = _dense(marks, _MARKS)
    kind_marks = np.empty(count, np.uint8)
    kind_marks[kinds] = marks
    groups *= count
    groups += kinds
    cells = np.bincount(groups, minlength=len(keys) * count).reshape(len(keys), count)
    counts = np.empty((len(keys), len(MEASURES)), "<u4")
    for bit in range(len(MEASURES)):
        counts[:, bit] = cells[:, kind_marks >> bit & 1 == 1].sum(axis=1)
    numbers, size = counts.tobytes(), COUNTS.size
    return {
        key: int.from_bytes(numbers[at : at + size], "little")
        for key, at in zip(keys, range(0, len(numbers), size), strict=True)
    }


def classed_of(parts: Sequence[Entries]) -> Classed:
    keys, groups = _grouped(parts)
    classes = np.concatenate([part.numbers for part in parts])
    ends = (CLASS_BYTES * np.cumsum(np.bincount(groups, minlength=len(keys)))).tolist()
    groups <<= _CLASS_BITS
    groups |= classes
    groups.sort()
    in_order = groups.astype("<u2").tobytes()  # the class alone
    pieces = (in_order[begin:end] for begin, end in pairwise([0, *ends]))
    total = Counter(dict(enumerate(np.bincount(classes).tolist())))
    return Classed(dict(zip(keys, pieces, strict=True)), +total)


def _grouped(parts: Sequence[Entries]) -> tuple[list[Key], Ints]:
    """The groups of all entries, and of each the number of its own."""
    columns = [_joined(parts, number) for number in range(len(parts[0].values))]
    (first, groups), *others = columns
    count = len(first)
    for values, places in others:
        groups = groups * len(values)
        groups += places
        count *= len(values)
        if count > _MOST_CELLS:
            groups, count = _dense(groups, count)
    groups, count = _dense(groups, count)
    members = np.empty(count, np.int64)  # of each group one
    members[groups] = np.arange(len(groups))
    names = [[values[at] for at in places[members].tolist()] for values, places in columns]
    return list(zip(*names, strict=True)), groups


def _joined(parts: Sequence[Entries], number: int) -> tuple[list[Value], Ints]:
    """A dimension of all parts."""
    code_of: dict[Value, int] = {}
    places = [
        numbers_of(code_of, part.values[number]).astype(np.int64).take(part.places[number])
        for part in parts
    ]
    return list(code_of), np.concatenate(places)


def _dense(numbers: NDArray[Any], most: int) -> tuple[Ints, int]:
    """The numbers below `most` by those that there are, and how many these are."""
    if most > _MOST_CELLS:
        values, dense = np.unique(numbers, return_inverse=True)
        return dense, len(values)
    is_there = np.zeros(most, np.bool)
    is_there[numbers] = True
    dense = np.cumsum(is_there) - 1
    return dense.take(numbers), int(is_there.sum())
