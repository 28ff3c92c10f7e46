"""Reads what managers were over a period: their capacity, calendar and status."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from services.kpi.domain.load.people import Span, Statuses, Terms
from services.kpi.domain.stories.story import FOR_EVER
from shared.database import Session

# What was in force when the period began is the last that began before it.
_LIST_TERMS = """
SELECT manager_id, changed_at, capacity, time_zone, CAST(calendar AS text) AS calendar,
    left_at IS NOT NULL AS has_left
FROM manager
WHERE manager_id = ANY(CAST(:manager_ids AS uuid[])) AND changed_at < :end
    AND known_at < CAST(:known AS date)
ORDER BY manager_id, changed_at, version
"""
_LIST_STATUSES = """
SELECT m.manager_id,
    array_agg(CAST(date_part('epoch', changed_at) * 1000000 AS bigint)
        ORDER BY changed_at, version) AS since,
    array_agg(status IN ('online', 'busy') ORDER BY changed_at, version) AS present,
    array_agg(CAST(date_part('epoch', until) * 1000000 AS bigint)
        ORDER BY changed_at, version) AS until
FROM unnest(CAST(:manager_ids AS uuid[])) AS m (manager_id), LATERAL (
    (SELECT changed_at, version, status, until FROM manager_status
    WHERE manager_id = m.manager_id AND changed_at < :start
        AND known_at < CAST(:known AS date)
    ORDER BY changed_at DESC, version DESC LIMIT 1)
    UNION ALL
    SELECT changed_at, version, status, until FROM manager_status
    WHERE manager_id = m.manager_id AND changed_at >= :start AND changed_at < :end
        AND known_at < CAST(:known AS date)
) AS status
GROUP BY m.manager_id
"""
_LIST_MANAGERS = """
WITH RECURSIVE page AS (
    (SELECT manager_id FROM manager
    WHERE CAST(:after AS uuid) IS NULL OR manager_id > CAST(:after AS uuid)
    ORDER BY manager_id LIMIT 1)
    UNION ALL
    SELECT (SELECT manager_id FROM manager WHERE manager_id > page.manager_id
        ORDER BY manager_id LIMIT 1)
    FROM page WHERE page.manager_id IS NOT NULL
)
SELECT manager_id FROM page WHERE manager_id IS NOT NULL LIMIT :limit
"""


def _first_unknown(known_on: date | None) -> date:
    """The first day that is not known; for all that is known now a day that never comes."""
    return FOR_EVER if known_on is None else known_on + timedelta(days=1)


async def list_manager_ids(session: Session, *, after: UUID | None, limit: int) -> list[UUID]:
    """In the order of their ids."""
    rows = await session.execute(_LIST_MANAGERS, {"after": after, "limit": limit})
    return rows.scalars()


async def list_terms(
    session: Session, manager_ids: Sequence[UUID], span: Span, known_on: date | None
) -> dict[UUID, list[Terms]]:
    """All that each of the managers was up to the end of the span, in order."""
    terms: dict[UUID, list[Terms]] = defaultdict(list)
    params = {"manager_ids": list(manager_ids), "end": span.end, "known": _first_unknown(known_on)}
    for manager_id, *members in await session.execute(_LIST_TERMS, params):
        terms[manager_id].append(Terms(*members))
    return terms


async def list_statuses(
    session: Session, manager_ids: Sequence[UUID], span: Span, known_on: date | None
) -> dict[UUID, Statuses]:
    """Each manager's status when the span begins, and those that begin in it."""
    params = {
        "manager_ids": list(manager_ids),
        "start": span.start,
        "end": span.end,
        "known": _first_unknown(known_on),
    }
    rows = await session.execute(_LIST_STATUSES, params)
    return {manager_id: Statuses(*columns) for manager_id, *columns in rows}
