"""Spans of days as few whole blocks: of 64 days, of 8 and of one, all counted from 1970."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

EPOCH: Final = date(1970, 1, 1)
SPANS: Final = (64, 8)  # days of a block; each is made of whole ones of the next


class Piece(NamedTuple):
    """The blocks of `span` days that begin from `first` to before `end`."""

    span: int
    first: date
    end: date


def pieces(first: date, end: date, spans: Sequence[int] = SPANS) -> list[Piece]:
    """The days from `first` to before `end`, in their order: the largest blocks that fit whole, and
    single days.
    """
    if first >= end:
        return []
    if not spans:
        return [Piece(1, first, end)]
    span, *smaller = spans
    begin, last = -(-_number(first) // span) * span, _number(end) // span * span
    if begin >= last:
        return pieces(first, end, smaller)
    middle = Piece(span, _day(begin), _day(last))
    return [*pieces(first, middle.first, smaller), middle, *pieces(middle.end, end, smaller)]


def blocks_known(known_on: date, rolled_until: date) -> list[Piece]:
    """What was known before `rolled_until` and by the end of the day, as blocks of days of
    knowledge. All that was rolled up is in the largest ones, of which the last is not full yet.
    """
    if known_on >= rolled_until - timedelta(days=1):
        return [Piece(SPANS[0], date.min, rolled_until)]
    return pieces(EPOCH, known_on + timedelta(days=1))


def _number(day: date) -> int:
    return (day - EPOCH).days


def _day(number: int) -> date:
    return EPOCH + timedelta(days=number)
