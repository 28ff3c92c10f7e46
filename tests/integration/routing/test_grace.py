"""Who goes away gives back what they had not accepted, after a time of grace and without blame."""

from typing import Any

import pytest

from tests.integration.routing.harness import Company


async def lead_of(company: Company, lead: Any) -> Any:
    return await company.lead(lead["lead_id"])


async def patient(company: Company, **policy: Any) -> None:
    """Leases last longer than the grace."""
    await company.pool("default", policy={"accept_seconds": 3600, "touch_seconds": 7200, **policy})


@pytest.mark.parametrize("status", ["offline", "away"])
async def test_whoever_is_away_returns_what_they_had_not_accepted(
    company: Company, status: str
) -> None:
    anna = await company.manager("Anna")
    await patient(company)
    lead = await company.assigned("one")
    accepted = await company.perform("accept", await company.assigned("two"))
    company.pass_time(seconds=10)
    await company.status(anna, status)
    company.pass_time(seconds=299)
    await company.tick()
    assert (await lead_of(company, lead))["owner_id"] == str(anna)
    company.pass_time(seconds=1)
    await company.tick()
    waiting = await lead_of(company, lead)
    assert (waiting["owner_id"], waiting["hops"], waiting["version"]) == (
        None,
        0,
        lead["version"] + 1,
    )
    assert (await lead_of(company, accepted))["owner_id"] == str(anna)
    assert (await company.emitted(lead["lead_id"]))[-1] == "lead.returned"
    [row] = await company.rows("SELECT outcome FROM assignment WHERE ended_at IS NOT NULL")
    assert row["outcome"] == "returned_offline"
    await company.status(anna, "online")
    await company.assign()
    again = await lead_of(company, lead)
    assert (again["owner_id"], again["round"]) == (str(anna), 1), "nobody was passed over"
    await company.check()


async def test_back_in_time_nothing_happens(company: Company) -> None:
    anna = await company.manager("Anna")
    await patient(company)
    lead = await company.assigned()
    await company.status(anna, "offline")
    company.pass_time(seconds=200)
    await company.tick()
    await company.status(anna, "busy")
    company.pass_time(seconds=50)
    await company.status(anna, "away")
    company.pass_time(seconds=100)
    await company.tick()
    assert await lead_of(company, lead) == lead
    company.pass_time(seconds=200)
    await company.tick()
    assert (await lead_of(company, lead))["owner_id"] is None


async def test_the_end_of_a_shift_counts_as_going_away(company: Company) -> None:
    anna = await company.manager("Anna")
    await patient(company, offline_grace_seconds=60)
    lead = await company.assigned()
    off = "UPDATE manager SET duty = 'off' WHERE manager_id = :id RETURNING 1"
    await company.rows(off, id=anna)
    await company.tick()
    company.pass_time(seconds=60)
    await company.tick()
    assert (await lead_of(company, lead))["owner_id"] is None
    await company.check()


async def test_a_status_that_runs_out_counts_as_going_away(company: Company) -> None:
    anna = await company.manager("Anna", status=None)
    await patient(company)
    await company.status(anna, "online", ttl_seconds=60)
    lead = await company.assigned()
    company.pass_time(seconds=60)
    await company.tick()
    company.pass_time(seconds=300)
    await company.tick()
    assert (await lead_of(company, lead))["owner_id"] is None


async def test_what_a_supervisor_gives_to_somebody_away_stays(company: Company) -> None:
    anna = await company.manager("Anna", status="away")
    await patient(company)
    lead = await company.inquire()
    company.pass_time(seconds=10)
    await company.tick()
    lead = await company.perform("reassign", lead, role="supervisor", manager_id=str(anna))
    company.pass_time(minutes=30)
    await company.tick()
    assert (await lead_of(company, lead))["owner_id"] == str(anna)


async def test_after_our_own_absence_the_grace_begins_anew(company: Company) -> None:
    anna = await company.manager("Anna")
    boris = await company.manager("Boris", status="away")
    await patient(company)
    lead = await company.assigned("one")
    other = await company.inquire("two")
    await company.status(boris, "online")
    other = await company.perform("reassign", other, role="supervisor", manager_id=str(boris))
    await company.tick()
    await company.status(boris, "offline")
    company.pass_time(seconds=100)
    await company.tick()
    await company.status(anna, "offline")  # while the timers are away
    company.pass_time(minutes=40)
    await company.tick(away=True)
    company.pass_time(seconds=199)
    await company.tick()
    assert (await lead_of(company, other))["owner_id"] == str(boris)
    company.pass_time(seconds=1)
    await company.tick()
    assert (await lead_of(company, other))["owner_id"] is None, "of its grace 200 s were left"
    assert (await lead_of(company, lead))["owner_id"] == str(anna)
    company.pass_time(seconds=100)
    await company.tick()
    assert (await lead_of(company, lead))["owner_id"] is None
    await company.check()
