"""Rows of what was asked for: that the people of a list be approached, once for each list."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from services.kpi.repository.loyalty.lists import MEMBERS, PERSON
from services.kpi.tables.loyalty import loyalty_approach
from shared.database import Session

_PEOPLE: Final = f"""
SELECT (array_agg(m.contact_id ORDER BY m.contact_id))[1] AS contact_id
{MEMBERS}
GROUP BY {PERSON}
"""
_ADD: Final = """
INSERT INTO loyalty_approach (list_id, contacts, reason, requested_at, requested_by)
SELECT list_id, :contacts, :reason, :requested_at, :requested_by
FROM loyalty_list WHERE list_id = :list_id
ON CONFLICT DO NOTHING
RETURNING list_id
"""


@dataclass(frozen=True, slots=True)
class Approach:
    """That so many `contacts` of a list are to be approached."""

    list_id: UUID
    contacts: int
    reason: str | None
    requested_at: datetime
    requested_by: str


def _not_held_back() -> str:
    """Of a person: none of their contacts is."""
    return "HAVING NOT bool_or(m.is_held_back)"


async def list_approachable(session: Session, list_id: UUID) -> Sequence[UUID]:
    """A contact of each person of the list who is not held back, the lowest id first."""
    statement = f"{_PEOPLE} {_not_held_back()} ORDER BY 1"
    rows = await session.execute(statement, {"list_id": list_id})
    return [row.contact_id for row in rows]


async def add_approach(session: Session, approach: Approach) -> bool:
    """False if the list's people are approached already, or there is no such list."""
    rows = await session.execute(_ADD, asdict(approach))
    return rows.first() is not None


async def find_approach(session: Session, list_id: UUID) -> Approach | None:
    query = select(loyalty_approach).where(loyalty_approach.c.list_id == list_id)
    row = (await session.execute(query)).first()
    return None if row is None else Approach(**row)
