"""Work that managers have received: read when they come on duty or leave it, and written then."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from pydantic_core import to_json

from services.routing.domain.absence import Balance, Worker
from services.routing.domain.policies import Policy
from shared.database import Session

# They, and all who share a pool with them. Whoever is in several pools fades as the slowest does.
_LIST = f"""
SELECT m.manager_id, array_agg(x.pool) AS pools, m.weight_milli, m.received_milli,
    m.received_as_of, m.lead_over_mean_milli, m.last_assigned_at,
    m.status = 'online' AND (m.status_until IS NULL OR m.status_until > :now)
        AND m.duty = 'shift' AND m.left_at IS NULL AS on_duty,
    max(coalesce(CAST(p.policy ->> 'fairness_hours' AS double precision),
        {Policy().fairness_hours})) AS hours
FROM pool_member AS x JOIN manager AS m USING (manager_id) JOIN pool AS p ON p.key = x.pool
WHERE x.pool = ANY(ARRAY(
    SELECT pool FROM pool_member WHERE manager_id = ANY(CAST(:ids AS uuid[]))))
GROUP BY m.manager_id ORDER BY m.manager_id
"""
_WRITE = """
UPDATE manager AS m SET received_milli = n.received_milli, received_as_of = :now,
    lead_over_mean_milli = n.lead_over_mean_milli
FROM json_to_recordset(CAST(:balances AS json)) AS n(manager_id uuid,
    received_milli double precision, lead_over_mean_milli double precision)
WHERE m.manager_id = ANY(CAST(:ids AS uuid[])) AND m.manager_id = n.manager_id
"""


async def list_workers(
    session: Session, manager_ids: Collection[UUID], *, now: datetime
) -> list[Worker]:
    """Those of these managers who are in a pool, and all who share one with them."""
    rows = await session.execute(_LIST, {"ids": list(manager_ids), "now": now})
    return [
        Worker(
            manager_id=row.manager_id,
            pools=frozenset(row.pools),
            weight_milli=row.weight_milli,
            received_milli=row.received_milli,
            received_as_of=row.received_as_of,
            lead_over_mean_milli=row.lead_over_mean_milli,
            last_assigned_at=row.last_assigned_at,
            on_duty=row.on_duty,
            half_life=timedelta(hours=row.hours),
        )
        for row in rows
    ]


async def write_balances(session: Session, balances: Sequence[Balance], *, now: datetime) -> None:
    """The caller holds the locks of these managers."""
    params = {
        "ids": [item.manager_id for item in balances],
        "balances": to_json([item._asdict() for item in balances]).decode(),
        "now": now,
    }
    await session.execute(_WRITE, params)
