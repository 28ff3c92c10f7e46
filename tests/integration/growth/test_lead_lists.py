"""What managers' tools list comes by indexes, in every order, however many leads there are."""

import hashlib
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.routing.repository.lead_filters import LeadFilter
from services.routing.repository.lead_lists import SORTS, count_leads, list_leads
from services.routing.repository.pipelines.paths import list_paths
from services.routing.repository.pipelines.pipelines import find_staying
from shared.clock import system_clock
from shared.database import Database, Session, open_database, transaction
from shared.ids import derived_id
from tests.integration.growth.grown import ROWS
from tests.integration.growth.test_loops import _compiled, _recorded
from tests.support.infrastructure import DatabaseFactory

NOW = system_clock()
ANNA, NOBODY = UUID(hashlib.md5(b"1", usedforsecurity=False).hexdigest()), derived_id("grown")
# Of the leads a tenth is open: owned by one of seven managers, or waiting; the rest was won.
LEADS = f"""
INSERT INTO lead (lead_id, contact_id, canonical_id, pipeline, pool, stage, state, priority_class,
    priority_rank, units_milli, full_units_milli, channel, source_id, is_test, received_at,
    queue_at, opened_at, stage_since, closed_at, owner_id, epoch, accepted_at, region, product,
    amount, next_action_at, rot_seconds)
SELECT gen_random_uuid(), id, id, 'default', 'default', 'new',
    CASE WHEN n % 10 = 0 THEN 'open' ELSE 'won' END, 'normal', n % 3, 1000, 1000, 'form',
    gen_random_uuid(), false, at, at, at, at, CASE WHEN n % 10 <> 0 THEN at END,
    CAST(CASE WHEN n % 20 <> 0 THEN md5(CAST(n % 7 AS text)) END AS uuid), 1, NULL,
    CASE WHEN n % 1000 = 0 THEN 'r' || n END, CASE WHEN n % 1000 = 0 THEN 'p' || n END,
    CASE WHEN n % 10 <> 0 THEN n END, CASE WHEN n % 100 = 0 THEN at END,
    CASE WHEN n % 100 = 0 THEN 60 END
FROM (SELECT n, gen_random_uuid() AS id, now() - n * interval '1 second' AS at
    FROM generate_series(1, {ROWS}) AS n) AS g
"""
STATEMENTS = (
    LEADS,
    """INSERT INTO assignment (lead_id, epoch, manager_id, round, units_milli, assigned_at,
        accept_by, first_touch_by, ended_at, outcome)
    SELECT lead_id, 1, owner_id, 1, 1000, received_at, received_at, received_at, closed_at,
        CASE WHEN closed_at IS NOT NULL THEN 'won' END
    FROM lead WHERE owner_id IS NOT NULL""",
    "INSERT INTO contact_link (contact_id, canonical_id) SELECT contact_id, contact_id FROM lead",
    "ANALYZE",
)
# A manager's share of all leads is looked through where it has to be sorted; never all leads.
MOST_ROWS = ROWS // 5
MINUTES_AGO = NOW - timedelta(minutes=2)
FILTERS: dict[str, dict[str, Any]] = {
    "all": {},
    "owner": {"owner_id": ANNA},
    "owner's open": {"owner_id": ANNA, "state": "open"},
    "open": {"state": "open"},
    "unowned": {"unowned": True, "state": "open"},
    "waiting": {"waiting": True},
    "waiting in a pool": {"waiting": True, "pool": "default"},
    "pipeline and stage": {"pipeline": "default", "stage": "offer"},
    "source": {"source_id": NOBODY},
    "region": {"region": "r1000"},
    "product": {"product": "p1000"},
    "contact": {"contact_id": NOBODY},
    "received": {"received_from": MINUTES_AGO, "received_to": NOW},
    "accept due": {"accept_by_before": MINUTES_AGO},
    "touch due": {"first_touch_by_before": MINUTES_AGO},
    "next action due": {"next_action_before": MINUTES_AGO},
    "rotting": {"rotting": True},
    "overdue": {"overdue": True},
    "amount": {"amount_from": Decimal(ROWS - 5), "amount_to": Decimal(ROWS)},
}
COUNTED = (
    "owner's open",
    "pipeline and stage",
    "source",
    "region",
    "received",
    "rotting",
    "amount",
)


@pytest.fixture
async def leads(migrated_database: DatabaseFactory) -> AsyncIterator[Database]:
    database = open_database(await migrated_database("routing"), service="routing")
    for statement in STATEMENTS:
        async with transaction(database) as session:
            await session.execute(statement)
    yield database
    await database.close()


async def test_lists_of_leads_come_by_indexes(
    leads: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def all_lists(database: Database) -> None:
        async with transaction(database) as session:
            for criteria in FILTERS.values():
                await _list(session, LeadFilter(NOW, **criteria), sort="newest")
            for sort in SORTS:
                await _list(session, LeadFilter(NOW), sort=sort)
                await _list(session, LeadFilter(NOW, owner_id=ANNA), sort=sort)
            for name in COUNTED:
                await count_leads(session, LeadFilter(NOW, **FILTERS[name]), group_by="state")
            await list_paths(
                session, "default", since=MINUTES_AGO, until=NOW, after=None, limit=1000
            )
            await find_staying(session, "default", ["offer"], limit=10)

    statements = await _recorded(leads, [all_lists], monkeypatch)
    faults = [
        f"{rows} rows: {statement}"
        for statement, parameters in statements
        if (rows := await _rows_read(leads, statement, parameters)) > MOST_ROWS
    ]
    assert not faults, "\n".join(faults)
    assert len(statements) > len(FILTERS) + 2 * len(SORTS)


async def _rows_read(database: Database, statement: Any, parameters: Any) -> int:
    """How many rows the statement looks at in tables and indexes, those passed by included."""
    text = statement if isinstance(statement, str) else _compiled(statement)
    async with transaction(database) as session:
        plan = await session.scalar(f"EXPLAIN (ANALYZE, FORMAT JSON) {text}", parameters)
    parsed = json.loads(plan) if isinstance(plan, str) else plan
    return sum(_scans(parsed[0]["Plan"]))


def _scans(node: Mapping[str, Any]) -> Iterator[int]:
    if "Scan" in node["Node Type"] and "Relation Name" in node:
        removed = node.get("Rows Removed by Filter", 0)
        yield round((node["Actual Rows"] + removed) * node["Actual Loops"])
    for child in node.get("Plans", []):
        yield from _scans(child)


async def _list(session: Session, criteria: LeadFilter, *, sort: str) -> None:
    order = SORTS[sort]
    page = await list_leads(session, criteria, sort=order, after=None, limit=50)
    if len(page) > 50:
        after = order.values(page[49])
        await list_leads(session, criteria, sort=order, after=after, limit=50)
