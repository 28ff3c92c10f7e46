"""Rows of what was asked for: that the people of a list be approached, once for each list."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import select

from services.kpi.domain.loyalty.counting import count_asked_buyers
from services.kpi.domain.loyalty.trial import Outcome
from services.kpi.repository.loyalty.lists import (
    BOUGHT,
    MEMBERS,
    PERSON,
    CustomerList,
    after_and_up_to,
)
from services.kpi.repository.money.sale_days import count_sums
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


# Somebody was asked by a list if an inquiry of theirs came to the source of lists of its kind after
# it was to be approached, and before another list of the kind was that holds them as well. Few
# inquiries come of a long list: they are looked for first, and then whose they are.
_CAME: Final = """
WITH came AS (
    SELECT contact_id, received_at FROM inquiry
    WHERE source_key = :source_key AND NOT is_test
        AND received_at >= :since AND received_at <= :until
),
person AS (
    SELECT contact_id AS person_id, received_at FROM came
    UNION SELECT l.canonical_id, received_at FROM came JOIN contact_link AS l USING (contact_id)
),
listed AS (
    SELECT m.contact_id, a.requested_at
    FROM loyalty_approach AS a JOIN loyalty_list AS l USING (list_id)
    JOIN loyalty_member AS m USING (list_id)
    WHERE l.kind = :kind AND a.requested_at > :since AND a.requested_at <= :until
        AND NOT m.is_held_back
),
later AS (
    SELECT contact_id AS person_id, requested_at FROM listed
    UNION SELECT l.canonical_id, requested_at FROM listed
        JOIN contact_link AS l USING (contact_id)
)
SELECT string_agg(uuid_send(person_id), CAST('' AS bytea)) FROM person
WHERE NOT {of_later_list}
"""
_OF_LATER_LIST: Final = """EXISTS (
    SELECT FROM later
    WHERE later.person_id = person.person_id AND later.requested_at <= person.received_at
)"""
# Of the people who are held back, whom another list was approached with since: they are not looked
# at where none was.
_CROSSED: Final = f"""
WITH person AS (
    SELECT {PERSON} AS person_id {MEMBERS} AND EXISTS (
        SELECT FROM loyalty_approach AS a
        WHERE a.list_id <> :list_id AND a.requested_at > :since AND a.requested_at <= :until)
    GROUP BY 1 HAVING bool_and(m.is_held_back)
),
contact AS (
    SELECT person_id, person_id AS contact_id FROM person
    UNION SELECT p.person_id, l.contact_id FROM person AS p
        JOIN contact_link AS l ON l.canonical_id = p.person_id
)
SELECT count(DISTINCT c.person_id) FROM loyalty_approach AS a
JOIN loyalty_member AS m ON m.list_id = a.list_id AND NOT m.is_held_back
JOIN contact AS c ON c.contact_id = m.contact_id
WHERE a.list_id <> :list_id AND a.requested_at > :since AND a.requested_at <= :until
"""
SOURCE_KEYS: Final = {"win_back": "win-back", "cross_sell": "cross-sell"}


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


def _of_later_list() -> str:
    """An inquiry is of the list that was approached last before it came."""
    return _OF_LATER_LIST


async def count_asked(
    session: Session, item: CustomerList, approach: Approach, members: bytes, until: datetime
) -> Outcome:
    """Whom the list's approach has reached by then: of them an inquiry came to its source. So many
    of them bought afterwards.
    """
    params = {
        "kind": item.kind,
        "source_key": SOURCE_KEYS[item.kind],
        "since": approach.requested_at,
        "until": until,
    }
    came = await session.scalar(_CAME.format(of_later_list=_of_later_list()), params)
    if came is None:
        return Outcome(0, 0)
    bounds = after_and_up_to(approach.requested_at, until)
    count_them = partial(count_asked_buyers, members=members, came=came, bounds=bounds)
    return await count_sums(session, BOUGHT, bounds, count_them)


async def count_crossed(session: Session, item: CustomerList, until: datetime) -> int:
    """How many of those held back were to be approached by another list since."""
    params = {"list_id": item.list_id, "since": item.made_at, "until": until}
    return int(await session.scalar(_CROSSED, params))


async def find_approach(session: Session, list_id: UUID) -> Approach | None:
    query = select(loyalty_approach).where(loyalty_approach.c.list_id == list_id)
    row = (await session.execute(query)).first()
    return None if row is None else Approach(**row)
