"""Counts the entries of days by several of their columns at once."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from struct import Struct
from sys import byteorder
from typing import Final

from services.kpi.domain.rollups.lead_days import MEASURES, Column, Value

Key = tuple[Value, ...]
Groups = dict[Key, int]  # of each the counts that `measured` tells apart
Measured = list[int]  # how many got that far, in the order of MEASURES
Classes = dict[Key, bytes]  # of each the ascending classes of its entries, two bytes each
CLASS_BYTES: Final = 2
_PLACES: Final = 256  # that one byte tells apart
_WORD_BYTES: Final = 4
_KEY_BYTES: Final = 8  # a mark, and some for each dimension
_AT_ONCE: Final = 32_768  # leads that are counted before others have their turn
_COUNT_BITS: Final = 32  # of each of the counts that a number holds
# What an entry of each mark adds to the counts of its group.
_WEIGHTS: Final = [
    sum(1 << _COUNT_BITS * number for number in range(len(MEASURES)) if mark >> number & 1)
    for mark in range(_PLACES)
]
_COUNTS: Final = Struct(f"<{len(MEASURES)}I")
_FIRST: Final = (1 << _COUNT_BITS) - 1


class TooManyValuesError(Exception):
    """There are more values than keys tell apart."""


def packed(counts: Sequence[int]) -> int:
    """The counts of a group, in the order of MEASURES, as one number: what is added to such numbers
    is added to each count, also what is below nothing, as long as no sum is.
    """
    # Written out: it is done for each row of a group.
    one, two, three, four, five, six = counts
    return one + (two << 32) + (three << 64) + (four << 96) + (five << 128) + (six << 160)


def measured(counts: int) -> Measured:
    """The counts that a number holds."""
    return [*_COUNTS.unpack(counts.to_bytes(_COUNTS.size, "little"))]


def received(counts: int) -> int:
    """The first of the counts that a number holds."""
    return counts & _FIRST


class Tally:
    """Counts the entries of days by so many columns."""

    def __init__(self, width: int) -> None:
        self._bytes = (_KEY_BYTES - 1) // width  # of a key, for each dimension
        self._codes: list[dict[Value, int]] = [{} for _ in range(width)]
        self._keys = bytearray()
        self._counts: Counter[int] = Counter()

    def add(self, marks: bytes, columns: Sequence[Column]) -> None:
        """Raises TooManyValuesError."""
        keys = bytearray(_KEY_BYTES * len(marks))
        keys[::_KEY_BYTES] = marks
        for number, column in enumerate(columns):
            codes = self._codes_of(number, column.values)
            for at, plane in enumerate(
                _planes(column, codes, len(marks)), 1 + number * self._bytes
            ):
                keys[at::_KEY_BYTES] = plane
        self._keys += keys
        if len(self._keys) >= _KEY_BYTES * _AT_ONCE:
            self._count()

    def groups(self) -> Groups:
        """How many got how far, by group; `measured` tells the counts apart."""
        self._count()
        groups: dict[int, int] = {}
        for key, count in self._counts.items():
            group = key >> 8
            groups[group] = groups.get(group, 0) + count * _WEIGHTS[key & 255]
        columns, mask = self._columns(), self._mask
        return {
            tuple([values[key >> shift & mask] for shift, values in columns]): counts
            for key, counts in groups.items()
        }

    def classes(self) -> Classes:
        """By group the last column of the entries that have a mark: its values are numbers."""
        self._count()
        *columns, (last_shift, of_last) = self._columns()
        numbers = [int(str(value or 0)) for value in of_last]
        of_group: dict[int, list[int]] = defaultdict(list)
        only = (1 << last_shift) - 1
        for key, count in self._counts.items():
            if key & _PLACES - 1:
                number = numbers[key >> 8 >> last_shift]
                if count == 1:
                    of_group[key >> 8 & only].append(number)
                else:
                    of_group[key >> 8 & only].extend([number] * count)
        mask = self._mask
        return {
            tuple([values[key >> shift & mask] for shift, values in columns]): array(
                "H", sorted(each)
            ).tobytes()
            for key, each in of_group.items()
        }

    def _columns(self) -> list[tuple[int, list[Value]]]:
        """Of each the place of its codes in a key without its mark, and what they mean."""
        bits = 8 * self._bytes
        return [(bits * number, list(codes)) for number, codes in enumerate(self._codes)]

    @property
    def _mask(self) -> int:
        return (1 << 8 * self._bytes) - 1

    def _codes_of(self, number: int, values: Sequence[Value]) -> list[int]:
        codes = self._codes[number]
        of_values = [codes.setdefault(value, len(codes)) for value in values]
        if len(codes) > _PLACES**self._bytes:
            raise TooManyValuesError
        return of_values

    def _count(self) -> None:
        self._counts.update(_numbers("Q", self._keys))
        self._keys = bytearray()


def _planes(column: Column, codes: Sequence[int], length: int) -> Iterator[bytes]:
    """The codes of the entries' values: their lowest bytes first, as far as there are any."""
    first = column.places[:length]
    places: Sequence[int] = ()
    if len(column.places) > length:
        words = bytearray(_WORD_BYTES * length)
        for at in range(len(column.places) // length):
            words[at::_WORD_BYTES] = column.places[at * length : (at + 1) * length]
        places = _numbers("I", words)
    for shift in range(0, max(codes, default=0).bit_length(), 8):
        plane = bytes(code >> shift & 255 for code in codes)
        if places:
            yield bytes(map(plane.__getitem__, places))
        else:
            yield first.translate(plane.ljust(_PLACES, b"\0"))


def _numbers(kind: str, in_bytes: bytearray) -> Sequence[int]:
    """Numbers of the array's kind, whose lowest bytes come first."""
    numbers = array(kind, bytes(in_bytes))
    if byteorder == "big":
        numbers.byteswap()
    return numbers
