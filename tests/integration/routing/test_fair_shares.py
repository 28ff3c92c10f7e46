"""Work is shared by weight; absences and beginnings are neither made good at once nor held against
anybody.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from tests.integration.routing.harness import Company

FAIR = {"score": {"load": 0.0, "fairness": 1.0, "fit": 0.0, "plan": 0.0}, "matching_from": 0}


async def received(company: Company) -> dict[UUID, float]:
    rows = await company.rows("SELECT manager_id, received_milli FROM manager")
    return {row["manager_id"]: row["received_milli"] for row in rows}


async def serve(company: Company, number: int, name: str) -> Counter[UUID]:
    """So many leads come, one a second; who got how many."""
    owners: Counter[UUID] = Counter()
    for turn in range(number):
        company.pass_time(seconds=1)
        lead = await company.inquire((name, turn))
        assert lead["owner_id"] is not None
        owners[UUID(lead["owner_id"])] += 1
    return owners


async def present(company: Company, manager_ids: Sequence[UUID]) -> None:
    """They stay for days."""
    for manager_id in manager_ids:
        await company.status(manager_id, "online", ttl_seconds=500_000)


async def a_day_later(company: Company) -> None:
    company.pass_time(days=1)
    await company.watch()


async def test_received_work_is_what_was_given_and_fades(company: Company) -> None:
    await company.pool("default", policy={"fairness_hours": 24, "units": {"form": 2}})
    anna = await company.manager(capacity=100)
    await company.status(anna, "online", ttl_seconds=100_000)
    await company.inquire("first")
    assert await received(company) == {anna: 2000}
    company.pass_time(hours=24)
    await company.watch()
    await company.inquire("second")
    assert await received(company) == {anna: pytest.approx(3000)}
    rows = await company.rows("SELECT received FROM decision_batch ORDER BY at")
    assert [row["received"] for row in rows] == [[0], [1000]], "as decided by"


async def test_shares_follow_the_weights(company: Company) -> None:
    await company.pool("default", policy=FAIR)
    heavy = await company.manager("Heavy", capacity=1000, weight=3)
    light = await company.manager("Light", capacity=1000, weight=1)
    owners = await serve(company, 40, "fair")
    assert abs(owners[heavy] - 30) <= 1
    assert abs(owners[light] - 10) <= 1


async def test_a_newcomer_is_not_flooded(company: Company) -> None:
    await company.pool("default", policy=FAIR)
    others = [await company.manager(str(number), capacity=1000) for number in range(2)]
    await serve(company, 40, "before")
    new = await company.manager("New", capacity=1000)
    assert (await received(company))[new] == pytest.approx(20_000, rel=1e-3)
    owners = await serve(company, 12, "after")
    assert max(owners.values()) <= 5, owners
    assert set(owners) == {new, *others}


async def test_whoever_was_away_gets_their_share_from_then_on(company: Company) -> None:
    await company.pool("default", policy=FAIR)
    managers = [await company.manager(str(number), capacity=1000) for number in range(3)]
    await present(company, managers)
    await serve(company, 30, "together")
    await company.status(managers[0], "away")
    await serve(company, 40, "without")
    await a_day_later(company)
    await company.status(managers[0], "online")
    owners = await serve(company, 12, "again")
    assert sorted(owners.values()) in ([3, 4, 5], [4, 4, 4]), owners
    amounts = await received(company)
    assert max(amounts.values()) - min(amounts.values()) <= 2000


async def test_what_came_while_away_counts(company: Company) -> None:
    """As on call, or named by a supervisor."""
    await company.pool("default", policy=FAIR)
    managers = [await company.manager(str(number), capacity=1000) for number in range(3)]
    await present(company, managers)
    await serve(company, 30, "together")
    await company.status(managers[0], "away")
    leads = await company.leads(owner=str(managers[1]))
    for lead in leads[:6]:
        await company.perform("reassign", lead, role="supervisor", manager_id=str(managers[0]))
    await serve(company, 20, "without")
    await a_day_later(company)
    await company.status(managers[0], "online")
    owners = await serve(company, 6, "again")
    assert owners[managers[0]] == 0, "six more than their share"


async def test_a_status_that_runs_out_is_an_absence_too(company: Company) -> None:
    await company.pool("default", policy=FAIR)
    managers = [await company.manager(str(number), capacity=1000) for number in range(2)]
    await present(company, managers)
    await company.status(managers[0], "online", ttl_seconds=60)
    await serve(company, 10, "together")
    company.pass_time(seconds=61)
    await company.tick()
    await serve(company, 30, "without")
    await a_day_later(company)
    await company.status(managers[0], "online")
    owners = await serve(company, 10, "again")
    assert abs(owners[managers[0]] - 5) <= 1


async def test_another_weight_begins_with_the_same_share(company: Company) -> None:
    await company.pool("default", policy=FAIR)
    anna = await company.manager("Анна", capacity=1000)
    boris = await company.manager("Борис", capacity=1000)
    await serve(company, 20, "before")
    body: dict[str, Any] = {"name": "Анна", "capacity": 1000, "weight": 2}
    assert (await company.ask("PUT", f"/v1/managers/{anna}", json=body)).status_code == 200
    owners = await serve(company, 9, "after")
    assert (owners[anna], owners[boris]) == (6, 3)
