"""Sums of counters by the steps of a period: the company's, whatever the number of facts."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache

from services.kpi.domain.rollups.blocks import Block, parts
from services.kpi.domain.rollups.steps import LAST_QUARTER, step_days
from services.kpi.domain.stories.contributions import MEASURES
from services.kpi.domain.stories.story import FOR_EVER
from services.kpi.repository.reports.counted import Sums, by_key, columns_of, with_sales
from services.kpi.repository.rollups.blocks import (
    GAINS,
    NEW_DAYS,
    next_day,
    of_blocks,
    parameters_of,
    whole_and_gains,
)
from services.kpi.repository.rollups.counters import (
    COMPANY,
    HOUR,
    QUARTER,
    SECONDS_OF,
    get_rolled_until,
)
from shared.database import Session

_SHARED = "shared_"
# The quarters of an hour of each day of which anything became known since it was summed up.
_NEWS = """
SELECT bucket AS at, currency, {plain} FROM counter
WHERE {company} AND value = '' AND known_on >= :rolled_until AND known_on <= :known_on
    AND bucket >= CAST(b.first_day AS timestamp) AT TIME ZONE 'UTC'
    AND bucket < CAST(b.first_day + 1 AS timestamp) AT TIME ZONE 'UTC'
    AND EXISTS (
        SELECT FROM day_counter WHERE {company} AND day = b.first_day
            AND known_on >= :rolled_until AND known_on <= :known_on)"""


async def sum_steps(
    session: Session,
    bounds: Sequence[datetime],
    known_on: date | None,
    measures: Sequence[str] = MEASURES,
) -> dict[int, Sums]:
    """The company's counters of each step between the bounds, by its number from 1; as
    `sum_counters`.
    """
    rolled_until = await get_rolled_until(session)
    # An hour in which a step begins is read by quarters, as in zones of half an hour.
    split = {_hour_of(bound) for bound in bounds if _hour_of(bound) != bound}
    hours = sorted({at.hour for at in split})
    days = step_days(bounds)
    shared = [Block(1, day) for day in days.shared]
    names = with_sales(measures)
    is_new = known_on is None or known_on >= rolled_until
    rows = await session.execute(
        _sum_by_step(names, by_end=days.by_end),
        {
            "known_on": known_on or FOR_EVER,
            "bounds": list(bounds),
            "begins_at": bounds[0],
            "ends_at": bounds[-1],
            "hours": list(map(str, days.hours)),
            "split": sorted(split),
            "split_quarters": [str(4 * hour + part) for hour in hours for part in range(4)],
            "rolled_until": rolled_until,
            "new_days": _days(bounds) if is_new else [],
            **parameters_of(parts(days.whole, known_on, rolled_until)),
            **parameters_of(parts(shared, known_on, rolled_until), _SHARED),
        },
    )
    return by_key(names, ((int(row[0]), row[1], row[2:]) for row in rows))


@cache
def _sum_by_step(measures: Sequence[str], *, by_end: bool) -> str:
    plain, gains, sums, only = columns_of(measures)
    last = LAST_QUARTER.seconds
    day = f"b.first_day + b.span - interval '{last} seconds'" if by_end else "b.first_day"
    day_at = f"CAST({day} AS timestamp) AT TIME ZONE 'UTC'"
    of_whole = f"{day_at} AS at, currency"
    company = f"axis = '{COMPANY}'{only}"

    def of_shared(axis: str, where: str) -> str:
        seconds = f"make_interval(secs => {SECONDS_OF[axis]} * CAST(value AS integer))"
        names = f"(first_day + {seconds}) AT TIME ZONE 'UTC' AS at, {day_at} AS day_at, currency"
        which = f"axis = '{axis}'{only} AND value = ANY(CAST(:{where} AS text[]))"
        return whole_and_gains(
            "counter", which, f"{names}, {plain}", f"{names}, {gains}", prefix=_SHARED
        )

    split = "ANY(CAST(:split AS timestamptz[]))"
    signed = ", ".join(f"way.sign * {name} AS {name}" for name in measures)
    return f"""
    SELECT width_bucket(at, CAST(:bounds AS timestamptz[])) AS step, currency, {sums} FROM (
        {whole_and_gains("counter", company, f"{of_whole}, {plain}", f"{of_whole}, {gains}")}
        UNION ALL
        {
        of_blocks(
            GAINS,
            f"SELECT {of_whole}, {gains} FROM day_counter WHERE b.span = 1 AND {company}"
            " AND day = b.first_day AND known_on >= b.since AND known_on < b.until",
        )
    }
        UNION ALL
        SELECT CASE way.sign WHEN 1 THEN at ELSE day_at END, currency, {signed} FROM (
            SELECT * FROM ({of_shared(HOUR, "hours")}) AS hours WHERE NOT at = {split}
            UNION ALL
            SELECT * FROM ({of_shared(QUARTER, "split_quarters")}) AS quarters
            WHERE date_trunc('hour', at, 'UTC') = {split}
        ) AS shared, (VALUES (1), (-1)) AS way (sign)
        UNION ALL
        {of_blocks(NEW_DAYS, _NEWS.format(company=company, plain=plain))}
    ) AS part WHERE at >= :begins_at AND at < :ends_at GROUP BY step, currency"""


def _days(bounds: Sequence[datetime]) -> list[date]:
    """The days of UTC with a part between the bounds."""
    first, end = bounds[0].astimezone(UTC).date(), next_day(bounds[-1])
    return [first + timedelta(days=number) for number in range((end - first).days)]


def _hour_of(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
