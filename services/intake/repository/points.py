"""Phones and addresses as rows: whose each is, who gave it, whether many share it.

Its law: a point belongs to one contact, the first that gave it, and inquiries never take it away.
"""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from services.intake.domain.identity import ContactPoint
from services.intake.domain.people import PointFacts
from services.intake.domain.shared_points import is_shared
from services.intake.tables import contact_point
from shared.database import Row, Session
from shared.statements import among

_ADD_POINTS = """
INSERT INTO contact_point (kind, value)
SELECT kind, value FROM unnest(CAST(:kinds AS text[]), CAST(:values AS text[])) AS p(kind, value)
ORDER BY kind, value ON CONFLICT DO NOTHING
"""
_LOCK_POINTS = """
SELECT kind, value, contact_id, people, shared FROM contact_point
JOIN unnest(CAST(:kinds AS text[]), CAST(:values AS text[])) AS p(kind, value) USING (kind, value)
ORDER BY kind, value FOR NO KEY UPDATE OF contact_point
"""
# A point that has an owner keeps it: to take it away is a person's decision, not an inquiry's.
_KEEP_POINTS = """
UPDATE contact_point AS p SET contact_id = coalesce(p.contact_id, n.contact_id),
    people = string_to_array(n.people, ' ')
FROM unnest(CAST(:kinds AS text[]), CAST(:values AS text[]), CAST(:ids AS uuid[]),
    CAST(:people AS text[])) AS n(kind, value, contact_id, people)
WHERE p.kind = n.kind AND p.value = n.value
"""
_FIND = """
SELECT kind, value, people, shared FROM contact_point
JOIN unnest(CAST(:kinds AS text[]), CAST(:values AS text[])) AS p(kind, value) USING (kind, value)
"""
_SET_SHARED = """
INSERT INTO contact_point AS p (kind, value, shared) VALUES (:kind, :value, :shared)
ON CONFLICT (kind, value) DO UPDATE SET shared = excluded.shared
RETURNING kind, value, contact_id, people, shared
"""


async def lock_points(
    session: Session, points: Sequence[ContactPoint]
) -> dict[ContactPoint, tuple[UUID | None, PointFacts]]:
    """Create the points that are missing and lock all of them, in one order for everybody.

    None stands for a point that nobody owns yet: its owner is the caller's to give.
    """
    asked = {"kinds": [p.kind for p in points], "values": [p.value for p in points]}
    await session.execute(_ADD_POINTS, asked)
    rows = await session.execute(_LOCK_POINTS, asked)
    return {
        ContactPoint(row.kind, row.value): (
            row.contact_id,
            PointFacts(tuple(row.people), row.shared),
        )
        for row in rows
    }


async def keep_points(
    session: Session, points: Mapping[ContactPoint, tuple[UUID | None, Sequence[str]]]
) -> None:
    """Write who owns each point, if nobody does yet, and who gave it."""
    await session.execute(
        _KEEP_POINTS,
        {
            "kinds": [point.kind for point in points],
            "values": [point.value for point in points],
            "ids": [owner for owner, _ in points.values()],
            "people": [" ".join(people) for _, people in points.values()],
        },
    )


async def points_of(session: Session, contact_ids: Sequence[UUID]) -> list[Row]:
    query = (
        select(contact_point)
        .where(among(contact_point.c.contact_id, contact_ids))
        .order_by(contact_point.c.kind, contact_point.c.value)
    )
    return await session.execute(query)


async def shared_among(session: Session, points: Collection[ContactPoint]) -> set[ContactPoint]:
    """Those of the points that join nobody, because many people give them."""
    if not points:
        return set()
    asked = {"kinds": [p.kind for p in points], "values": [p.value for p in points]}
    return {
        ContactPoint(row.kind, row.value)
        for row in await session.execute(_FIND, asked)
        if is_shared(row.people, said=row.shared)
    }


async def set_shared(session: Session, point: ContactPoint, *, shared: bool | None) -> Row:
    """The operator's word on a point, also on one that nobody has given yet; None takes it back."""
    asked = {"kind": point.kind, "value": point.value, "shared": shared}
    return (await session.execute(_SET_SHARED, asked)).one()
