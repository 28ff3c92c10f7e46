"""Load over days of UTC that is summed up once, and how the sums of steps come together from it.

Steps of all zones of today begin and end with quarters of an hour of UTC. Of each day is kept what
it adds up to until the end of each of its quarters, and the most that was held within each.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import accumulate, pairwise
from operator import add, sub
from struct import Struct, pack, unpack
from typing import Final, NamedTuple

from services.kpi.domain.load.levels import Interval
from services.kpi.domain.load.sums import Sums
from services.kpi.domain.rollups.blocks import EPOCH, Block, blocks

QUARTER: Final = 900_000_000  # microseconds
QUARTERS: Final = 96  # of a day
DAY: Final = QUARTERS * QUARTER
PART: Final = 24  # quarters whose sums lie together
SPANS: Final = (64, 16, 4, 1)  # days of blocks: few of them make a week, a month or a year
_LOW: Final = 62  # bits; sums of units may have more
_RECORD: Final = Struct("<9q2i")
RECORD_BYTES: Final = _RECORD.size
_NOTHING: Final = (0,) * 11
_PEAK_BYTES: Final = 4
Record = tuple[int, ...]


class Mark(NamedTuple):
    """The end of a quarter of a day, counted from 1."""

    day: date
    quarter: int


class Live(NamedTuple):
    """Time that is not kept, cut by edges; the first piece lies in the step of that number."""

    step: int
    edges: Sequence[int]


class Plan(NamedTuple):
    """What steps are put together from, each with the number of its step: whole days; what had
    added up until some marks, which is added (1) or taken away (-1); the quarters of some days, by
    the places of these; and what is not kept. Marks and days differ.
    """

    blocks: Sequence[tuple[int, Block]]
    marks: Sequence[Mark]
    signs: Sequence[tuple[int, int, int]]
    days: Sequence[date]
    slices: Sequence[tuple[int, int, int, int]]
    live: Sequence[Live]


class KeptParts(NamedTuple):
    """Of one holder: sums of whole days by step, the records of some marks, and the peaks of some
    days, by their places in the plan. What is not there is nothing.
    """

    whole: Mapping[int, Sums]
    marks: Sequence[int]
    records: bytes
    days: Sequence[int]
    peaks: bytes


NO_PARTS: Final = KeptParts({}, (), b"", (), b"")


class PackedDay(NamedTuple):
    """What it adds up to, the same until the end of each quarter by parts, and their peaks."""

    whole: Sums
    parts: Sequence[bytes]
    peaks: bytes


def packed(quarters: Sequence[Sums]) -> PackedDay:
    passed = list(accumulate((each[1:] for each in quarters), _added))
    records = [_RECORD.pack(*_split(row)) for row in passed]
    peaks = [each.peak for each in quarters]
    return PackedDay(
        Sums(max(peaks), *passed[-1]),
        [b"".join(records[first : first + PART]) for first in range(0, QUARTERS, PART)],
        pack(f"<{QUARTERS}i", *peaks),
    )


def plan_of(edges: Sequence[int], stretches: Iterable[tuple[date, date]]) -> Plan:
    """Of the steps between these edges, of which there are two at least, where days from some first
    ones to before others are kept.
    """
    spans = list(_within(edges, stretches))
    plan = _Planning()
    for begin, end in spans:
        step, cuts = _cut(edges, begin, end)
        for number, (start, until) in enumerate(pairwise(cuts), step):
            plan.add(number, start, until)
    bounds = [edges[0], *(bound for span in spans for bound in span), edges[-1]]
    gaps = zip(bounds[::2], bounds[1::2], strict=True)
    live = [Live(*_cut(edges, begin, end)) for begin, end in gaps if begin < end]
    return Plan(plan.blocks, list(plan.marks), plan.signs, list(plan.days), plan.slices, live)


def sums_kept(plan: Plan, steps: int, parts: KeptParts) -> list[Sums]:
    """Of so many steps, without what is not kept of them."""
    records = dict(zip(parts.marks, _RECORD.iter_unpack(parts.records), strict=True))
    numbers: list[Record] = [_NOTHING] * steps
    for step, mark, sign in plan.signs:
        record = records.get(mark)
        if record is not None:
            numbers[step] = tuple(map(add if sign > 0 else sub, numbers[step], record))
    peaks = [0] * steps
    heights = unpack(f"<{len(parts.peaks) // _PEAK_BYTES}i", parts.peaks)
    places = {day: QUARTERS * place for place, day in enumerate(parts.days)}
    for step, day, first, last in plan.slices:
        at = places.get(day)
        if at is not None:
            peaks[step] = max(peaks[step], *heights[at + first : at + last])
    sums = [Sums(peak, *_joined(*row)) for peak, row in zip(peaks, numbers, strict=True)]
    for step, whole in parts.whole.items():
        sums[step] = sums[step].plus(whole)
    return sums


class _Planning:
    def __init__(self) -> None:
        self.blocks: list[tuple[int, Block]] = []
        self.marks: dict[Mark, int] = {}
        self.signs: list[tuple[int, int, int]] = []
        self.days: dict[date, int] = {}
        self.slices: list[tuple[int, int, int, int]] = []

    def add(self, step: int, start: int, end: int) -> None:
        """A piece of a step, which begins and ends with quarters."""
        first, last = -(-start // DAY), end // DAY
        if first > last:
            self._add(step, last, start, end)
            return
        self._add(step, first - 1, start, first * DAY)
        self.blocks += ((step, block) for block in blocks(_day(first), _day(last), SPANS))
        self._add(step, last, last * DAY, end)

    def _add(self, step: int, number: int, start: int, end: int) -> None:
        """A part of one day."""
        if start == end:
            return
        day = _day(number)
        begins, ends = ((at - number * DAY) // QUARTER for at in (start, end))
        for quarter, sign in ((ends, 1), (begins, -1)):
            if quarter:
                mark = self.marks.setdefault(Mark(day, quarter), len(self.marks))
                self.signs.append((step, mark, sign))
        place = self.days.setdefault(day, len(self.days))
        self.slices.append((step, place, begins, ends))


def _within(edges: Sequence[int], stretches: Iterable[tuple[date, date]]) -> Iterator[Interval]:
    """What of the kept days lies between the edges and is told by quarters: the last edge may be a
    moment within one; where another is, of a zone of long ago, nothing is.
    """
    if any(edge % QUARTER for edge in edges[:-1]):
        return
    last = edges[-1] // QUARTER * QUARTER
    for first, end in stretches:
        begins, ends = max(_number(first) * DAY, edges[0]), min(_number(end) * DAY, last)
        if begins < ends:
            yield begins, ends


def _cut(edges: Sequence[int], begin: int, end: int) -> tuple[int, list[int]]:
    """The number of the step in which a span begins, and the span cut by the edges."""
    step = bisect_right(edges, begin) - 1
    return step, [begin, *edges[step + 1 : bisect_left(edges, end)], end]


def _added(one: Record, other: Record) -> Record:
    return tuple(map(add, one, other))


def _split(numbers: Record) -> Iterator[int]:
    leads, units, capacity, *rest = numbers
    yield leads
    for number in (units, capacity):
        yield number & (1 << _LOW) - 1
        yield number >> _LOW
    yield from rest


def _joined(
    leads: int, units: int, more_units: int, capacity: int, more_capacity: int, *rest: int
) -> Iterator[int]:
    yield leads
    yield units + (more_units << _LOW)
    yield capacity + (more_capacity << _LOW)
    yield from rest


def _day(number: int) -> date:
    return EPOCH + timedelta(days=number)


def _number(day: date) -> int:
    return (day - EPOCH).days
