"""Whoever waits is looked at again as soon as anything has changed by which somebody could take
them, and not only when the queue is next walked for its age.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.routing.use_cases.assign import LOOP, assign_waiting
from services.routing.use_cases.walks import Walks
from shared.runtime.in_flight import InFlight
from tests.integration.routing.harness import Company
from tests.integration.routing.test_tiers import on_call, supervised


@dataclass(eq=False)
class Assigner:
    """One that remembers its walks; between its rounds no time passes."""

    company: Company
    walks: Walks = field(default_factory=Walks)

    async def look(self) -> int:
        """Returns how many leads were read."""
        database = self.company.database
        await self.company.watch()
        return await assign_waiting(
            database, InFlight(database, LOOP), self.walks, clock=lambda: self.company.now
        )


async def owner(company: Company, lead: Any) -> str | None:
    found = await company.lead(lead["lead_id"])
    return None if found["owner_id"] is None else str(found["owner_id"])


async def had_all_they_may(company: Company, **fields: Any) -> UUID:
    """A manager of the default pool who has room and no allowance, since the limit is nothing."""
    return await company.manager("Had all they may", hourly_limit=0, **fields)


async def test_the_next_round_begins_once_whoever_is_at_their_limit_goes(company: Company) -> None:
    anna = await company.manager("Anna")
    boris = await had_all_they_may(company)
    assigner = Assigner(company)
    lead = await company.assigned()
    await company.perform("decline", lead)
    await assigner.look()
    assert await owner(company, lead) is None, "it waits for Boris, who had all he may"
    await company.status(boris, "away")
    await assigner.look()
    assert await owner(company, lead) == str(anna)


async def test_the_next_tier_is_asked_once_whoever_is_at_their_limit_goes(company: Company) -> None:
    standby = await on_call(company)
    boris = await had_all_they_may(company)
    assigner = Assigner(company)
    lead = await company.inquire()
    await assigner.look()
    assert (await company.lead(lead["lead_id"]))["parked_reason"] == "limit_reached"
    await company.status(boris, "away")
    await assigner.look()
    assert await owner(company, lead) == str(standby)


async def test_the_next_tier_is_asked_once_a_member_is_only_a_supervisor(company: Company) -> None:
    standby = await on_call(company)
    boss = await company.manager("Boss", capacity=1)
    members = [str(standby), str(boss)]
    await company.pool("default", supervisor_ids=[str(boss)], manager_ids=members)
    await company.inquire("has the boss")
    assigner = Assigner(company)
    lead = await company.inquire()
    await assigner.look()
    assert await owner(company, lead) is None, "the boss is on shift and able, and has no room"
    await company.pool("default", supervisor_ids=[str(boss)], manager_ids=members[:1])
    await assigner.look()
    assert await owner(company, lead) == str(standby)


async def test_a_supervisor_at_work_elsewhere_is_no_gain_again_and_again(company: Company) -> None:
    boss = await supervised(company)
    await company.status(boss, "online")
    await company.manager("Anna", capacity=1)
    assigner = Assigner(company)
    for number in range(2):
        await company.inquire(number)
    await assigner.look()
    assert await assigner.look() == 0


async def test_a_lead_that_weighs_less_while_it_waits_is_judged_anew(company: Company) -> None:
    await company.pool("default", policy={"match": ["language"], "units": {"call": 1.5}})
    anna = await company.manager("Anna", capacity=2, languages=["ru"])
    await company.inquire("has one unit of two", language="ru")
    await company.inquire("so light that the queue is walked", language="de")
    lead = await company.inquire("a call", language="ru", channel="call")
    assigner = Assigner(company)
    await company.pool("default", policy={"match": ["language"]})
    await assigner.look()
    assert await owner(company, lead) is None, "it weighs what it did"
    await company.tick()
    await assigner.look()
    assert await owner(company, lead) == str(anna)
