"""What happened in a span of time, as routing has written it down; nothing here writes."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.database import Row, Session

PAGE = 5000  # leads
# All is read as of one moment, and a recording may be years long.
_READ_ONLY = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_PATIENCE = "SET LOCAL statement_timeout = '10min'"
_MANAGERS = """
SELECT manager_id, name, capacity_milli, weight_milli, skills, languages, regions, products,
    hourly_limit, daily_limit, attainment_milli, duty, status, status_until
FROM manager ORDER BY manager_id
"""
# The configuration as it was when the span began, else the first one after.
_CHANGES = """
SELECT DISTINCT ON (key) CAST(key AS uuid) AS manager_id, CAST(payload AS text) AS payload
FROM journal WHERE topic = 'managers' AND type = 'manager.changed.v1'
ORDER BY key, (CAST(payload->>'changed_at' AS timestamptz) <= :begin) DESC,
    CASE WHEN CAST(payload->>'changed_at' AS timestamptz) <= :begin THEN -version ELSE version END
"""
# The last status of each manager before the span, and all changes in it.
_STATUSES = """
WITH changed AS (
    SELECT CAST(key AS uuid) AS manager_id, payload->>'status' AS status, version,
        CAST(payload->>'changed_at' AS timestamptz) AS at
    FROM journal WHERE topic = 'managers' AND type = 'manager.status_changed.v1')
SELECT manager_id, status, at FROM (
    (SELECT DISTINCT ON (manager_id) * FROM changed WHERE at <= :begin
        ORDER BY manager_id, version DESC)
    UNION ALL (SELECT * FROM changed WHERE at > :begin AND at < :end)) AS status
ORDER BY at, manager_id, version
"""
_POOLS = """
SELECT key, policy, supervisor_ids,
    ARRAY(SELECT manager_id FROM pool_member WHERE pool = p.key ORDER BY manager_id) AS manager_ids
FROM pool AS p ORDER BY position, key
"""
_ASSIGNMENTS = """coalesce((SELECT json_agg(json_build_object('manager_id', a.manager_id,
        'round', a.round, 'assigned_at', a.assigned_at, 'accepted_at', a.accepted_at,
        'touched_at', a.touched_at, 'ended_at', a.ended_at, 'outcome', a.outcome) ORDER BY a.epoch)
    FROM assignment AS a WHERE a.lead_id = l.lead_id), '[]')"""
_LEAD = f"""
SELECT l.lead_id, l.number, l.canonical_id, l.pool, l.channel, l.priority_class, l.language,
    l.region, l.product, l.state, l.round, l.received_at, l.opened_at, l.closed_at,
    {_ASSIGNMENTS} AS assignments
FROM lead AS l
"""
_ARRIVALS = f"""{_LEAD}
WHERE (l.received_at, l.number) > (:after_at, :after_number) AND l.received_at < :end
ORDER BY l.received_at, l.number LIMIT :limit
"""
_OPEN_BEFORE = f"""{_LEAD}
WHERE l.received_at < :begin AND (l.closed_at IS NULL OR l.closed_at > :begin)
ORDER BY l.received_at, l.number
"""
_COUNT = "SELECT count(*) FROM lead WHERE received_at >= :begin AND received_at < :end"
_SPAN = "SELECT min(received_at) AS first, max(received_at) AS last FROM lead"
# Twelve half-lives ago work counts for nothing any more.
_RECEIVED = """
SELECT a.manager_id, max(a.assigned_at) AS last_assigned_at, sum(a.units_milli * power(2.0,
    -extract(epoch FROM CAST(:begin AS timestamptz) - a.assigned_at) / 3600 / h.hours))
    AS received_milli
FROM assignment AS a JOIN lead AS l USING (lead_id)
JOIN unnest(CAST(:pools AS text[]), CAST(:hours AS float8[])) AS h(pool, hours) ON h.pool = l.pool
WHERE a.assigned_at < :begin AND a.assigned_at > CAST(:begin AS timestamptz) - 12 * h.hours
    * interval '1 hour'
GROUP BY a.manager_id
"""
_WINNERS = """
SELECT DISTINCT ON (canonical_id) canonical_id, owner_id FROM lead
WHERE state = 'won' AND owner_id IS NOT NULL AND closed_at < :begin
ORDER BY canonical_id, closed_at DESC
"""


async def prepare(session: Session) -> None:
    """Make a transaction that has just begun one that only reads, and may read for long."""
    await session.execute(_READ_ONLY)
    await session.execute(_PATIENCE)


async def get_span(session: Session) -> tuple[datetime, datetime] | None:
    """When the first and the last lead came in, if any has."""
    row = (await session.execute(_SPAN)).one()
    return None if row.first is None else (row.first, row.last)


async def count_arrivals(session: Session, *, begin: datetime, end: datetime) -> int:
    return int(await session.scalar(_COUNT, {"begin": begin, "end": end}))


async def list_managers(session: Session) -> Sequence[Row]:
    """All managers there have been, as they are now, in the order of their ids."""
    return list(await session.execute(_MANAGERS))


async def list_changes(session: Session, *, begin: datetime) -> dict[UUID, str]:
    """Each manager's `manager.changed` event that held when the span began, as JSON."""
    rows = await session.execute(_CHANGES, {"begin": begin})
    return {row.manager_id: row.payload for row in rows}


async def list_statuses(session: Session, *, begin: datetime, end: datetime) -> Sequence[Row]:
    """The status that each manager had when the span began, where one is recorded, and all changes
    in the span, in order of time.
    """
    return list(await session.execute(_STATUSES, {"begin": begin, "end": end}))


async def list_pools(session: Session) -> Sequence[Row]:
    return list(await session.execute(_POOLS))


async def list_open_before(session: Session, *, begin: datetime) -> Sequence[Row]:
    """Leads received before the span that were not closed when it began, with their assignments."""
    return list(await session.execute(_OPEN_BEFORE, {"begin": begin}))


async def list_received(
    session: Session, *, begin: datetime, hours: dict[str, float]
) -> Sequence[Row]:
    """The work each manager had received when the span began, faded by the half-life (hours) of
    each pool, and when they had got their last lead.
    """
    params: dict[str, Any] = {"pools": list(hours), "hours": list(hours.values())}
    return list(await session.execute(_RECEIVED, {"begin": begin, **params}))


async def list_winners(session: Session, *, begin: datetime) -> dict[UUID, UUID]:
    """Contact → who had won its last lead before the span."""
    rows = await session.execute(_WINNERS, {"begin": begin})
    return {row.canonical_id: row.owner_id for row in rows}


async def pages_of_arrivals(
    session: Session, *, begin: datetime, end: datetime
) -> AsyncIterator[Sequence[Row]]:
    """The leads received in the span with their assignments, a page at a time, in order."""
    after_at, after_number = begin, 0
    while True:
        params = {"after_at": after_at, "after_number": after_number, "end": end, "limit": PAGE}
        rows = list(await session.execute(_ARRIVALS, params))
        if rows:
            yield rows
        if len(rows) < PAGE:
            return
        after_at, after_number = rows[-1].received_at, rows[-1].number
