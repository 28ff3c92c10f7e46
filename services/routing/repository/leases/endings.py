"""The last assignment of a lead that ended, for whoever comes too late."""

from uuid import UUID

from services.routing.domain.endings import Ending
from shared.database import Session

_FIND = """
SELECT a.epoch, a.manager_id, a.outcome, a.ended_at, l.merged_into,
    n.manager_id AS next_owner_id, n.assigned_at AS next_since,
    (SELECT d.inputs ->> 'actor' FROM decision AS d
        WHERE a.outcome = 'reassigned' AND d.lead_id = l.lead_id AND d.reason = 'named'
        ORDER BY d.decision_id DESC LIMIT 1) AS by
FROM lead AS l
JOIN assignment AS a ON a.lead_id = l.lead_id AND a.ended_at IS NOT NULL
LEFT JOIN assignment AS n ON n.lead_id = l.lead_id AND n.epoch = l.epoch AND n.ended_at IS NULL
WHERE l.lead_id = :lead_id
    AND (CAST(:manager_id AS uuid) IS NULL OR a.manager_id = CAST(:manager_id AS uuid))
ORDER BY a.epoch DESC LIMIT 1
"""


async def find_ending(session: Session, lead_id: UUID, *, manager_id: UUID | None) -> Ending | None:
    """How the lead's last assignment ended, or that manager's last one."""
    params = {"lead_id": lead_id, "manager_id": manager_id}
    row = (await session.execute(_FIND, params)).first()
    return None if row is None else Ending(**row)
