"""An invented customer base, written by the server itself, and what segments ask of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from services.history.domain.months import month_of
from services.history.repository.months import open_months
from shared.database import Database, transaction
from shared.ids import derived_id

_MONTHS: Final = 36  # over which customers came
SEED_BLOCK: Final = 50_000
_CARDS = """
INSERT INTO card (person_id, contact_ids, name, names, phones, emails, other, channels, source_ids,
    regions, cities, products, campaigns, languages, first_seen_at, last_seen_at, last_touch_at,
    entry_count, inquiry_count, activity_count, owner_ids, open_stages, stages_reached,
    open_lead_count, won_lead_count, lost_lead_count, purchase_count, sums, first_purchase_at,
    last_purchase_at, consents, purposes, do_not_contact, tags, fields)
SELECT id, ARRAY[id], 'Клиент ' || n, ARRAY['Клиент ' || n],
    ARRAY['+79' || lpad(CAST(n AS text), 9, '0')],
    ARRAY['c' || n || '@example.com'], '{}', ARRAY[(ARRAY['form', 'call', 'email'])[1 + n % 3]],
    '{}', ARRAY['Регион ' || n % 80], '{}', ARRAY['Товар ' || n % 300], '{}', '{ru}', seen,
    seen + interval '9 days', seen + interval '3 days', 12, 2, 3, '{}', '{}', '{sales/new}', 1, 0,
    0, n % 3, jsonb_build_object('RUB', CAST(n % 3 * 1000 AS text)), bought, bought, '{}', '{}',
    '{}', '{}', '{}'
FROM generate_series(CAST(:begin AS bigint), CAST(:end AS bigint)) AS n,
    LATERAL (SELECT uuidv7() AS id WHERE n IS NOT NULL) AS i,
    LATERAL (SELECT CAST(:until AS timestamptz) - n % 1000000 * interval '90 seconds' AS seen) AS s,
    LATERAL (SELECT CASE WHEN n % 3 > 0 THEN seen + interval '5 days' END AS bought) AS b
"""
_REST: Final = (
    "INSERT INTO card_contact SELECT person_id, person_id FROM card",
    """INSERT INTO card_purchase SELECT uuidv7(), person_id, last_purchase_at, 1000, 'RUB', NULL
        FROM card WHERE last_purchase_at IS NOT NULL""",
    """INSERT INTO lead (lead_id, contact_id, state, owner_id) SELECT uuidv7(), person_id, 'open',
            (CAST(:managers AS uuid[]))[1 + n % :number]
        FROM (SELECT person_id, row_number() OVER () AS n FROM card) AS c""",
    """INSERT INTO timeline_entry (event_id, kind, at, learned_at, actor, contact_id, inquiry_id,
            channel, facts)
        SELECT uuidv7(at - now()), 'inquiry.received', at, at, 'customer', person_id,
            gen_random_uuid(), 'form', '{"channel": "form", "is_test": false}'
        FROM card, LATERAL unnest(ARRAY[first_seen_at, last_seen_at]) AS s(at)""",
    "ANALYZE",
)

_LAST: Final = {"last": 90, "unit": "days"}
SEGMENTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "everybody": {"field": "first_seen", "op": "known", "value": True},
    "one in 80": {"field": "regions", "op": "has_any", "value": ["Регион 7"]},
    "bought lately": {"field": "last_purchase", "op": "during", "value": _LAST},
    "bought and silent": {
        "all": [
            {"measure": "purchases", "op": "at_least", "value": 1},
            {"not": {"field": "last_touch", "op": "during", "value": _LAST}},
        ]
    },
}
# Not saved: what is asked of every person's timeline, which is slow to count.
UNSAVED: Final[Mapping[str, Mapping[str, Any]]] = {
    "asked twice in 90 days": {
        "measure": "inquiries",
        "op": "at_least",
        "value": 2,
        "during": {"last": 90, "unit": "days"},
    },
}


async def fill(database: Database, number: int, *, managers: int, until: datetime) -> None:
    """Write so many cards, each with two inquiries, a purchase or none, and an open lead of one of
    the managers.
    """
    for begin in range(1, number + 1, SEED_BLOCK):
        block = {"begin": begin, "end": min(number, begin + SEED_BLOCK - 1), "until": until}
        async with transaction(database) as session:
            await session.execute(_CARDS, block)
    months = {month_of(until - timedelta(days=15 * n)) for n in range(_MONTHS * 2)}
    async with transaction(database) as session:
        await open_months(session, sorted(months))
    owners = [derived_id("benchmark", n) for n in range(managers)]
    async with transaction(database) as session:
        await session.execute("SET LOCAL statement_timeout = 0")
        for statement in _REST:
            params = {"managers": owners, "number": managers} if ":managers" in statement else {}
            await session.execute(statement, params)
