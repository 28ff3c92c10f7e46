"""Keeps the sales of each day of UTC that is over as columns, until something of them changes."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from services.kpi.repository.money.day_columns import (
    FAMILIES,
    keeping,
    kept_params,
    of_rows,
    rows_of,
)
from services.kpi.repository.money.sale_days import STANDS
from services.kpi.repository.rollups.blocks import day_at
from shared.database import Session

KEPT_YEARS: Final = 20  # earlier sales are read one by one
_FORGET: Final = "DELETE FROM sale_day WHERE day = ANY(CAST(:days AS date[]))"
_MISSING: Final = f"""
SELECT CAST(day AS date)
FROM (SELECT min(at) AS at FROM sale) AS earliest, generate_series(
    greatest(CAST(earliest.at AT TIME ZONE 'UTC' AS date),
        CAST(now() AT TIME ZONE 'UTC' AS date) - interval '{KEPT_YEARS} years'),
    CAST(now() AT TIME ZONE 'UTC' AS date) - 1, interval '1 day') AS day
WHERE earliest.at IS NOT NULL
    AND NOT EXISTS (SELECT FROM sale_day WHERE sale_day.day = CAST(day.day AS date))
ORDER BY 1 DESC LIMIT :most
"""


async def forget_days(session: Session, moments: Collection[datetime]) -> None:
    """Keep no day of these moments, of whose sales something changed."""
    if days := {at.astimezone(UTC).date() for at in moments}:
        await session.execute(_FORGET, {"days": sorted(days)})


async def keep_missing_days(session: Session, *, most: int) -> bool:
    """Keep so many of the days that are over and not kept, the last ones first; False if there are
    none. The caller has the lock of the people.
    """
    days: list[date] = (await session.execute(_MISSING, {"most": most})).scalars()
    if not days:
        return False
    ranges = [(day_at(day), day_at(day + timedelta(days=1))) for day in days]
    params: dict[date, dict[str, Any]] = {day: {"day": day} for day in days}
    for family in FAMILIES:
        rows = {
            row.begins_at: row
            for row in await rows_of(session, ranges, family, family.names, STANDS, is_each=True)
        }
        for day in days:
            stretch = of_rows(rows.get(day_at(day)), family.names)
            params[day] |= kept_params(family, stretch)
    for each in params.values():
        await session.execute(keeping(each), each)
    return True
