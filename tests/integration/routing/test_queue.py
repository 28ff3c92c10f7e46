"""The assigner's queue: what cannot be served costs next to nothing, and nobody is forgotten."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.routing.repository.queue import list_waiting_pools
from services.routing.use_cases.assign import LOOP, assign_waiting
from services.routing.use_cases.walks import WALK_AGAIN, Walks
from shared.database import Session, transaction
from shared.runtime.in_flight import InFlight
from tests.integration.routing.deaths import CutOff
from tests.integration.routing.harness import Company

PARKED = 10_000
_PARK = """
INSERT INTO lead (lead_id, contact_id, canonical_id, pipeline, pool, stage, priority_class,
    priority_rank, units_milli, full_units_milli, channel, source_id, language, is_test,
    received_at, queue_at, opened_at, stage_since, parked_reason)
SELECT gen_random_uuid(), id, id, 'default', 'default', 'new', 'normal', 1, 1000, 1000, 'form', id,
    'de', FALSE, :now, :now, :now, :now, :reason
FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, :number)) AS n RETURNING 1
"""
# Entries of indexes and rows of the table that this transaction has read.
_READ = """
SELECT pg_stat_get_xact_tuples_returned('lead'::regclass)
    + (SELECT sum(pg_stat_get_xact_tuples_returned(indexrelid))
        FROM pg_index WHERE indrelid = 'lead'::regclass) AS rows
"""


async def walk(company: Company, walks: Walks) -> int:
    in_flight = InFlight(company.database, LOOP)
    return await assign_waiting(company.database, in_flight, walks, clock=lambda: company.now)


async def park(company: Company, *, reason: str, number: int = PARKED) -> None:
    await company.rows(_PARK, number=number, now=company.now, reason=reason)


async def test_ten_thousand_leads_without_room_cost_a_tick_one_statement_and_few_rows(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    await company.manager(capacity=1)
    await company.inquire()
    await park(company, reason="no_room")
    statements = []
    execute = Session.execute

    async def counted(self: Session, statement: Any, parameters: Any = None) -> Any:
        statements.append(str(statement))
        return await execute(self, statement, parameters)

    monkeypatch.setattr(Session, "execute", counted)
    assert await walk(company, Walks()) == 0
    monkeypatch.undo()
    assert len(statements) == 1
    async with transaction(company.database) as session:
        assert len(await list_waiting_pools(session, now=company.now)) == 1
        assert await session.scalar(_READ) <= 10
    await company.perform("decline", (await company.leads(waiting="false"))[0])
    assert await walk(company, Walks()) > 1, "now there is room, and the queue is walked"


async def test_what_nobody_can_serve_is_walked_again_only_when_something_is_gained(
    company: Company,
) -> None:
    anna = await company.manager(skills={"ru": 1}, capacity=2)
    await company.pool("default", policy={"match_language": True})
    await company.inquire("german", language="de")
    walks = Walks()
    assert await walk(company, walks) == 1
    assert await walk(company, walks) == 0, "nothing has changed"
    await company.inquire("russian", language="ru")
    assert await walk(company, walks) == 0, "there is less than there was"
    body = {"name": "Анна Петрова", "capacity": 2, "skills": {"ru": 1, "de": 1}}
    assert (await company.ask("PUT", f"/v1/managers/{anna}", json=body)).status_code == 200
    assert await walk(company, walks) == 1
    assert not await company.leads(waiting="true")
    await company.check()


async def test_room_that_was_gone_when_a_lead_was_judged_is_gained_when_it_is_back(
    company: Company,
) -> None:
    """The room at the last walk is not what counts, but the least at which anybody was judged."""
    anna = await company.manager(skills={"ru": 1}, capacity=1)
    await company.pool("default", policy={"match_language": True})
    await company.inquire("german", language="de")
    walks = Walks()
    assert await walk(company, walks) == 1
    first = await company.inquire("first", language="ru")
    second = await company.inquire("second", language="ru")
    assert await walk(company, walks) == 1, "the new one alone: it finds no room"
    await company.perform("lost", await company.perform("accept", first), loss_reason="no")
    await walk(company, walks)
    assert (await company.lead(second["lead_id"]))["owner_id"] == str(anna)
    await company.check()


async def test_a_queue_with_room_is_walked_once_in_a_while_whatever_is_remembered(
    company: Company,
) -> None:
    await company.manager(skills={"ru": 1})
    await company.pool("default", policy={"match_language": True})
    await company.inquire("german", language="de")
    walks = Walks()
    assert await walk(company, walks) == 1
    company.now += WALK_AGAIN - timedelta(seconds=1)
    assert await walk(company, walks) == 0
    company.pass_time(seconds=1)
    assert await walk(company, walks) == 1


async def test_a_lead_that_somebody_had_in_hand_is_looked_at_again(company: Company) -> None:
    lead = await company.inquire()
    await company.assign()
    anna = await company.manager()
    walks = Walks()
    async with transaction(company.database) as session:
        await session.execute(
            "SELECT FROM lead WHERE lead_id = :id FOR UPDATE", {"id": lead["lead_id"]}
        )
        await walk(company, walks)
    assert (await company.lead(lead["lead_id"]))["owner_id"] is None
    await walk(company, walks)
    assert (await company.lead(lead["lead_id"]))["owner_id"] == str(anna)


async def test_many_that_are_set_aside_neither_wait_nor_are_walked(company: Company) -> None:
    anna = await company.manager()
    await park(company, reason="failed")
    assert await company.assign() == 0
    assert (await company.inquire())["owner_id"] == str(anna)


async def test_a_walk_that_is_broken_off_is_walked_again_at_once(company: Company) -> None:
    """By an outage, or with the lease: this process may lead again within the minute."""
    anna = await company.manager(capacity=1)
    owned = await company.assigned("first")
    lead = await company.inquire("second")
    walks = Walks()
    await walk(company, walks)
    await company.perform("won", await company.perform("accept", owned), amount=1, currency="RUB")
    in_flight = CutOff(company.database, LOOP)
    with pytest.raises(asyncio.CancelledError):
        await assign_waiting(company.database, in_flight, walks, clock=lambda: company.now)
    assert (await company.lead(lead["lead_id"]))["owner_id"] is None
    await walk(company, walks)
    assert (await company.lead(lead["lead_id"]))["owner_id"] == str(anna)
