"""When inquiries came that are in no lead: counters know, however many inquiries there are."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from services.kpi.domain.periods import Period
from services.kpi.domain.rollups.blocks import SPANS, Block, Gain, Parts, blocks, parts, runs
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

_DAY: Final = timedelta(days=1)
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
    rolled_until = await get_rolled_until(session)
    uneven: list[Block] = []
    stretches = [touched_days(period)]
    for place in range(len(SPANS)):
        days = [block for stretch in stretches for block in blocks(*stretch, SPANS[place:])]
        of_sums = parts(days, known_on, rolled_until)
        if place and known_on is not None and of_sums.gains:
            # Of few days less was known by then than became known since.
            of_sums = Parts([], [Gain(*day, date.min, known_on + _DAY, 1) for day in days])
        uneven = await _find(session, days, of_sums, known_on, rolled_until)
        # What became known since the sums were made is told by days, and may make up for it.
        numbers = {block.first.toordinal() + each for block in uneven for each in range(block.span)}
        stretches = runs([date.fromordinal(number) for number in sorted(numbers)], 1)
    if not uneven:
        return []
    parameters = {"days": [block.first for block in uneven], "known_on": known_on or FOR_EVER}
    return (await session.execute(_QUARTERS, parameters)).scalars()


async def _find(
    session: Session,
    days: Sequence[Block],
    of_sums: Parts,
    known_on: date | None,
    rolled_until: date,
) -> list[Block]:
    """In which of these blocks, and in which of their days since the sums were made."""
    if not days:
        return []
    is_new = known_on is None or known_on >= rolled_until
    rows = await session.execute(
        _FIND,
        {
            "known_on": known_on or FOR_EVER,
            "rolled_until": rolled_until,
            "new_days": [
                block.first + number * _DAY
                for block in days
                for number in range(block.span)
                if is_new
            ],
            **parameters_of(of_sums),
        },
    )
    return [Block(row.span, row.first_day) for row in rows]
