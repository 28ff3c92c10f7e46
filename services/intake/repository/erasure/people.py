"""A person's own rows: contacts, points, merges, proposals, consents, refusals, orders, mails.

Points are locked before contacts, as everywhere.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from services.intake.domain.keys import ContactPoint
from services.intake.domain.shared_points import PEOPLE_OF_A_POINT
from shared.contracts.impersonal import digest_left
from shared.contracts.inquiry import ContactDetails
from shared.database import Session
from shared.statements import columns

_LOCK_POINTS = """
SELECT kind, value, shared IS TRUE OR cardinality(people) > :most AS is_shared
FROM contact_point WHERE contact_id = ANY(CAST(:ids AS uuid[]))
ORDER BY kind, value FOR UPDATE
"""
_OF_BOTH = "(low_id = ANY(CAST(:ids AS uuid[])) OR high_id = ANY(CAST(:ids AS uuid[])))"
_OF_MERGE = "(loser_id = ANY(CAST(:ids AS uuid[])) OR winner_id = ANY(CAST(:ids AS uuid[])))"
# Of a shared point nobody can tell any more who gave it, only that many did.
_STRANGERS = """ARRAY(SELECT substr(md5(CAST(random() AS text)), 1, 16) || '.'
    || substr(md5(CAST(random() AS text)), 1, 16) FROM generate_series(1, cardinality(people)))"""
_BLANK: Final[Mapping[str, str]] = {
    "contact": """
UPDATE contact SET details = CAST(:details AS json), changed_at = :now
WHERE contact_id = ANY(CAST(:ids AS uuid[])) AND CAST(details AS text) <> :details""",
    "contact_point": """
DELETE FROM contact_point WHERE contact_id = ANY(CAST(:ids AS uuid[]))""",
    "contact_merge": f"""
UPDATE contact_merge SET undone_reason = 'erased'
WHERE {_OF_MERGE} AND undone_reason <> 'erased'""",
    "contact_proposal": f"""
UPDATE contact_proposal SET points = '{{}}',
    state = CASE WHEN state = 'open' THEN 'declined' ELSE state END,
    settled_at = coalesce(settled_at, :now), settled_by = coalesce(settled_by, 'erasure')
WHERE {_OF_BOTH} AND (points <> '{{}}' OR state = 'open')""",
    "contact_consent": """
UPDATE contact_consent SET page_url = NULL, ip = NULL
WHERE contact_id = ANY(CAST(:ids AS uuid[])) AND (page_url IS NOT NULL OR ip IS NOT NULL)""",
    "contact_refusal": """
UPDATE contact_refusal SET reason = NULL
WHERE contact_id = ANY(CAST(:ids AS uuid[])) AND reason IS NOT NULL""",
    "purchase": """
UPDATE purchase SET order_id = n.order_id, reason = NULL
FROM unnest(CAST(:orders AS uuid[]), CAST(:numbers AS text[])) AS n(purchase_id, order_id)
WHERE purchase.purchase_id = n.purchase_id
    AND (purchase.order_id <> n.order_id OR reason IS NOT NULL)""",
    "mail_message": """
UPDATE mail_message SET customers = '{}', people = '{}'
WHERE contact_id = ANY(CAST(:ids AS uuid[])) AND (customers <> '{}' OR people <> '{}')""",
}
_KEEP_SHARED = f"""
UPDATE contact_point SET contact_id = NULL, people = {_STRANGERS}
WHERE contact_id = ANY(CAST(:ids AS uuid[])) AND (shared IS TRUE OR cardinality(people) > :most)
"""
_UNBLOCK = """
DELETE FROM blocked_point
WHERE kind IN ('phone', 'email') AND value = ANY(CAST(:values AS text[]))
"""
_ORDERS = """
SELECT purchase_id, order_id FROM purchase WHERE contact_id = ANY(CAST(:ids AS uuid[]))
ORDER BY purchase_id FOR UPDATE
"""


async def lock_orders(session: Session, contact_ids: Sequence[UUID]) -> None:
    """Orders are locked before points, as by the normaliser."""
    await session.execute(_ORDERS, {"ids": list(contact_ids)})


async def lock_points(session: Session, contact_ids: Sequence[UUID]) -> list[ContactPoint]:
    """The points that are these contacts' alone; the shared ones are locked too."""
    params = {"ids": list(contact_ids), "most": PEOPLE_OF_A_POINT}
    rows = await session.execute(_LOCK_POINTS, params)
    return [ContactPoint(row.kind, row.value) for row in rows if not row.is_shared]


async def blank_people(
    session: Session,
    contact_ids: Sequence[UUID],
    points: Sequence[ContactPoint],
    *,
    now: datetime,
) -> dict[str, int]:
    """Blank these contacts, whose locks the caller holds; the rows changed, by table. Their points
    are nobody's afterwards, so whoever gives one again is somebody new. Of an order's number its
    digest is left.
    """
    orders = await session.execute(_ORDERS, {"ids": list(contact_ids)})
    digests = [(row.purchase_id, digest_left(row.order_id) or "") for row in orders]
    every = {
        **columns("orders numbers", digests),
        "ids": list(contact_ids),
        "now": now,
        "details": ContactDetails().model_dump_json(),
        "most": PEOPLE_OF_A_POINT,
        "values": [point.value for point in points],
    }
    rows = {"blocked_point": await changed(session, _UNBLOCK, every)}
    shared = await changed(session, _KEEP_SHARED, every)
    for table, statement in _BLANK.items():
        rows[table] = await changed(session, statement, every)
    rows["contact_point"] += shared
    return rows


async def changed(session: Session, statement: str, params: Mapping[str, object]) -> int:
    """How many rows a statement has changed."""
    counted = f"WITH changed AS ({statement} RETURNING 1) SELECT count(*) FROM changed"
    return int(await session.scalar(counted, params))
