"""Computes cards from what is stored about their persons, a set of persons at a time.

Of events of one stream the later counts, by the moment at which it was emitted; nothing depends on
the order in which streams came.
"""

from collections.abc import Collection
from uuid import UUID

from services.history.repository.cards.parts import COLUMNS, PARTS
from services.history.repository.cards.purchases import write_purchases
from shared.database import Session

# Contacts that belong to somebody else now are given to their new persons first, whose cards are
# due too; so no two cards ever have a contact in common.
_PART_CONTACTS = """
UPDATE card_contact AS c SET person_id = l.canonical_id
FROM contact_link AS l
WHERE c.person_id = ANY(CAST(:persons AS uuid[]))
    AND l.contact_id = c.contact_id AND l.canonical_id <> c.person_id
"""
_JOIN_CONTACTS = """
INSERT INTO card_contact AS c (contact_id, person_id)
SELECT p.person_id, p.person_id
FROM unnest(CAST(:persons AS uuid[])) AS p(person_id)
LEFT JOIN contact_link AS l ON l.contact_id = p.person_id
WHERE coalesce(l.canonical_id, p.person_id) = p.person_id
UNION
SELECT contact_id, canonical_id FROM contact_link
WHERE canonical_id = ANY(CAST(:persons AS uuid[]))
ON CONFLICT (contact_id) DO UPDATE SET person_id = excluded.person_id
WHERE c.person_id <> excluded.person_id
"""
_COMPUTE = f"""
INSERT INTO card (person_id, {", ".join(COLUMNS)})
SELECT p.person_id, {", ".join(COLUMNS)}
FROM (
    SELECT person_id, array_agg(contact_id ORDER BY contact_id) AS contact_ids
    FROM card_contact WHERE person_id = ANY(CAST(:persons AS uuid[])) GROUP BY person_id
) AS p
{" ".join(f"CROSS JOIN LATERAL ({part}) AS {name}" for name, part in PARTS.items())}
WHERE true
ON CONFLICT (person_id) DO UPDATE SET
    {", ".join(f"{column} = excluded.{column}" for column in COLUMNS)}
"""
_DISSOLVE = """
DELETE FROM card WHERE person_id = ANY(CAST(:persons AS uuid[]))
    AND NOT EXISTS (SELECT FROM card_contact AS c WHERE c.person_id = card.person_id)
"""


async def compute_cards(session: Session, person_ids: Collection[UUID]) -> None:
    """Write the cards of these persons as they are now; a person who has no contact any more, for
    all were merged into others, has no card either.
    """
    params = {"persons": list(person_ids)}
    for statement in (_PART_CONTACTS, _JOIN_CONTACTS):
        await session.execute(statement, params)
    await write_purchases(session, person_ids)
    for statement in (_COMPUTE, _DISSOLVE):
        await session.execute(statement, params)
