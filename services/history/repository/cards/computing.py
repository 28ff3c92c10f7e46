"""Computes cards from what is stored about their persons, a set of persons at a time.

Of events of one stream the later counts, by the moment at which it was emitted; nothing depends on
the order in which streams came.
"""

from collections.abc import Collection
from uuid import UUID

from services.history.repository.cards.parts import COLUMNS, PARTS
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
_FORGET_PURCHASES = """
DELETE FROM card_purchase WHERE contact_id = ANY(ARRAY(
    SELECT contact_id FROM card_contact WHERE person_id = ANY(CAST(:persons AS uuid[]))))
"""
# A win that names the one order of the person by that number is this order, also a cancelled one.
_ADD_PURCHASES = """
WITH told AS MATERIALIZED (
    SELECT c.person_id, e.contact_id, e.lead_id, e.kind, e.at, e.learned_at, e.event_id, e.facts
    FROM timeline_entry AS e JOIN card_contact AS c ON c.contact_id = e.contact_id
    WHERE e.contact_id = ANY(ARRAY(
            SELECT contact_id FROM card_contact WHERE person_id = ANY(CAST(:persons AS uuid[]))))
        AND e.kind IN ('purchase.recorded', 'purchase.cancelled', 'lead.won')
), ordered AS (
    SELECT person_id, contact_id, facts ->> 'purchase_id' AS id,
        (array_agg(at ORDER BY learned_at DESC, event_id DESC)
            FILTER (WHERE kind = 'purchase.recorded'))[1] AS at,
        (array_agg(facts ORDER BY learned_at DESC, event_id DESC)
            FILTER (WHERE kind = 'purchase.recorded'))[1] AS facts,
        bool_or(kind = 'purchase.cancelled') AS is_cancelled
    FROM told WHERE kind <> 'lead.won'
    GROUP BY person_id, contact_id, facts ->> 'purchase_id'
), numbered AS (
    SELECT person_id, facts ->> 'external_id' AS order_id
    FROM ordered GROUP BY person_id, facts ->> 'external_id' HAVING count(*) = 1
), won AS (
    SELECT DISTINCT ON (lead_id) person_id, lead_id, facts -> 'facts' ->> 'order_id' AS order_id
    FROM told WHERE kind = 'lead.won' ORDER BY lead_id, learned_at DESC, event_id DESC
)
INSERT INTO card_purchase (purchase_id, contact_id, at, amount, currency, product)
SELECT CAST(id AS uuid), contact_id, at, CAST(facts ->> 'amount' AS numeric),
    facts ->> 'currency', facts ->> 'product'
FROM ordered WHERE NOT is_cancelled
UNION ALL
SELECT lead.lead_id, lead.contact_id, lead.closed_at, lead.amount, lead.currency, NULL
FROM lead WHERE lead.contact_id = ANY(ARRAY(
        SELECT contact_id FROM card_contact WHERE person_id = ANY(CAST(:persons AS uuid[]))))
    AND lead.state = 'won' AND NOT EXISTS (
        SELECT FROM won JOIN numbered USING (person_id, order_id)
        WHERE won.lead_id = lead.lead_id)
ON CONFLICT (purchase_id) DO NOTHING
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
    for statement in (
        _PART_CONTACTS, _JOIN_CONTACTS, _FORGET_PURCHASES, _ADD_PURCHASES, _COMPUTE, _DISSOLVE,
    ):  # fmt: skip
        await session.execute(statement, params)
