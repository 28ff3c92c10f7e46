"""When inquiries came that are in no lead: counters know, however many inquiries there are."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from services.kpi.domain.periods import Period
from services.kpi.domain.rollups.blocks import Block, blocks, parts
from services.kpi.domain.stories.story import FOR_EVER
from services.kpi.repository.rollups.blocks import (
    GAINS,
    NEW_DAYS,
    of_blocks,
    parameters_of,
    touched_days,
    whole_and_gains,
)
from services.kpi.repository.rollups.counters import COMPANY, get_rolled_until
from shared.database import Session

# Those in a lead count for its pipeline, too.
_AXES: Final = f"axis IN ('{COMPANY}', 'pipeline')"
_UNPLACED: Final = f"CASE axis WHEN '{COMPANY}' THEN received ELSE - received END"


def _statement() -> str:
    block = "b.span, b.first_day"
    sums = whole_and_gains(
        "counter", _AXES, f"{block}, {_UNPLACED}", f"{block}, b.sign * {_UNPLACED}"
    )
    of_day = f"FROM day_counter WHERE {_AXES} AND day = b.first_day"
    gains = of_blocks(
        GAINS,
        f"SELECT {block}, b.sign * {_UNPLACED} {of_day} AND b.span = 1"
        " AND known_on >= b.since AND known_on < b.until",
    )
    new = of_blocks(
        NEW_DAYS,
        f"SELECT 1, day, {_UNPLACED} {of_day}"
        " AND known_on >= :rolled_until AND known_on <= :known_on",
    )
    return f"""
    SELECT span, first_day FROM ({sums} UNION ALL {gains} UNION ALL {new})
        AS part (span, first_day, unplaced)
    GROUP BY span, first_day HAVING sum(unplaced) <> 0 ORDER BY first_day"""


_FIND: Final = _statement()


_QUARTERS: Final = f"""
SELECT bucket FROM unnest(CAST(:days AS date[])) AS d (day) CROSS JOIN LATERAL (
    SELECT bucket, {_UNPLACED} AS unplaced FROM counter WHERE {_AXES} AND known_on <= :known_on
        AND bucket >= CAST(d.day AS timestamp) AT TIME ZONE 'UTC'
        AND bucket < CAST(d.day + 1 AS timestamp) AT TIME ZONE 'UTC' OFFSET 0
) AS part GROUP BY bucket HAVING sum(unplaced) <> 0
"""


async def find_unplaced(session: Session, period: Period, known_on: date | None) -> list[datetime]:
    """The quarters of an hour, with a part in days of UTC that have one in the period, in which
    such inquiries came.
    """
    first, end = touched_days(period)
    found = await _find(session, blocks(first, end), known_on)
    # What became known since the sums were made is told by days, and may make up for it.
    days = {block.first + timedelta(days=number) for block in found for number in range(block.span)}
    found = await _find(session, [Block(1, day) for day in sorted(days)], known_on)
    if not found:
        return []
    parameters = {"days": [block.first for block in found], "known_on": known_on or FOR_EVER}
    return (await session.execute(_QUARTERS, parameters)).scalars()


async def _find(session: Session, days: Sequence[Block], known_on: date | None) -> list[Block]:
    """In which of these blocks, and in which of their days since the sums were made."""
    if not days:
        return []
    rolled_until = await get_rolled_until(session)
    rows = await session.execute(
        _FIND,
        {
            "known_on": known_on or FOR_EVER,
            "rolled_until": rolled_until,
            "new_days": [
                block.first + timedelta(days=number)
                for block in days
                for number in range(block.span)
            ],
            **parameters_of(parts(days, known_on, rolled_until)),
        },
    )
    return [Block(row.span, row.first_day) for row in rows]
