"""Counts the leads of a day that are in one group, from the day's columns of bytes. A column is
looked at whole, as one long number with a byte for each entry.
"""

from collections.abc import Iterable, Sequence
from functools import cache, reduce
from operator import or_
from typing import Final, NamedTuple

from services.kpi.domain.rollups.lead_days import IS_ASIDE, IS_LEAD, MEASURES

LEADS: Final = "leads"
OPEN: Final = "open"  # neither won nor lost nor set aside
COUNTED: Final = frozenset({*MEASURES[1:], LEADS, OPEN})
_BYTES: Final = range(256)
_CLOSED: Final = sum(1 << MEASURES.index(name) for name in ("won", "lost"))
_IS_LEAD: Final = bytes(byte & IS_LEAD for byte in _BYTES)
_IS_AT_WORK: Final = bytes(int(byte & (IS_LEAD | IS_ASIDE) == IS_LEAD) for byte in _BYTES)


class Chosen(NamedTuple):
    """Of an axis of a day the `places` of its entries' values, as of `Column`, and which of these
    the group has.
    """

    places: bytes
    group_places: Sequence[int]


def flags_of(measure: str, marks: bytes, promises: bytes) -> bytes:
    """1 for each lead that a measure counts, 0 for each other entry."""
    leads = promises.translate(_IS_AT_WORK if measure == OPEN else _IS_LEAD)
    if measure == LEADS:
        return leads
    members = int.from_bytes(marks.translate(_counts(measure))) & int.from_bytes(leads)
    return members.to_bytes(len(marks))


def count_members(flags: bytes, group: Iterable[Chosen]) -> int:
    """How many of the flagged entries are in the group."""
    members = int.from_bytes(flags)
    for chosen in group:
        of_values = (_of_place(chosen.places, len(flags), place) for place in chosen.group_places)
        members &= reduce(or_, of_values, 0)
    return members.bit_count()


def _of_place(places: bytes, length: int, place: int) -> int:
    """A one for each entry whose value has the place; lower bytes of places come first."""
    planes = range(len(places) // length) if length else ()
    members = int.from_bytes(b"\1" * length)
    for number in planes:
        plane = places[number * length : (number + 1) * length]
        members &= int.from_bytes(plane.translate(_is_byte(place >> 8 * number & 255)))
    return members


@cache
def _counts(measure: str) -> bytes:
    if measure == OPEN:
        return bytes(0 if mark & _CLOSED else 1 for mark in _BYTES)
    bit = MEASURES.index(measure)
    return bytes(mark >> bit & 1 for mark in _BYTES)


@cache
def _is_byte(byte: int) -> bytes:
    return bytes(each == byte for each in _BYTES)
