"""Leads weigh what their stage, their priority and the time since their last touch say; whatever
they weigh, no manager comes above their capacity.
"""

from typing import Any
from uuid import UUID

import pytest

from services.routing.repository.pools import reweighing
from services.routing.use_cases.pools import weigh
from tests.integration.routing.harness import Company

DAY = {"accept_seconds": 86_400, "touch_seconds": 86_400, "business_time": False}
FADES = {**DAY, "fading": [{"after_hours": 24, "factor": 0.5}, {"after_hours": 48, "factor": 0.1}]}


async def the_pool(company: Company, **policy: Any) -> None:
    await company.pool("default", policy={**DAY, **policy})


async def reserved(company: Company, manager_id: UUID) -> float:
    load = await company.get("/v1/load")
    reserved_by_id = {item["manager_id"]: item["reserved"] for item in load["managers"]}
    return float(reserved_by_id[str(manager_id)])


async def taken(company: Company, who: str, **more: Any) -> Any:
    """A lead that its owner has accepted and touched."""
    lead = await company.perform("accept", await company.assigned(who, **more))
    await company.act(lead)
    return lead


async def test_a_change_of_stage_changes_lease_and_reservation(company: Company) -> None:
    anna = await company.manager(capacity=10)
    await the_pool(company, units={"form": 2}, stage_units={"offer": 1.5, "contract": 0.5})
    lead = await company.perform("accept", await company.assigned())
    assert await reserved(company, anna) == 2

    lead = await company.perform("stage", lead, stage="offer")
    assert (lead["work_units"], await reserved(company, anna)) == (3, 3)
    lead = await company.perform("stage", lead, stage="contract")
    assert (lead["work_units"], await reserved(company, anna)) == (1, 1)
    await company.check()


async def test_a_rise_takes_the_room_there_is_and_no_more(company: Company) -> None:
    anna = await company.manager(capacity=3)
    await the_pool(company, stage_units={"offer": 5})
    first = await company.perform("accept", await company.assigned("a"))
    await company.assigned("b")

    first = await company.perform("stage", first, stage="offer")
    assert (first["work_units"], await reserved(company, anna)) == (2, 3)
    await company.ask("PUT", f"/v1/managers/{anna}", json={"name": "Anna", "capacity": 1})
    first = await company.perform("stage", first, stage="negotiation")
    first = await company.perform("stage", first, stage="offer")
    assert (first["work_units"], await reserved(company, anna)) == (1, 2)
    await company.check()


async def test_what_nobody_touches_fades_and_makes_room(company: Company) -> None:
    anna = await company.manager(capacity=1)
    await company.pool("default", policy={**FADES, "units": {"form": 0.6}})
    lead = await taken(company, "a")
    other = await company.inquire("b")
    await company.assign()
    assert (await company.lead(other["lead_id"]))["owner_id"] is None

    company.pass_time(hours=23)
    await company.tick()
    assert await reserved(company, anna) == 0.6
    company.pass_time(hours=1)
    await company.status(anna, "online")
    await company.tick()
    assert await reserved(company, anna) == 0.3
    assert (await company.lead(lead["lead_id"]))["work_units"] == 0.3
    await company.assign()
    assert (await company.lead(other["lead_id"]))["owner_id"] == str(anna)
    company.pass_time(hours=23, minutes=59)
    await company.check()


async def test_a_touch_gives_its_full_weight_back(company: Company) -> None:
    anna = await company.manager(capacity=2)
    await company.pool("default", policy=FADES)
    lead = await taken(company, "a")
    for hours, units in ((24, 0.5), (24, 0.1)):
        company.pass_time(hours=hours)
        await company.tick()
        assert await reserved(company, anna) == units

    await company.act(lead)
    await company.tick()
    assert await reserved(company, anna) == 1
    company.pass_time(hours=24)
    await company.tick()
    assert await reserved(company, anna) == 0.5
    await company.inquire("a")  # the customer calls for work again
    await company.tick()
    assert await reserved(company, anna) == 1
    [row] = await company.rows("SELECT last_touch_at FROM lead")
    assert row.last_touch_at < company.now
    await company.check()


async def test_whoever_gets_a_faded_lead_gets_it_whole(company: Company) -> None:
    anna = await company.manager()
    await company.pool("default", policy=FADES)
    lead = await taken(company, "a")
    company.pass_time(hours=30)
    await company.tick()
    berta = await company.manager("Berta")
    lead = await company.lead(lead["lead_id"])
    lead = await company.perform("reassign", lead, role="supervisor", manager_id=str(berta))
    assert (lead["work_units"], await reserved(company, berta)) == (1, 1)
    assert await reserved(company, anna) == 0

    lead = await company.perform("accept", lead)
    company.pass_time(hours=24)
    await company.act(lead)
    company.pass_time(hours=24)
    await company.tick()
    assert await reserved(company, berta) == 0.5
    lead = await company.perform("return", await company.lead(lead["lead_id"]))
    assert lead["work_units"] == 1
    await company.check()


async def test_a_rise_of_priority_weighs_waiting_leads_at_once_and_others_soon(
    company: Company,
) -> None:
    await the_pool(company, priority_units={"high": 3})
    waiting = await company.inquire("a")
    waiting = await company.inquire("a", priority_class="high")
    assert waiting["work_units"] == 3

    anna = await company.manager(capacity=5)
    await company.assign()
    await company.inquire("b")
    await company.assign()
    assert await reserved(company, anna) == 4
    lead = await company.inquire("b", priority_class="high")
    await company.tick()
    assert (await company.lead(lead["lead_id"]))["work_units"] == 2
    assert await reserved(company, anna) == 5
    await company.check()


async def test_a_new_policy_weighs_all_open_leads_in_pages(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reweighing, "PAGE", 3)
    monkeypatch.setattr(weigh, "BATCH", 2)
    anna = await company.manager(capacity=2)
    await the_pool(company)
    for name in "abcdefgh":
        await company.inquire(name, priority_class="low")
    await company.assign()

    await the_pool(company, units={"form": 0.5}, ageing_seconds=60)
    for _ in range(3):
        await company.tick()
    rows = await company.rows(
        "SELECT owner_id, units_milli, full_units_milli, queue_at - received_at AS late FROM lead"
    )
    assert sum(row.owner_id == anna for row in rows) == 2
    assert {(row.units_milli, row.full_units_milli) for row in rows} == {(500, 500)}
    assert {row.late.total_seconds() for row in rows} == {120}
    assert await reserved(company, anna) == 1
    assert not await company.rows("SELECT FROM pool WHERE reweigh_below IS NOT NULL")
    await company.check()


async def test_many_leases_fade_in_bounded_rounds(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weigh, "BATCH", 2)
    monkeypatch.setattr(weigh, "BATCHES", 2)
    anna = await company.manager(capacity=20)
    await company.pool("default", policy=FADES)
    for name in range(9):
        await taken(company, f"c{name}")
    company.pass_time(hours=24)
    for units in (7, 5, 4.5):
        await company.tick()
        assert await reserved(company, anna) == units
    await company.check()
