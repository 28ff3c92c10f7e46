"""Counts the days that are kept as columns. What was read of the days of a block stays in memory,
under a digest of these days, so that only days that changed are read again; and what was counted
of a period.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import date
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from services.kpi.domain.periods import STEPS, Period
from services.kpi.domain.rollups.blocks import blocks
from services.kpi.domain.rollups.lately import Lately
from services.kpi.domain.rollups.lead_days import AXES, Column, Value, marks_between
from services.kpi.domain.rollups.tally import Classed, Groups
from services.kpi.domain.rollups.wait_days import Clock
from services.kpi.repository.reports.kept_days import RESPONSE, Kept
from services.kpi.repository.rollups.blocks import whole_days
from shared.database import Row, Session

if TYPE_CHECKING:
    from services.kpi.domain.rollups.day_counts import Entries

BLOCK_SPANS: Final = (64, 8)  # days, that are held in memory together
MOST_READ: Final = 40_000_000  # bytes in memory
MOST_HELD: Final = 200_000  # groups in memory, of less than 200 bytes
_READ: Final[Lately["Entries"]] = Lately(MOST_READ)
_COUNTED: Final[Lately[Groups]] = Lately(MOST_HELD)
_CLASSED: Final[Lately[Classed]] = Lately(MOST_HELD)
_LEADS_OF_A_GROUP: Final = 64  # whose classes take as much room as the rest of a group

T = TypeVar("T")


class Wish(NamedTuple):
    """What days are counted by, with RESPONSE last where it is how fast leads were contacted. Steps
    of time are told by their first days, so that blocks of days are the same in every period.
    """

    period: Period
    dimensions: Sequence[str]

    @property
    def step(self) -> str | None:
        return next((name for name in self.dimensions if name in STEPS), None)

    @property
    def axes(self) -> list[str]:
        """The dimensions that days have columns of."""
        return [axis for axis in AXES if axis in self.dimensions and axis != RESPONSE]

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
    """How many of the days' leads and inquiries got how far, by group."""
    if not days.rows:
        return {}
    from services.kpi.domain.rollups import day_counts  # noqa: PLC0415 (it loads numpy)

    wish = Wish(period, dimensions)

    async def count() -> Groups:
        return await asyncio.to_thread(day_counts.groups_of, await _entries(session, wish, days))

    return (await _lately(_COUNTED, _name(wish, days), count, len)).copy()


async def collect_classes(
    session: Session, period: Period, days: Kept, dimensions: Sequence[str]
) -> Classed:
    """How fast the days' leads were contacted, by group. Nobody changes them."""
    if not days.rows:
        return Classed({}, Counter())
    from services.kpi.domain.rollups import day_counts  # noqa: PLC0415 (it loads numpy)

    wish = Wish(period, (*dimensions, RESPONSE))

    async def count() -> Classed:
        return await asyncio.to_thread(day_counts.classed_of, await _entries(session, wish, days))

    return await _lately(_CLASSED, _name(wish, days), count, _size)


def _size(classed: Classed) -> int:
    return len(classed.classes) + classed.total.total() // _LEADS_OF_A_GROUP


def _name(wish: Wish, days: Kept) -> tuple[object, ...]:
    are_whole = all(part.span for part in _parts(days, wish.period))
    return wish.name(days.rows, are_whole=are_whole)


async def _lately(
    held: Lately[T],
    name: tuple[object, ...],
    count: Callable[[], Awaitable[T]],
    size_of: Callable[[T], int],
) -> T:
    """What was counted lately, or is counted now."""
    counted = held.find(name)
    if counted is None:
        counted = await count()
        held.add(name, counted, size_of(counted))
    return counted


class _Part(NamedTuple):
    """Days that are read together; those with a `span` lie whole in the period."""

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


def _known(part: _Part, name: tuple[object, ...]) -> "Entries | None":
    """As it was read lately."""
    return _READ.find(name) if part.span else None


async def _entries(session: Session, wish: Wish, days: Kept) -> list["Entries"]:
    """Of each part; all those that are not in memory are read at once."""
    parts = [(part, wish.name(part.days)) for part in _parts(days, wish.period)]
    of_parts = [_known(part, name) for part, name in parts]
    missing = [part for (part, _), each in zip(parts, of_parts, strict=True) if each is None]
    rows = await _read_days(session, wish, [row for part in missing for row in part.days])
    others = iter(await asyncio.to_thread(_of_parts, wish, missing, rows))
    entries = [next(others) if each is None else each for each in of_parts]
    for (part, name), before, now in zip(parts, of_parts, entries, strict=True):
        if part.span and before is None:
            _READ.add(name, now, now.size)
    return entries


async def _read_days(session: Session, wish: Wish, days: Sequence[Row]) -> Sequence[Row]:
    if not days:
        return ()
    columns = ", first_touch_classes AS classes" if RESPONSE in wish.dimensions else ""
    for axis in wish.axes:
        # Most days have the same managers: these are sent once, and compared where they lie.
        before = f"lag({axis}_values) OVER (ORDER BY day)"
        columns += f", {axis}_places, nullif({axis}_values, {before}) AS {axis}_values"
    rows = await session.execute(
        f"SELECT day, marks, quarters{columns} FROM lead_day"
        " WHERE day = ANY(CAST(:dates AS date[])) ORDER BY day",
        {"dates": [row.day for row in days]},
    )
    return [*rows]


def _of_parts(wish: Wish, parts: Sequence[_Part], rows: Sequence[Row]) -> list["Entries"]:
    from services.kpi.domain.rollups import day_counts  # noqa: PLC0415 (it loads numpy)

    period, step = wish.period, wish.step
    first_days, bounds = period.steps(step) if step else ((), ())
    values: dict[str, Sequence[Value]] = {}
    by_day: dict[date, day_counts.Day] = {}
    for row in rows:
        columns: dict[str, Column | bytes] = {} if step is None else {step: row.quarters}
        for axis in wish.axes:
            of_day = row[f"{axis}_values"]
            values[axis] = values[axis] if of_day is None else of_day
            columns[axis] = Column(row[f"{axis}_places"], values[axis])
        by_day[row.day] = day_counts.Day(
            row.day,
            marks_between(row.day, row.marks, row.quarters, period.begins_at, period.ends_at),
            [columns[name] for name in wish.dimensions if name in columns],
            row.classes if RESPONSE in wish.dimensions else b"",
        )
    clock = Clock(step, period.zone, bounds) if step else None
    return [
        day_counts.entries_of([by_day[row.day] for row in part.days], clock, first_days)
        for part in parts
    ]
