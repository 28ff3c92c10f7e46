"""Counts the days that are kept as columns. What was counted of the days of a block stays in
memory, under a digest of these days, so that only days that changed are counted again.
"""

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final, Generic, NamedTuple, TypeVar

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


class Classed(NamedTuple):
    """Classes of times to the first contact: by group numbers of two bytes each, and how often each
    is there in all.
    """

    classes: Classes
    total: Counter[int]


_CLASSED: Final[Lately[Classed]] = Lately(MOST_HELD)


class Wish(NamedTuple):
    """What days are counted by. Steps of time are told by their first days, so that blocks of days
    are the same in every period.
    """

    period: Period
    dimensions: Sequence[str]

    @property
    def step(self) -> str | None:
        return next((name for name in self.dimensions if name in STEPS), None)

    def name(self, days: Sequence[Any], *, are_whole: bool = True) -> tuple[object, ...]:
        """The same for days that are counted alike: by steps of time their dates matter, too, and
        where the period has a part of a day, that part.
        """
        span = () if are_whole else (self.period.begins_at, self.period.ends_at)
        if not self.step:
            digest = blake2b(b"".join(row.digest for row in days)).digest()
            return (*self.dimensions, *span, digest)
        dated = b"".join(b"%s%d " % (row.digest, row.day.toordinal()) for row in days)
        return (*self.dimensions, *span, self.period.zone.key, blake2b(dated).digest())


async def count_groups(
    session: Session, period: Period, days: Kept, dimensions: Sequence[str]
) -> Groups:
    """How many of the days' leads and inquiries got how far, by group. Raises TooManyValuesError.

    A million of them take a tenth of a second at first: others have their turn meanwhile.
    """
    wish = Wish(period, dimensions)

    async def count(part: Sequence[Row]) -> Groups:
        return (await _tally(session, wish, part)).groups()

    kind: _Kind[Groups] = _Kind(_COUNTED, count, _add_up, len)
    groups = await _of_all(kind, wish, days)
    return groups.copy()


async def _add_up(parts: Sequence[Groups]) -> Groups:
    groups, pace = Groups(), Pace()
    for part in parts:
        for key, counts in part.items():
            groups[key] = groups.get(key, 0) + counts
        await pace.breathe()
    return groups


async def collect_classes(
    session: Session, period: Period, days: Kept, dimensions: Sequence[str]
) -> Classed:
    """How fast the days' leads were contacted, by group. Raises TooManyValuesError."""
    wish = Wish(period, (*dimensions, RESPONSE))

    async def count(part: Sequence[Row]) -> Classed:
        classes = (await _tally(session, wish, part, _CONTACTED)).classes()
        return Classed(classes, _histogram(classes.values()))

    return await _of_all(_Kind(_CLASSED, count, _join, _size), wish, days)


async def _join(parts: Sequence[Classed]) -> Classed:
    pieces: defaultdict[Key, list[bytes]] = defaultdict(list)
    total, pace = Counter[int](), Pace()
    for part in parts:
        total.update(part.total)
        for key, piece in part.classes.items():
            pieces[key].append(piece)
        await pace.breathe()
    return Classed({key: b"".join(each) for key, each in pieces.items()}, total)


def _size(classed: Classed) -> int:
    return len(classed.classes) + classed.total.total() // _LEADS_OF_A_GROUP


@dataclass(frozen=True, slots=True)
class _Kind(Generic[T]):
    """What is counted of days: where it is held, how it is counted of some and joined of several
    parts, and how large it is. Nobody changes what was counted.
    """

    held: Lately[T]
    count: Callable[[Sequence[Row]], Awaitable[T]]
    join: Callable[[Sequence[T]], Awaitable[T]]
    size_of: Callable[[T], int]


class _Part(NamedTuple):
    """Days that are counted together; those with a `span` lie whole in the period."""

    days: Sequence[Row]
    span: int = 0


async def _of_all(kind: _Kind[T], wish: Wish, days: Kept) -> T:
    parts = [*_parts(days, wish.period)]
    return await _of_parts(kind, wish, parts) if parts else await kind.join(())


async def _of_parts(kind: _Kind[T], wish: Wish, parts: Sequence[_Part]) -> T:
    """Several blocks as one: whoever asks for the same period, or nearly, finds their sum."""

    async def count() -> T:
        shortest = min(part.span for part in parts)
        longer = [part for part in parts if part.span > shortest]
        counted = [await _of_parts(kind, wish, longer)] if longer else []
        counted += [await _of_part(kind, wish, part) for part in parts if part.span == shortest]
        return await kind.join(counted)

    days = [row for part in parts for row in part.days]
    are_whole = all(part.span for part in parts)
    return await _lately(kind, wish.name(days, are_whole=are_whole), count)


async def _of_part(kind: _Kind[T], wish: Wish, part: _Part) -> T:
    async def count() -> T:
        return await kind.count(part.days)

    return await _lately(kind, wish.name(part.days), count) if part.span else await count()


async def _lately(kind: _Kind[T], name: tuple[object, ...], count: Callable[[], Awaitable[T]]) -> T:
    """What was counted lately, or is counted now."""
    counted = kind.held.find(name)
    if counted is None:
        counted = await count()
        kind.held.add(name, counted, kind.size_of(counted))
    return counted


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
