"""Nobody gets more leads in an hour or a day than their limits say, whoever assigns."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.routing.use_cases.assign import LOOP, assign_waiting
from services.routing.use_cases.walks import Walks
from shared.runtime.in_flight import InFlight
from tests.integration.routing.harness import Company


async def number_of(company: Company, manager_id: UUID) -> int:
    rows = await company.rows(
        "SELECT count(*) AS number FROM lead WHERE owner_id = :id", id=manager_id
    )
    return int(rows[0]["number"])


async def test_limits_of_an_hour_and_a_day_hold_in_batches_and_one_by_one(
    company: Company,
) -> None:
    anna = await company.manager(capacity=100, hourly_limit=3, daily_limit=4)
    await company.status(anna, "online", ttl_seconds=100_000)
    await company.consume(*(company.inquiry(number) for number in range(5)))
    assert await number_of(company, anna) == 3
    lead = await company.inquire("one more")
    assert lead["owner_id"] is None
    await company.assign()
    assert (await company.lead(lead["lead_id"]))["parked_reason"] == "limit_reached"
    company.pass_time(minutes=60)
    await company.watch()
    await company.assign()
    assert await number_of(company, anna) == 4, "the hour allows three, the day one more"
    company.pass_time(hours=23)
    await company.watch()
    await company.assign()
    assert await number_of(company, anna) == 6
    await company.check()


async def test_an_allowance_that_returns_is_noticed_by_itself(company: Company) -> None:
    """No event tells of it, and the queue is not walked before."""
    await company.pool("default", policy={"match": ["language"]})
    anna = await company.manager(capacity=100, hourly_limit=1, languages=["ru"])
    await company.manager("Has room, but is not able", languages=["de"])
    await company.inquire("first", language="ru")
    late = [await company.inquire(number, language="ru") for number in range(2)]
    walks, in_flight = Walks(), InFlight(company.database, LOOP)

    async def look() -> int:
        await company.watch()
        return await assign_waiting(company.database, in_flight, walks, clock=lambda: company.now)

    await look()
    assert await look() == 0
    company.pass_time(seconds=50)
    assert await look() == 0
    company.now += timedelta(minutes=59, seconds=10)
    # So that it is not walked for its age.
    walks.by_pool = {key: replace(walk, at=company.now) for key, walk in walks.by_pool.items()}
    assert await look() == 2
    assert (await company.lead(late[0]["lead_id"]))["owner_id"] == str(anna)
    assert (await company.lead(late[1]["lead_id"]))["parked_reason"] == "limit_reached"
    assert await look() <= 1
    assert await look() == 0, "it is not walked again and again"


async def test_a_fetch_for_two_pools_keeps_the_limit_of_their_common_member(
    company: Company,
) -> None:
    anna = str(await company.manager(hourly_limit=1))
    for key, channel in (("x", "call"), ("y", "email")):
        await company.pool(key, manager_ids=[anna], rules=[{"when": {"channel": [channel]}}])
    events = [company.inquiry(channel, channel=channel) for channel in ("call", "email")]
    await company.consume(*events)
    leads = [await company.lead_of(event.inquiry_id) for event in events]
    assert sorted([lead["owner_id"] or "" for lead in leads]) == ["", anna]


async def test_a_limit_of_nothing_is_nothing(company: Company) -> None:
    await company.manager(hourly_limit=0)
    anna: Any = await company.manager("Анна", daily_limit=1)
    assert (await company.inquire())["owner_id"] == str(anna)
    assert (await company.inquire("another"))["owner_id"] is None
    await company.check()
