"""Spans of days as few whole blocks, of 64 days, of 8 and of one, all counted from 1970; and what
has to be added up to tell a block as it was known on an earlier day.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

EPOCH: Final = date(1970, 1, 1)
SPANS: Final = (64, 8, 1)  # days of a block; each is made of whole ones of the next
_DAY: Final = timedelta(days=1)


class Block(NamedTuple):
    """`span` days from `first` on."""

    span: int
    first: date

    @property
    def end(self) -> date:
        """The day after its last one."""
        return self.first + timedelta(days=self.span)


class Gain(NamedTuple):
    """What the days of knowledge from `since` to before `until` added to a block; `sign` tells
    whether it is added (1) or taken away (-1).
    """

    span: int
    first: date
    since: date
    until: date
    sign: int


class Parts(NamedTuple):
    """What adds up to blocks of days: whole sums of some, and what some days of knowledge added."""

    whole: Sequence[Block]
    gains: Sequence[Gain]


def blocks(first: date, end: date, spans: Sequence[int] = SPANS) -> list[Block]:
    """The days from `first` to before `end`, in their order: the largest blocks that fit; days that
    are in no whole block are left out.
    """
    if not spans or first >= end:
        return []
    span, *smaller = spans
    begin, last = -(-_number(first) // span) * span, _number(end) // span * span
    if begin >= last:
        return blocks(first, end, smaller)
    whole = [Block(span, _day(number)) for number in range(begin, last, span)]
    return [
        *blocks(first, whole[0].first, smaller),
        *whole,
        *blocks(whole[-1].end, end, smaller),
    ]


def parts(days: Iterable[Block], known_on: date | None, rolled_until: date) -> Parts:
    """What of the sums tells these blocks as known at the end of the day, or now. The sums hold
    what became known before `rolled_until`.

    Of a block that was over by then little has become known since: that is taken away from its sum.
    """
    days = list(days) if rolled_until > date.min else []
    if not days or known_on is None or known_on >= rolled_until - _DAY:
        return Parts(days, [])
    after = known_on + _DAY
    return Parts(
        [block for block in days if block.end <= after],
        [
            Gain(*block, after, rolled_until, -1)
            if block.end <= after
            else Gain(*block, date.min, after, 1)
            for block in days
        ],
    )


def runs(days: Sequence[date], shortest: int) -> list[tuple[date, date]]:
    """Each stretch of at least so many of these ascending days that follow one another: its first
    day, and the day after its last.
    """
    stretches: list[tuple[date, date]] = []
    for day in days:
        if stretches and stretches[-1][1] == day:
            stretches[-1] = (stretches[-1][0], day + _DAY)
        else:
            stretches.append((day, day + _DAY))
    return [(first, end) for first, end in stretches if (end - first).days >= shortest]


def _number(day: date) -> int:
    return (day - EPOCH).days


def _day(number: int) -> date:
    return EPOCH + timedelta(days=number)
