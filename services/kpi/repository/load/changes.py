"""Keeps the changes of managers' load, and reads what was held over a period."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from services.kpi.domain.load.figures import Held, in_order
from services.kpi.domain.load.holdings import Change, Moment
from services.kpi.domain.stories.story import FOR_EVER
from shared.database import Session
from shared.statements import columns

# What adds to the changes and to their sums by week, by the names of the tables; each answers which
# of the rows says nothing now.
CHANGES: Final = {
    "held_change": """
    INSERT INTO held_change (manager_id, at, known_on, begun, ended, units)
    SELECT * FROM unnest(CAST(:held_managers AS uuid[]), CAST(:held_moments AS timestamptz[]),
        CAST(:held_days AS date[]), CAST(:held_begun AS int[]), CAST(:held_ended AS int[]),
        CAST(:held_units AS bigint[]))
    ON CONFLICT (manager_id, at, known_on) DO UPDATE SET begun = held_change.begun + excluded.begun,
        ended = held_change.ended + excluded.ended, units = held_change.units + excluded.units
    RETURNING begun = 0 AND ended = 0 AND units = 0 AS is_empty""",
    "held_week": """
    INSERT INTO held_week (manager_id, week, known_week, leads, units)
    SELECT * FROM unnest(CAST(:week_managers AS uuid[]), CAST(:weeks AS date[]),
        CAST(:known_weeks AS date[]), CAST(:week_leads AS int[]), CAST(:week_units AS bigint[]))
    ON CONFLICT (manager_id, week, known_week) DO UPDATE
    SET leads = held_week.leads + excluded.leads, units = held_week.units + excluded.units
    RETURNING leads = 0 AND units = 0 AS is_empty""",
}
_DROP_EMPTY = """
WITH change AS (
    DELETE FROM held_change USING unnest(CAST(:held_managers AS uuid[]),
        CAST(:held_moments AS timestamptz[]), CAST(:held_days AS date[]))
        AS old (manager_id, at, known_on)
    WHERE held_change.manager_id = old.manager_id AND held_change.at = old.at
        AND held_change.known_on = old.known_on AND begun = 0 AND ended = 0 AND units = 0
)
DELETE FROM held_week USING unnest(CAST(:week_managers AS uuid[]), CAST(:weeks AS date[]),
    CAST(:known_weeks AS date[])) AS old (manager_id, week, known_week)
WHERE held_week.manager_id = old.manager_id AND held_week.week = old.week
    AND held_week.known_week = old.known_week AND leads = 0 AND units = 0
"""
# Of a week of knowledge that is not yet over on that day, single changes are read.
_LIST_HELD = """
WITH late AS MATERIALIZED (
    SELECT manager_id, sum(begun - ended) AS leads, sum(units) AS units FROM held_change
    WHERE known_on >= :known_week AND known_on <= :known_on AND at < :begins_at
    GROUP BY manager_id
)
SELECT m.manager_id, CAST(before.leads AS bigint) AS leads, CAST(before.units AS bigint) AS units,
    course.moments, course.begun, course.ended, course.units_more
FROM unnest(CAST(:manager_ids AS uuid[])) AS m (manager_id), LATERAL (
    SELECT coalesce(sum(leads), 0) AS leads, coalesce(sum(units), 0) AS units FROM (
        SELECT leads, units FROM held_week
        WHERE manager_id = m.manager_id AND week < :week AND known_week < :known_week
        UNION ALL
        SELECT begun - ended, units FROM held_change
        WHERE manager_id = m.manager_id AND at >= :week_begin AND at < :begins_at
            AND known_on < :known_week
        UNION ALL
        SELECT leads, units FROM late WHERE manager_id = m.manager_id
    ) AS part
) AS before, LATERAL (
    SELECT array_agg(CAST(date_part('epoch', at) * 1000000 AS bigint)) AS moments,
        array_agg(begun) AS begun, array_agg(ended) AS ended, array_agg(units) AS units_more
    FROM (
        SELECT at, begun, ended, units FROM held_change
        WHERE manager_id = m.manager_id AND at >= :begins_at AND at < :ends_at
            AND known_on <= :known_on
        ORDER BY at LIMIT :most
    ) AS change
) AS course
"""
_MONDAY: Final = date(1970, 1, 5)
_WEEK: Final = timedelta(weeks=1)


def changes_of(changes: Mapping[Moment, Change]) -> dict[str, Any]:
    """The parameters of what adds these changes, and of `drop_empty_changes`."""
    rows = [(*moment, *change) for moment, change in sorted(changes.items())]
    names = "held_managers held_moments held_days held_begun held_ended held_units"
    by_week = "week_managers weeks known_weeks week_leads week_units"
    return {**columns(names, rows), **columns(by_week, _by_week(changes))}


async def drop_empty_changes(session: Session, changes: Mapping[str, Any]) -> None:
    """Remove those of the rows with these keys that say nothing, as if they had never been."""
    await session.execute(_DROP_EMPTY, changes)


def _by_week(changes: Mapping[Moment, Change]) -> list[tuple[UUID, date, date, int, int]]:
    sums: dict[tuple[UUID, date, date], tuple[int, int]] = {}
    for moment, change in changes.items():
        day = moment.at.astimezone(UTC).date()
        key = (moment.manager_id, week_of(day), week_of(moment.known_on))
        leads, units = sums.get(key, (0, 0))
        sums[key] = (leads + change.begun - change.ended, units + change.units)
    return [(*key, *numbers) for key, numbers in sorted(sums.items()) if any(numbers)]


def week_of(day: date) -> date:
    """The Monday that begins its week."""
    return _MONDAY + (day - _MONDAY) // _WEEK * _WEEK


async def list_held(
    session: Session,
    manager_ids: Sequence[UUID],
    *,
    begins_at: datetime,
    ends_at: datetime,
    known_on: date | None,
    most: int,
) -> dict[UUID, Held]:
    """What each of these managers held before the period and how it changed, as known at the end of
    that day of UTC or now; one change more than `most` of each.
    """
    week = week_of(begins_at.astimezone(UTC).date())
    rows = await session.execute(
        _LIST_HELD,
        {
            "manager_ids": list(manager_ids),
            "begins_at": begins_at,
            "ends_at": ends_at,
            "most": most + 1,
            "week": week,
            "week_begin": datetime(week.year, week.month, week.day, tzinfo=UTC),
            "known_on": known_on or FOR_EVER,
            "known_week": FOR_EVER if known_on is None else week_of(known_on),
        },
    )
    return {
        manager_id: in_order(Held(leads, units, *(column or () for column in course)))
        for manager_id, leads, units, *course in rows
    }
