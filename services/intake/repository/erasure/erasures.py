"""Erasures as rows: begun once, carried on from where they stand, confirmed by every service."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from services.intake.domain.erasing import ErasureStep
from services.intake.tables import erasure, erasure_confirmation
from shared.database import Row, Session
from shared.errors import NotFoundError
from shared.statements import among

_NEXT = """
SELECT * FROM erasure WHERE confirmed_at IS NULL AND step <> 'done'
ORDER BY step = 'files', erasure_id LIMIT 1 FOR UPDATE
"""
_CONFIRM = """
INSERT INTO erasure_confirmation (erasure_id, service, confirmed_at, rows)
VALUES (:erasure_id, :service, :confirmed_at, CAST(:rows AS json))
ON CONFLICT DO NOTHING
"""
_END = """
UPDATE erasure AS e SET confirmed_at = :now
WHERE e.confirmed_at IS NULL AND e.step = 'done' AND (
    SELECT count(*) FROM erasure_confirmation AS c WHERE c.erasure_id = e.erasure_id) >= :services
"""
_COUNT = """
SELECT count(*) AS open, count(*) FILTER (WHERE erased_at < :before) AS overdue
FROM erasure WHERE confirmed_at IS NULL
"""
_FIND = """
SELECT erasure_id FROM erasure WHERE contact_ids @> ARRAY[CAST(:contact_id AS uuid)]
ORDER BY erasure_id LIMIT 1
"""
MAX_ASKED = 100  # open erasures that services are asked about in one round


@dataclass(frozen=True, slots=True)
class ErasureCounts:
    """Erasures that are not confirmed by every service, and those of them that are overdue."""

    open: int
    overdue: int


async def add_erasure(session: Session, values: Mapping[str, Any]) -> None:
    await session.execute(insert(erasure).values(values))


async def find_erasure_of(session: Session, contact_id: UUID) -> UUID | None:
    """The erasure by which this contact was erased."""
    erasure_id: UUID | None = await session.scalar(_FIND, {"contact_id": contact_id})
    return erasure_id


async def lock_next(session: Session) -> Row | None:
    """The oldest that intake itself has not finished, locked until the commit."""
    return (await session.execute(_NEXT)).first()


async def write_progress(
    session: Session,
    erasure_id: UUID,
    *,
    step: ErasureStep,
    place: Sequence[str],
    rows: Mapping[str, int],
    done_at: datetime | None,
) -> None:
    """How far it has come; what copies were searched by is forgotten at its end."""
    values: dict[str, Any] = {"step": step, "place": list(place), "rows": dict(rows)}
    if done_at is not None:
        values |= {"blanked_at": done_at, "pattern": None}
    await session.execute(update(erasure).where(erasure.c.erasure_id == erasure_id).values(values))


async def get_erasure(session: Session, erasure_id: UUID) -> Row:
    """Raises NotFoundError."""
    row = (await session.execute(select(erasure).where(erasure.c.erasure_id == erasure_id))).first()
    if row is None:
        raise NotFoundError("There is no such erasure.")
    return row


async def list_erasures(session: Session, *, after: UUID | None, limit: int) -> list[Row]:
    """Newest id first, one more than `limit`."""
    query = select(erasure).order_by(erasure.c.erasure_id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(erasure.c.erasure_id < after)
    return await session.execute(query)


async def list_confirmations(
    session: Session, erasure_ids: Sequence[UUID]
) -> dict[UUID, dict[str, Row]]:
    """Erasure → service → when it confirmed, and what it blanked."""
    query = select(erasure_confirmation).where(
        among(erasure_confirmation.c.erasure_id, erasure_ids)
    )
    by_id: dict[UUID, dict[str, Row]] = {erasure_id: {} for erasure_id in erasure_ids}
    for row in await session.execute(query):
        by_id[row["erasure_id"]][row["service"]] = row
    return by_id


async def list_open(session: Session) -> list[UUID]:
    """The oldest that some service has not confirmed."""
    query = select(erasure.c.erasure_id).where(erasure.c.confirmed_at.is_(None))
    oldest = query.order_by(erasure.c.erasure_id).limit(MAX_ASKED)
    return (await session.execute(oldest)).scalars()


async def confirm(
    session: Session,
    erasure_id: UUID,
    service: str,
    *,
    confirmed_at: datetime,
    rows: Mapping[str, int],
) -> None:
    params = {"erasure_id": erasure_id, "service": service, "confirmed_at": confirmed_at}
    await session.execute(_CONFIRM, {**params, "rows": json.dumps(dict(rows))})


async def end_confirmed(session: Session, *, services: int, now: datetime) -> None:
    """End those that intake has finished and that so many other services have confirmed."""
    await session.execute(_END, {"services": services, "now": now})


async def count_open(session: Session, *, before: datetime) -> ErasureCounts:
    """How many are open; overdue are those that were begun before that."""
    row = (await session.execute(_COUNT, {"before": before})).one()
    return ErasureCounts(row.open, row.overdue)
