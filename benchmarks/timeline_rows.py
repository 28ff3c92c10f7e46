"""Fills history with timelines, by SQL: many months of usual leads, and subjects of every odd form.

Indexes are made when all rows are there, which is several times faster than keeping them.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from services.history.domain.months import month_of
from services.history.repository.months import open_months
from shared.clock import system_clock
from shared.database import Database, Session, transaction
from shared.ids import derived_id
from shared.statistics import ANALYZE_FILLED

ENTRIES_PER_LEAD: Final = 16
LEADS_PER_CONTACT: Final = 3
CHUNK: Final = 20_000  # leads a statement
MANAGER: Final = derived_id("benchmark", "manager")
# The days of a lead are spread over all months, those of its entries over six weeks.
_ENTRIES: Final = """
WITH dated AS (
    SELECT uuidv7(-ago) AS contact_id, ago FROM (
        SELECT make_interval(secs => 86400.0 * (45 + random() * (CAST(:days AS float) - 45))) AS ago
        FROM generate_series(1, CAST(:contacts AS integer))) AS c
), added AS (
    INSERT INTO lead (lead_id, contact_id, state, opened_at, owner_id)
    SELECT gen_random_uuid(), contact_id, 'open', now() - ago, gen_random_uuid()
    FROM dated, generate_series(1, CAST(:leads AS integer)) RETURNING *
), entry AS (
    SELECT a.*, n, now() - opened_at - make_interval(secs => 86400.0 * 42 * n / :entries) AS ago,
        CASE WHEN n > 12 THEN gen_random_uuid() END AS inquiry_id
    FROM added AS a, generate_series(1, CAST(:entries AS integer)) AS n
), linked AS (
    INSERT INTO inquiry_link (event_id, lead_id, inquiry_id, sign)
    SELECT uuidv7(), lead_id, inquiry_id, 1 FROM entry WHERE inquiry_id IS NOT NULL
)
INSERT INTO timeline_entry (event_id, kind, at, learned_at, actor, contact_id, lead_id, inquiry_id,
    channel, text, facts)
SELECT uuidv7(-ago), CASE WHEN n > 12 THEN 'inquiry.received' ELSE 'lead.stage_changed' END,
    now() - ago, now() - ago, 'customer', contact_id, CASE WHEN n <= 12 THEN lead_id END,
    inquiry_id, CASE WHEN n > 12 THEN 'form' END, CASE WHEN n > 12 THEN repeat('words ', 8) END,
    '{"stage": "new", "to_stage": "qualified", "pipeline": "sales"}'
FROM entry
"""
# So many entries of so many contacts and leads, in turn, evenly over all months. One in five is an
# inquiry of its lead; of ten thousand, one is rare in each respect that is filtered by.
_ODD: Final = """
WITH entry AS (
    SELECT n, make_interval(secs => 86400.0 * n * CAST(:days AS float) / :count) AS ago,
        (CAST(:contacts AS uuid[]))[1 + n % cardinality(CAST(:contacts AS uuid[]))] AS contact_id,
        (CAST(:leads AS uuid[]))[1 + n % cardinality(CAST(:leads AS uuid[]))] AS lead_id,
        CASE WHEN n % 5 = 0 THEN gen_random_uuid() END AS inquiry_id, n % 10000 = 7 AS is_rare
    FROM generate_series(1, CAST(:count AS integer)) AS n
), linked AS (
    INSERT INTO inquiry_link (event_id, lead_id, inquiry_id, sign)
    SELECT uuidv7(), lead_id, inquiry_id, 1 FROM entry WHERE inquiry_id IS NOT NULL
)
INSERT INTO timeline_entry (event_id, kind, at, learned_at, actor, contact_id, lead_id, inquiry_id,
    channel, facts)
SELECT uuidv7(-ago), CASE WHEN is_rare THEN 'lead.reopened' WHEN inquiry_id IS NULL
        THEN 'lead.stage_changed' ELSE 'inquiry.received' END,
    now() - ago, now() - ago, CASE WHEN is_rare THEN 'supervisor' ELSE 'customer' END, contact_id,
    CASE WHEN inquiry_id IS NULL THEN lead_id END, inquiry_id,
    CASE WHEN is_rare THEN 'chat' ELSE 'call' END, '{"channel": "call", "stage": "new"}'
FROM entry
"""
_ODD_LEADS: Final = """
INSERT INTO lead (lead_id, contact_id, state, opened_at, owner_id)
SELECT lead_id, :contact, 'open', now() - make_interval(days => CAST(:days AS integer)), :manager
FROM unnest(CAST(:leads AS uuid[])) AS l(lead_id)
"""
_MERGED: Final = """
INSERT INTO contact_link (contact_id, canonical_id, version)
SELECT contact_id, :canonical, 1 FROM unnest(CAST(:contacts AS uuid[])) AS c(contact_id)
"""
_INDEXES: Final = """
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS made_by
FROM pg_index WHERE indrelid = CAST('timeline_entry' AS regclass) AND NOT indisprimary
"""
_KEY: Final = "timeline_entry_pkey"


@dataclass(frozen=True, slots=True)
class Odd:
    """A person of an odd form, by the number of their contacts, leads and entries."""

    name: str
    contacts: int
    leads: int
    entries: int

    @property
    def contact_ids(self) -> list[UUID]:
        return [derived_id("benchmark contact", self.name, n) for n in range(self.contacts)]

    @property
    def lead_ids(self) -> list[UUID]:
        return [derived_id("benchmark lead", self.name, n) for n in range(self.leads)]


ODD: Final = (
    Odd("long lead", 1, 1, 50_000),
    Odd("long contact", 1, 1_000, 100_000),
    Odd("merged", 100, 30, 3_000),
    Odd("many merged", 1_000, 300, 20_000),
    Odd("many leads", 1, 200, 4_000),
)


async def fill(database: Database, *, entries: int, months: int) -> None:
    """Fill an empty history with so many entries over so many months, the last one included."""
    now, days = system_clock(), 30 * months - 45
    opened = {month_of(now - timedelta(days=15 * n)) for n in range(2 * months)}
    async with transaction(database) as session:
        await open_months(session, sorted(opened))
    indexes = await _drop_indexes(database)
    number = 0
    for odd in ODD:
        async with transaction(database) as session:
            await _add_odd(session, odd, days=days)
        number += odd.entries
    while number < entries:
        leads = min(CHUNK, (entries - number) // ENTRIES_PER_LEAD + 1)
        contacts = leads // LEADS_PER_CONTACT + 1
        params = {
            "contacts": contacts, "leads": LEADS_PER_CONTACT, "days": days,
            "entries": ENTRIES_PER_LEAD,
        }  # fmt: skip
        async with transaction(database) as session:
            await session.execute(_ENTRIES, params)
        number += contacts * LEADS_PER_CONTACT * ENTRIES_PER_LEAD
    await _make_indexes(database, indexes)


async def _add_odd(session: Session, odd: Odd, *, days: int) -> None:
    contacts, leads = odd.contact_ids, odd.lead_ids
    params = {"days": days, "contact": contacts[0], "manager": MANAGER, "leads": leads}
    await session.execute(_ODD_LEADS, params)
    await session.execute(
        _ODD, {"days": days, "count": odd.entries, "contacts": contacts, "leads": leads}
    )
    if odd.contacts > 1:
        await session.execute(_MERGED, {"canonical": contacts[0], "contacts": contacts})


async def _drop_indexes(database: Database) -> list[str]:
    """Drop all indexes of entries. Returns the statements that make them again."""
    async with transaction(database) as session:
        rows = list(await session.execute(_INDEXES))
        for row in rows:
            await session.execute(f"DROP INDEX {row.name}")
        await session.execute(f"ALTER TABLE timeline_entry DROP CONSTRAINT {_KEY}")
    key = f"ALTER TABLE timeline_entry ADD CONSTRAINT {_KEY} PRIMARY KEY (event_id)"
    return [key, *(row.made_by.replace(" ON ONLY ", " ON ") for row in rows)]


async def _make_indexes(database: Database, statements: list[str]) -> None:
    for statement in statements:
        async with transaction(database) as session:
            await session.execute("SET LOCAL statement_timeout = 0")
            await session.execute("SET LOCAL maintenance_work_mem = '512MB'")
            await session.execute(statement)
    async with transaction(database) as session:
        await session.execute("SET LOCAL statement_timeout = 0")
        await session.execute(ANALYZE_FILLED)
