"""On shift, then on call, then the supervisors, then an alarm: and each at its moment."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from services.routing.repository.queue import list_waiting_pools
from services.routing.repository.rooms import lock_rooms
from services.routing.use_cases.assign import LOOP, assign_waiting
from services.routing.use_cases.gauges import show_counts
from services.routing.use_cases.walks import Walks
from shared.database import transaction
from shared.observability.metrics import metrics_of
from shared.runtime.in_flight import InFlight
from tests.integration.routing.harness import Company

QUARTER = 900


async def duty(company: Company, manager_id: UUID, kind: str) -> None:
    """As the calendar sets it."""
    await company.rows(
        "UPDATE manager SET duty = :kind WHERE manager_id = :id RETURNING 1",
        kind=kind, id=manager_id,
    )  # fmt: skip


async def on_call(company: Company, **fields: Any) -> UUID:
    manager_id = await company.manager("On call", status=None, **fields)
    await duty(company, manager_id, "on_call")
    return manager_id


async def supervised(company: Company, **policy: Any) -> UUID:
    """The default pool with a supervisor, who is no member of it."""
    boss = await company.manager("Supervisor", status=None, pools=[])
    await company.pool("default", supervisor_ids=[str(boss)], policy=policy)
    return boss


async def tier_of(company: Company, lead: Any) -> str:
    rows = await company.rows(
        "SELECT tier FROM assignment WHERE lead_id = :id AND ended_at IS NULL",
        id=UUID(lead["lead_id"]),
    )
    return str(rows[0]["tier"])


async def owner(company: Company, lead: Any) -> str | None:
    found = await company.lead(lead["lead_id"])
    return None if found["owner_id"] is None else str(found["owner_id"])


async def test_where_nobody_is_on_shift_the_next_tier_is_asked_at_once(company: Company) -> None:
    boss = await supervised(company)
    standby = await on_call(company, capacity=1)
    first, second = await company.inquire("first"), await company.inquire("second")
    assert (first["owner_id"], await tier_of(company, first)) == (str(standby), "on_call")
    assert second["owner_id"] is None, "whoever is on call has no room, but is able to take it"
    company.pass_time(seconds=QUARTER)
    await company.watch()
    await company.assign()
    assert await owner(company, second) == str(boss)
    assert await tier_of(company, second) == "supervisor"
    await company.check()


async def test_a_lead_without_room_goes_further_at_its_moment_and_not_before(
    company: Company,
) -> None:
    """The assigner looks again then, although nothing has been gained."""
    boss = await supervised(company, escalate_seconds=QUARTER)
    await company.manager("On shift", capacity=1)
    standby = await on_call(company, capacity=1)
    await company.inquire("has the shift")
    leads = [await company.inquire(number) for number in range(2)]
    walks, in_flight = Walks(), InFlight(company.database, LOOP)

    async def look() -> list[str | None]:
        await company.watch()
        await assign_waiting(company.database, in_flight, walks, clock=lambda: company.now)
        return [await owner(company, lead) for lead in leads]

    assert await look() == [None, None]
    assert (await company.lead(leads[0]["lead_id"]))["parked_reason"] == "no_room"
    company.pass_time(seconds=QUARTER - 1)
    assert await look() == [None, None]
    # So that it is not walked for its age.
    walks.by_pool = {key: replace(walk, at=company.now) for key, walk in walks.by_pool.items()}
    company.pass_time(seconds=1)
    assert await look() == [str(standby), None]
    company.pass_time(seconds=QUARTER)
    assert await look() == [str(standby), str(boss)]
    await company.check()


async def test_a_new_wait_begins_when_an_owner_lets_the_lead_go(company: Company) -> None:
    await supervised(company)
    anna = await company.manager(capacity=1)
    lead = await company.inquire()
    company.pass_time(hours=5)
    await company.watch()
    event = company.inquiry("comes first", received_at=company.now - timedelta(hours=6))
    await company.consume(event)
    other = await company.lead_of(event.inquiry_id)
    await company.perform("decline", await company.lead(lead["lead_id"]))
    await company.assign()
    assert await owner(company, other) == str(anna)
    assert await owner(company, lead) is None, "it has waited for no time at all"
    company.pass_time(seconds=QUARTER)
    await company.watch()
    await company.assign()
    assert await owner(company, lead) is not None
    assert await tier_of(company, lead) == "supervisor"


async def test_a_supervisor_on_duty_takes_only_what_nobody_else_can(company: Company) -> None:
    boss = await supervised(company)
    await company.status(boss, "online")
    anna = await company.manager(capacity=2)
    leads = [await company.inquire(str(number)) for number in range(3)]
    await company.assign()
    owners = [await owner(company, lead) for lead in leads]
    assert owners == [str(anna), str(anna), None], "the third waits for room"
    company.pass_time(seconds=QUARTER)
    await company.watch()
    await company.assign()
    assert await owner(company, leads[2]) == str(boss)
    assert await tier_of(company, leads[2]) == "supervisor"


@pytest.mark.parametrize("tiers", [{"on_call": False}, {"supervisor": False}])
async def test_a_tier_can_be_switched_off(company: Company, tiers: dict[str, bool]) -> None:
    boss = await supervised(company, **tiers)
    standby = await on_call(company)
    lead = await company.inquire()
    assert lead["owner_id"] == str(boss if "on_call" in tiers else standby)


async def test_nobody_at_all_is_an_alarm(company: Company) -> None:
    anna = await company.manager(status="away")
    lead = await company.inquire()
    with capture_logs() as lines:
        await company.assign()
    assert [line["reason"] for line in lines if line["event"] == "lead.nobody"] == [
        "nobody_on_duty"
    ]
    assert (await company.lead(lead["lead_id"]))["parked_reason"] == "nobody_on_duty"
    assert await company.emitted(lead["lead_id"]) == ["lead.opened", "lead.parked"]
    async with transaction(company.database) as session:
        await show_counts(session)
    gauge = metrics_of("routing").parked_leads.labels("routing", "nobody_on_duty")
    assert gauge._value.get() == 1
    await company.status(anna, "online")
    await company.assign()
    assert await owner(company, lead) == str(anna)


async def test_the_use_of_each_tier_is_counted(company: Company) -> None:
    counters = {
        tier: metrics_of("routing").assignments.labels("routing", tier)
        for tier in ("shift", "on_call", "supervisor", "named")
    }
    before = {tier: counter._value.get() for tier, counter in counters.items()}
    await supervised(company)
    anna = await company.manager(capacity=1)
    await on_call(company, capacity=1)
    leads = [await company.inquire(number) for number in range(3)]
    for _ in range(2):
        company.pass_time(seconds=QUARTER)
        await company.watch()
        await company.assign()
    await company.perform("decline", await company.lead(leads[0]["lead_id"]))
    lead = await company.lead(leads[0]["lead_id"])
    await company.perform("reassign", lead, role="supervisor", manager_id=str(anna))
    after = {tier: counter._value.get() for tier, counter in counters.items()}
    assert {tier: after[tier] - before[tier] for tier in after} == dict.fromkeys(counters, 1)


async def test_the_look_for_room_sees_the_tiers_that_decisions_see(company: Company) -> None:
    """The one is SQL, the other Python. Supervisors who are no members are of each kind too."""
    kinds = list(
        product(("online", "busy", "away", "offline"), ("shift", "on_call", "off"), (0, 60))
    )
    of_all = [*kinds, *(kind for kind in kinds if kind[-1])]
    managers = [await company.manager(str(kind), status=None) for kind in of_all]
    for manager_id, (status, kind, seconds) in zip(managers, of_all, strict=True):
        await company.rows(
            """UPDATE manager SET status = :status, duty = :duty, status_until = :until
            WHERE manager_id = :id RETURNING 1""",
            status=status, duty=kind, until=company.now + timedelta(seconds=seconds),
            id=manager_id,
        )  # fmt: skip
    ids = [str(manager_id) for manager_id in managers]
    members, outsiders = ids[: len(kinds)], ids[len(kinds) :]
    await company.pool("waits", manager_ids=members, supervisor_ids=[members[-1], *outsiders])
    await company.rows(
        """UPDATE manager SET left_at = :now WHERE status = 'online' AND duty = 'shift'
            AND status_until = :now RETURNING 1""",
        now=company.now,
    )
    event = company.inquiry(pool="waits", received_at=company.now - timedelta(minutes=1))
    await company.consume(event)
    async with transaction(company.database) as session:
        (pool,) = await list_waiting_pools(session, now=company.now)
        rooms = await lock_rooms(session, ["waits"], glance=0, now=company.now)
    candidates = rooms["waits"].candidates(at=company.now)
    assert {key: desk.tier for key, desk in pool.standing.desks.items()} == {
        item.manager_id: item.tier for item in candidates if item.tier is not None
    }
    assert {desk.tier for desk in pool.standing.desks.values()} == {0, 1, 2}
