"""Phones and addresses as rows: the owner of each, who gave it, and whether many share it.

Invariant: a point belongs to the first contact that gave it; inquiries never take it away.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select

from services.intake.domain.contact_matching import PointFacts
from services.intake.domain.keys import ContactPoint
from services.intake.domain.shared_points import is_shared
from services.intake.tables import contact_point
from shared.database import Row, Session
from shared.statements import among

# Creates what is missing and locks the rest, in one order for everybody.
LOCK_POINTS: Final = """
    INSERT INTO contact_point AS p (kind, value)
    SELECT kind, value FROM unnest(CAST(:kinds AS text[]), CAST(:values AS text[]))
        AS n(kind, value)
    WHERE {condition}
    ORDER BY kind, value
    ON CONFLICT (kind, value) DO UPDATE SET people = p.people
    RETURNING kind, value, contact_id, people, shared"""
# Point → its owner, None if it has none yet, and its facts.
LockedPoints = Mapping[ContactPoint, tuple[UUID | None, PointFacts]]
_LOCK_POINTS = LOCK_POINTS.format(condition="true")
_FIND = """
SELECT kind, value, people, shared FROM contact_point
JOIN unnest(CAST(:kinds AS text[]), CAST(:values AS text[])) AS p(kind, value) USING (kind, value)
"""
_SET_SHARED = """
INSERT INTO contact_point AS p (kind, value, shared) VALUES (:kind, :value, :shared)
ON CONFLICT (kind, value) DO UPDATE SET shared = excluded.shared
RETURNING kind, value, contact_id, people, shared
"""


async def lock_points(session: Session, points: Sequence[ContactPoint]) -> LockedPoints:
    """Create the points that are missing and lock all of them."""
    params = {"kinds": [p.kind for p in points], "values": [p.value for p in points]}
    return dict(map(locked_point, await session.execute(_LOCK_POINTS, params)))


def locked_point(row: Row) -> tuple[ContactPoint, tuple[UUID | None, PointFacts]]:
    facts = PointFacts(tuple(row["people"]), row["shared"])
    return ContactPoint(row["kind"], row["value"]), (row["contact_id"], facts)


async def points_of(session: Session, contact_ids: Sequence[UUID]) -> list[Row]:
    query = (
        select(contact_point)
        .where(among(contact_point.c.contact_id, contact_ids))
        .order_by(contact_point.c.kind, contact_point.c.value)
    )
    return await session.execute(query)


async def find_shared_points(
    session: Session, points: Collection[ContactPoint]
) -> set[ContactPoint]:
    """Those of the points that are shared and so join nobody."""
    if not points:
        return set()
    params = {"kinds": [p.kind for p in points], "values": [p.value for p in points]}
    return {
        ContactPoint(row.kind, row.value)
        for row in await session.execute(_FIND, params)
        if is_shared(row.people, verdict=row.shared)
    }


async def write_shared(session: Session, point: ContactPoint, *, shared: bool | None) -> Row:
    """Set the operator's verdict on a point, which may be new; None removes it. Returns the row."""
    params = {"kind": point.kind, "value": point.value, "shared": shared}
    return (await session.execute(_SET_SHARED, params)).one()
