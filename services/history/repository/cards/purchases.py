"""Writes what persons have bought, a set of persons at a time: what was said of their orders and of
their won leads is read by one statement, told once by a pure rule, and written by another.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from services.history.domain.purchases import Bought, Purchase, purchases_of
from services.history.repository.cards.sale_rule import get_same_sale_hours
from shared.contracts.impersonal import order_digest
from shared.contracts.one_sale import currency_of
from shared.database import Row, Session

_FORGET: Final = """
DELETE FROM card_purchase WHERE contact_id = ANY(ARRAY(
    SELECT contact_id FROM card_contact WHERE person_id = ANY(CAST(:persons AS uuid[]))))
"""
# Of what was said of an order the latest counts, of wins that of the last, while the lead is won.
_LIST: Final = """
WITH told AS MATERIALIZED (
    SELECT c.person_id, e.contact_id, e.lead_id, e.kind, e.at, e.learned_at, e.event_id, e.facts
    FROM timeline_entry AS e JOIN card_contact AS c ON c.contact_id = e.contact_id
    WHERE e.contact_id = ANY(ARRAY(
            SELECT contact_id FROM card_contact WHERE person_id = ANY(CAST(:persons AS uuid[]))))
        AND (e.kind IN ('purchase.recorded', 'purchase.cancelled', 'lead.won')
            OR e.kind = 'lead.opened' AND e.facts ->> 'is_test' = 'true')
), ordered AS (
    SELECT DISTINCT ON (person_id, facts ->> 'purchase_id')
        person_id, contact_id, CAST(facts ->> 'purchase_id' AS uuid) AS id, at, facts
    FROM told WHERE kind = 'purchase.recorded'
    ORDER BY person_id, facts ->> 'purchase_id', learned_at DESC, event_id DESC
), cancelled AS (
    SELECT CAST(facts ->> 'purchase_id' AS uuid) AS id FROM told WHERE kind = 'purchase.cancelled'
), won AS (
    SELECT DISTINCT ON (lead_id) person_id, contact_id, lead_id AS id, at, facts
    FROM told WHERE kind = 'lead.won' ORDER BY lead_id, learned_at DESC, event_id DESC
)
SELECT person_id, contact_id, id, false AS is_win, at,
    CAST(facts ->> 'amount' AS numeric) AS amount, facts ->> 'currency' AS currency,
    facts ->> 'product' AS product, facts ->> 'external_id' AS number,
    id IN (SELECT id FROM cancelled) AS is_cancelled
FROM ordered
UNION ALL
SELECT won.person_id, won.contact_id, won.id, true, won.at,
    CAST(won.facts ->> 'amount' AS numeric), won.facts ->> 'currency',
    NULL, won.facts -> 'facts' ->> 'order_id', false
FROM won JOIN lead ON lead.lead_id = won.id
WHERE lead.state = 'won' AND NOT EXISTS (
    SELECT FROM told AS test WHERE test.lead_id = won.id AND test.kind = 'lead.opened')
"""
_ADD: Final = """
INSERT INTO card_purchase (purchase_id, contact_id, at, amount, currency, product)
SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:contacts AS uuid[]), CAST(:ats AS timestamptz[]),
    CAST(:amounts AS numeric[]), CAST(:currencies AS text[]), CAST(:products AS text[]))
ON CONFLICT (purchase_id) DO NOTHING
"""


async def write_purchases(session: Session, person_ids: Collection[UUID]) -> None:
    """Write the purchases of all contacts of these persons as they are now."""
    params = {"persons": list(person_ids)}
    await session.execute(_FORGET, params)
    rows = await session.execute(_LIST, params)
    window = timedelta(hours=await get_same_sale_hours(session))
    purchases = purchases_of((_bought(row) for row in rows), window)
    if purchases:
        await session.execute(_ADD, _columns(purchases))


def _bought(row: Row) -> Bought:
    return Bought(
        person_id=row.person_id,
        contact_id=row.contact_id,
        sale_id=row.id,
        is_win=row.is_win,
        at=row.at,
        amount=row.amount,
        currency=currency_of(row.currency),
        product=row.product or None,
        order_digest=order_digest(row.number),
        is_cancelled=row.is_cancelled,
    )


def _columns(purchases: Collection[Purchase]) -> dict[str, list[Any]]:
    return {
        "ids": [item.purchase_id for item in purchases],
        "contacts": [item.contact_id for item in purchases],
        "ats": [item.at for item in purchases],
        "amounts": [item.amount for item in purchases],
        "currencies": [item.currency for item in purchases],
        "products": [item.product for item in purchases],
    }
