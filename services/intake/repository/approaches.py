"""Rows of what came of the contacts of lists, and their submissions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from services.intake.repository.arrivals import Arrival
from services.intake.repository.queue import APART
from services.intake.tables import approach
from shared.database import Session
from shared.errors import NotFoundError
from shared.statements import columns

_NEW: Final = """
SELECT DISTINCT contact_id FROM unnest(CAST(:ids AS uuid[])) AS n(contact_id)
WHERE NOT EXISTS (SELECT 1 FROM approach AS a
    WHERE a.list_id = :list_id AND a.contact_id = n.contact_id)
ORDER BY contact_id
"""
_APPROACHED: Final = """
SELECT DISTINCT other.canonical_id FROM contact
JOIN contact AS other USING (canonical_id)
JOIN approach AS a ON a.contact_id = other.contact_id AND a.list_id = :list_id
WHERE contact.contact_id = ANY(CAST(:ids AS uuid[])) AND a.receipt_id IS NOT NULL
"""
_STORE: Final = """
INSERT INTO submission (submission_id, source_id, native, key_digest, body_digest, method, rest,
    query, headers, body, received_at, traceparent, lane)
SELECT n.*, :lane FROM unnest(CAST(:ids AS uuid[]), CAST(:sources AS uuid[]),
    CAST(:native AS boolean[]), CAST(:keys AS bytea[]), CAST(:digests AS bytea[]),
    CAST(:methods AS text[]),
    CAST(:rests AS text[]), CAST(:queries AS text[]), CAST(:headers AS bytea[]),
    CAST(:bodies AS bytea[]), CAST(:times AS timestamptz[]), CAST(:traces AS text[])) AS n
ON CONFLICT DO NOTHING
RETURNING submission_id
"""
_ADD: Final = """
INSERT INTO approach (list_id, contact_id, outcome, receipt_id, at)
SELECT :list_id, n.*, :now FROM unnest(CAST(:contacts AS uuid[]), CAST(:outcomes AS text[]),
    CAST(:receipts AS uuid[])) AS n
"""
_COUNT: Final = """
SELECT outcome, count(*) AS number FROM approach WHERE list_id = :list_id
GROUP BY outcome ORDER BY outcome
"""


@dataclass(frozen=True, slots=True)
class Approached:
    """What came of a contact; who is `stored` has the receipt of a submission."""

    contact_id: UUID
    outcome: str
    receipt_id: UUID | None = None


async def list_new(session: Session, list_id: UUID, contact_ids: Sequence[UUID]) -> list[UUID]:
    """Those of whom nothing came yet, each once."""
    params = {"list_id": list_id, "ids": list(contact_ids)}
    return [row.contact_id for row in await session.execute(_NEW, params)]


async def list_approached(
    session: Session, list_id: UUID, contact_ids: Sequence[UUID]
) -> list[UUID]:
    """The people of these contacts who are approached for the list already."""
    params = {"list_id": list_id, "ids": list(contact_ids)}
    return [row.canonical_id for row in await session.execute(_APPROACHED, params)]


async def store_arrivals(session: Session, arrivals: Sequence[Arrival]) -> set[UUID]:
    """The submissions of them that were not stored before, by their ids. They are read apart: what
    comes in by the door does not wait for a long list.
    """
    names = "ids sources native keys digests methods rests queries headers bodies times traces"
    rows = await session.execute(_STORE, {**columns(names, arrivals), "lane": APART})
    return {row.submission_id for row in rows}


async def add_outcomes(
    session: Session, list_id: UUID, outcomes: Sequence[Approached], *, now: datetime
) -> None:
    rows = [(one.contact_id, one.outcome, one.receipt_id) for one in outcomes]
    params = {**columns("contacts outcomes receipts", rows), "list_id": list_id, "now": now}
    await session.execute(_ADD, params)


async def count_outcomes(session: Session, list_id: UUID) -> Mapping[str, int]:
    """Contacts of the list by outcome. Raises NotFoundError while there are none."""
    rows = await session.execute(_COUNT, {"list_id": list_id})
    counts: dict[str, int] = {row.outcome: row.number for row in rows}
    if not counts:
        raise NotFoundError("Nothing came of such a list.")
    return counts


async def list_outcomes(
    session: Session, list_id: UUID, outcome: str | None, *, after: UUID | None, limit: int
) -> list[Approached]:
    """The highest contact id first, one more than `limit`."""
    member = approach.c
    query: Any = select(member.contact_id, member.outcome, member.receipt_id)
    query = query.where(member.list_id == list_id)
    if outcome is not None:
        query = query.where(member.outcome == outcome)
    if after is not None:
        query = query.where(member.contact_id < after)
    rows = await session.execute(query.order_by(member.contact_id.desc()).limit(limit + 1))
    return [Approached(**row) for row in rows]
