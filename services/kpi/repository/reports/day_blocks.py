"""Counts the days that are kept as columns. What was counted of the days of a block stays in
memory, under a digest of these days, so that only days that changed are counted again.
"""

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Any, Final, NamedTuple, TypeVar

from services.kpi.domain.periods import STEPS, Period
from services.kpi.domain.rollups.blocks import blocks
from services.kpi.domain.rollups.lately import Lately
from services.kpi.domain.rollups.lead_days import (
    AXES,
    MEASURES,
    Column,
    Value,
    marks_between,
    steps_of,
)
from services.kpi.domain.rollups.tally import Classes, Groups, Key, Tally
from services.kpi.repository.reports.kept_days import RESPONSE, Kept
from services.kpi.repository.rollups.blocks import whole_days
from shared.database import Row, Session
from shared.runtime.pace import Pace

BLOCK_SPANS: Final = (64, 8)  # days, whose counts are held in memory together
MOST_HELD: Final = 200_000  # groups in memory, of less than 200 bytes
_COUNTED: Final[Lately[Groups]] = Lately(MOST_HELD)
_LEADS_OF_A_GROUP: Final = 64  # whose classes take as much room as the rest of a group
# Of a mark whether the lead was contacted.
_CONTACTED: Final = bytes(mark >> MEASURES.index("contacted") & 1 for mark in range(256))

T = TypeVar("T")


class Collected(NamedTuple):
    """Classes of times to the first contact: by group, ascending numbers of two bytes in each
    piece, and how often each is there in all.
    """

    pieces: defaultdict[Key, list[bytes]]
    total: Counter[int]


class _Classed(NamedTuple):
    classes: Classes
    total: Counter[int]


_CLASSED: Final[Lately[_Classed]] = Lately(MOST_HELD)


class Wish(NamedTuple):
    """What days are counted by. Steps of time are told by their first days, so that blocks of days
    are the same in every period.
    """

    period: Period
    dimensions: Sequence[str]

    @property
    def step(self) -> str | None:
        return next((name for name in self.dimensions if name in STEPS), None)

    def name(self, days: Sequence[Any]) -> tuple[object, ...]:
        """The same for days that are counted alike: by steps of time their dates matter, too."""
        if not self.step:
            return (*self.dimensions, blake2b(b"".join(row.digest for row in days)).digest())
        dated = b"".join(b"%s%d " % (row.digest, row.day.toordinal()) for row in days)
        return (*self.dimensions, self.period.zone.key, blake2b(dated).digest())


async def count_groups(
    session: Session, period: Period, days: Kept, dimensions: Sequence[str]
) -> Groups:
    """How many of the days' leads and inquiries got how far, by group. Raises TooManyValuesError.

    A million of them take a tenth of a second at first: others have their turn meanwhile.
    """
    wish, pace = Wish(period, dimensions), Pace()

    async def count(part: Sequence[Row]) -> Groups:
        return (await _tally(session, wish, part)).groups()

    async def add(parts: Sequence[_Part], groups: Groups) -> Groups:
        for part in parts:
            counted = await _lately(_COUNTED, wish, part, count, len)
            for key, counts in counted.items():
                groups[key] = groups.get(key, 0) + counts
            await pace.breathe()
        return groups

    async def add_up(parts: Sequence[_Part]) -> Groups:
        """Several blocks as one: whoever asks for the same period, or nearly, finds their sum."""
        longest = [part for part in parts if part.span == BLOCK_SPANS[0]]
        others = [part for part in parts if part.span != BLOCK_SPANS[0]]

        async def merge(_days: Sequence[Row]) -> Groups:
            if longest and others:
                return await add(others, {**await add_up(longest)})
            return await add(parts, {})

        together = _Part([row for part in parts for row in part.days], BLOCK_SPANS[0])
        return await _lately(_COUNTED, wish, together, merge, len)

    parts = [*_parts(days, period)]
    whole = [part for part in parts if part.span]
    rest = [part for part in parts if not part.span]
    return await add(rest, {**await add_up(whole)} if whole else {})


async def collect_classes(
    session: Session, period: Period, days: Kept, dimensions: Sequence[str]
) -> Collected:
    """How fast the days' leads were contacted, by group. Raises TooManyValuesError."""
    wish, pace = Wish(period, (*dimensions, RESPONSE)), Pace()
    collected = Collected(defaultdict(list), Counter())

    async def count(part: Sequence[Row]) -> _Classed:
        classes = (await _tally(session, wish, part, _CONTACTED)).classes()
        return _Classed(classes, _histogram(classes.values()))

    for part in _parts(days, period):
        classed = await _lately(_CLASSED, wish, part, count, _size)
        collected.total.update(classed.total)
        for key, piece in classed.classes.items():
            collected.pieces[key].append(piece)
        await pace.breathe()
    return collected


class _Part(NamedTuple):
    """Days that are counted together; with a `span` others will ask for the same ones."""

    days: Sequence[Row]
    span: int = 0


def _parts(days: Kept, period: Period) -> Iterator[_Part]:
    """The whole blocks of each run, and all other days together."""
    by_day = {row.day.toordinal(): row for row in days.rows}
    first_day, end_day = whole_days(period)
    for first, end in days.runs:
        for block in blocks(max(first, first_day), min(end, end_day), BLOCK_SPANS):
            of_block = range(block.first.toordinal(), block.end.toordinal())
            yield _Part([by_day.pop(day) for day in of_block], block.span)
    if by_day:
        yield _Part([*by_day.values()])


async def _lately(
    held: Lately[T],
    wish: Wish,
    part: _Part,
    count: Callable[[Sequence[Row]], Awaitable[T]],
    size_of: Callable[[T], int],
) -> T:
    """What was counted of these days lately, or is counted now."""
    if not part.span:
        return await count(part.days)
    name = wish.name(part.days)
    counted = held.find(name)
    if counted is None:
        counted = await count(part.days)
        held.add(name, counted, size_of(counted))
    return counted


def _size(classed: _Classed) -> int:
    return len(classed.classes) + classed.total.total() // _LEADS_OF_A_GROUP


async def _tally(
    session: Session, wish: Wish, days: Sequence[Row], marks: bytes | None = None
) -> Tally:
    """With the entries of the days counted that came in the period; `marks` says what stands for
    each mark.
    """
    dimensions, step, period = wish.dimensions, wish.step, wish.period
    tally, pace = Tally(len(dimensions)), Pace()
    firsts, bounds = period.steps(step) if step else ((), ())
    columns = "".join(f", {axis}_places, {axis}_values" for axis in AXES if axis in dimensions)
    rows = await session.execute(
        f"SELECT day, marks, quarters{columns} FROM lead_day"
        " WHERE day = ANY(CAST(:dates AS date[])) ORDER BY day",
        {"dates": [row.day for row in days]},
    )
    for row in rows:
        values: list[Value] = []
        if step:
            days_of = (*firsts, None)  # what lies outside counts nothing
            values = [days_of[number - 1] for number in steps_of(row.day, bounds)]
        of_period = marks_between(
            row.day, row.marks, row.quarters, period.begins_at, period.ends_at
        )
        tally.add(
            of_period if marks is None else of_period.translate(marks),
            [
                Column(row.quarters, values)
                if name == step
                else Column(row[f"{name}_places"], row[f"{name}_values"])
                for name in dimensions
            ],
        )
        await pace.breathe()
    return tally


def _histogram(pieces: Iterable[bytes]) -> Counter[int]:
    """How often each class is in the pieces."""
    counts: Counter[int] = Counter()
    for piece in pieces:
        counts.update(memoryview(piece).cast("H"))
    return counts
