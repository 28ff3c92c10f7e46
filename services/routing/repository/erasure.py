"""Blanks what routing stores of a person: what was written about their leads, and what receivers
answered. Whatever leads are decided and counted by stays.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from shared.database import Session

_LEADS: Final = "SELECT lead_id FROM lead WHERE contact_id = ANY(CAST(:contacts AS uuid[]))"
# A reason that the pipeline lists is a word of the company.
_LISTED = """EXISTS (SELECT FROM pipeline_version AS v WHERE v.pipeline = lead.pipeline
    AND v.content -> 'terms' -> 'loss_reasons' ? lead.loss_reason)"""
_BLANK: Final[Mapping[str, str]] = {
    "lead": f"""
UPDATE lead SET next_action = NULL,
    loss_reason = CASE WHEN {_LISTED} THEN loss_reason END
WHERE contact_id = ANY(CAST(:contacts AS uuid[]))
    AND (next_action IS NOT NULL OR (loss_reason IS NOT NULL AND NOT {_LISTED}))""",
    "webhook_delivery": f"""
UPDATE webhook_delivery AS d SET excerpt = NULL, error = NULL
FROM journal AS j CROSS JOIN webhook AS w
WHERE j.topic = 'leads' AND j.key IN (SELECT CAST(lead_id AS text) FROM ({_LEADS}) AS l)
    AND d.webhook_id = w.webhook_id AND d.event_id = j.event_id
    AND (d.excerpt IS NOT NULL OR d.error IS NOT NULL)""",
    # An answer that is not stored any more is answered anew, as whoever is late.
    "idempotent_answer": """
DELETE FROM idempotent_answer AS a WHERE EXISTS (
    SELECT FROM unnest(CAST(:contacts AS uuid[])) AS c(contact_id)
    WHERE position(CAST(c.contact_id AS text) IN CAST(a.answer AS text)) > 0)""",
}
_PAGE = """
SELECT lead_id FROM lead
WHERE contact_id = ANY(CAST(:contacts AS uuid[]))
    AND (CAST(:after AS uuid) IS NULL OR lead_id > CAST(:after AS uuid))
ORDER BY lead_id LIMIT 200
"""


async def blank(session: Session, contact_ids: Sequence[UUID]) -> dict[str, int]:
    """Blank what is stored about the leads of these contacts; the rows changed, by table."""
    params = {"contacts": list(contact_ids)}
    rows = {}
    for table, statement in _BLANK.items():
        counted = f"WITH changed AS ({statement} RETURNING 1) SELECT count(*) FROM changed"
        rows[table] = int(await session.scalar(counted, params))
    return rows


async def list_leads(
    session: Session, contact_ids: Sequence[UUID], *, after: UUID | None
) -> list[UUID]:
    """The next leads of these contacts, in the order of their ids."""
    params = {"contacts": list(contact_ids), "after": after}
    return (await session.execute(_PAGE, params)).scalars()
