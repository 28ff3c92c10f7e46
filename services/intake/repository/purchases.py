"""Orders as rows: locked by their ids, written as they are after their reports, listed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_

from services.intake.domain.purchases import PurchaseState
from services.intake.tables import purchase
from shared.database import Row, Session
from shared.statements import among, columns

# Creates what is missing and locks the rest, in one order for everybody.
_LOCK = """
INSERT INTO purchase AS p (purchase_id, source_id, order_id)
SELECT purchase_id, source_id, order_id
FROM unnest(CAST(:ids AS uuid[]), CAST(:sources AS uuid[]), CAST(:orders AS text[]))
    AS n(purchase_id, source_id, order_id)
ORDER BY purchase_id
ON CONFLICT (purchase_id) DO UPDATE SET order_id = p.order_id
RETURNING purchase_id, source_id, order_id, contact_id, purchased_at, facts, changed_at,
    cancelled_at, reason
"""
_COLUMNS = "ids sources orders contacts times facts changes cancels reasons"
_UNNEST = """unnest(CAST(:ids AS uuid[]), CAST(:sources AS uuid[]), CAST(:orders AS text[]),
    CAST(:contacts AS uuid[]), CAST(:times AS timestamptz[]), CAST(:facts AS text[]),
    CAST(:changes AS timestamptz[]), CAST(:cancels AS timestamptz[]), CAST(:reasons AS text[]))
    AS n(purchase_id, source_id, order_id, contact_id, purchased_at, facts, changed_at,
        cancelled_at, reason)"""
_WRITE = f"""
UPDATE purchase AS p SET contact_id = n.contact_id, purchased_at = n.purchased_at,
    facts = CAST(n.facts AS json), changed_at = n.changed_at, cancelled_at = n.cancelled_at,
    reason = n.reason
FROM {_UNNEST}
WHERE p.purchase_id = n.purchase_id
"""
# A source that is gone took its orders with it; of a cancellation alone, the order may be here.
_RESTORE = f"""
INSERT INTO purchase AS p (purchase_id, source_id, order_id, contact_id, purchased_at, facts,
    changed_at, cancelled_at, reason)
SELECT purchase_id, source_id, order_id, contact_id, purchased_at, CAST(facts AS json),
    n.changed_at, cancelled_at, reason
FROM {_UNNEST} JOIN source USING (source_id)
ORDER BY purchase_id
ON CONFLICT (purchase_id) DO UPDATE SET
    contact_id = coalesce(excluded.contact_id, p.contact_id),
    purchased_at = coalesce(excluded.purchased_at, p.purchased_at),
    facts = CASE WHEN excluded.purchased_at IS NULL THEN p.facts ELSE excluded.facts END,
    cancelled_at = coalesce(p.cancelled_at, excluded.cancelled_at),
    reason = coalesce(p.reason, excluded.reason)
"""


@dataclass(frozen=True, slots=True)
class PurchaseFilter:
    """Conditions on purchases; None is no condition, `until` is exclusive."""

    source_id: UUID | None = None
    contact_ids: Sequence[UUID] | None = None
    since: datetime | None = None
    until: datetime | None = None


async def lock_purchases(
    session: Session, states: Sequence[PurchaseState]
) -> dict[UUID, PurchaseState]:
    """What is known of these orders, those that are new included; locked until the commit."""
    rows = [(state.purchase_id, state.source_id, state.order_id) for state in states]
    locked = await session.execute(_LOCK, columns("ids sources orders", rows))
    return {row["purchase_id"]: PurchaseState(**row) for row in locked}


async def write_purchases(session: Session, states: Sequence[PurchaseState]) -> None:
    await session.execute(_WRITE, columns(_COLUMNS, map(_row, states)))


async def restore_purchases(session: Session, states: Sequence[PurchaseState]) -> None:
    """Bring rows to what events say of their orders."""
    if states:
        await session.execute(_RESTORE, columns(_COLUMNS, map(_row, states)))


def _row(state: PurchaseState) -> tuple[Any, ...]:
    return (
        *(state.purchase_id, state.source_id, state.order_id, state.contact_id),
        *(state.purchased_at, json.dumps(dict(state.facts)), state.changed_at),
        *(state.cancelled_at, state.reason),
    )


async def list_purchases(
    session: Session,
    criteria: PurchaseFilter,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Row]:
    """Recorded purchases, the latest first, one more than `limit`."""
    place = tuple_(purchase.c.purchased_at, purchase.c.purchase_id)
    conditions: list[Any] = [purchase.c.purchased_at.is_not(None)]
    if after is not None:
        conditions.append(place < after)
    if criteria.source_id is not None:
        conditions.append(purchase.c.source_id == criteria.source_id)
    if criteria.contact_ids is not None:
        conditions.append(among(purchase.c.contact_id, criteria.contact_ids))
    if criteria.since is not None:
        conditions.append(purchase.c.purchased_at >= criteria.since)
    if criteria.until is not None:
        conditions.append(purchase.c.purchased_at < criteria.until)
    query = select(purchase).where(*conditions).order_by(place.desc()).limit(limit + 1)
    return await session.execute(query)
