"""Duty passes its edges, leads follow duty, and deadlines run in working time."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.routing.use_cases.calendars import duties
from tests.integration.routing.harness import Company
from tests.integration.routing.test_calendars import OFFICE, put

EVENING = datetime.fromisoformat("2026-03-06T14:58:00Z")  # Friday, two minutes before six


async def at(company: Company, moment: datetime | str) -> None:
    """The timers served all the time until this moment."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    company.now = moment
    await company.tick()


async def online(company: Company, **fields: Any) -> UUID:
    manager_id = await company.manager(**fields)
    await company.status(manager_id, "online", ttl_seconds=30 * 86_400)
    return manager_id


async def test_an_edge_is_passed_and_the_assigner_wakes(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await online(company)
    edges: list[tuple[datetime, list[UUID]]] = []

    async def settle(_session: Any, manager_ids: list[UUID], *, now: datetime) -> None:
        edges.append((now, list(manager_ids)))

    await put(company, anna, OFFICE)
    monkeypatch.setattr(duties, "settle_presence", settle)
    await at(company, "2026-03-02T15:00:00Z")
    manager = await company.get(f"/v1/managers/{anna}")
    assert (manager["duty"], manager["duty_until"]) == ("off", "2026-03-03T06:00:00Z")
    lead = await company.inquire()
    await company.assign()
    waiting = await company.lead(lead["lead_id"])
    assert (waiting["parked_reason"], waiting["parked_until"]) == (
        "nobody_on_duty",
        "2026-03-03T06:00:00Z",
    )
    [event] = await company.rows(
        "SELECT payload FROM journal WHERE type = 'lead.parked.v1' AND key = :key",
        key=lead["lead_id"],
    )
    assert "2026-03-03T06:00:00Z" in str(event["payload"])
    await at(company, "2026-03-03T06:00:00Z")
    await company.assign()
    assert (await company.lead(lead["lead_id"]))["owner_id"] == str(anna)
    assert edges == [
        (datetime.fromisoformat("2026-03-02T15:00:00Z"), [anna]),
        (datetime.fromisoformat("2026-03-03T06:00:00Z"), [anna]),
    ]
    await company.check()


async def test_edges_that_nobody_saw_are_jumped_over(company: Company) -> None:
    anna = await online(company)
    await put(company, anna, OFFICE)
    company.now = datetime.fromisoformat("2026-05-20T10:30:00Z")
    await company.tick(away=True)
    manager = await company.get(f"/v1/managers/{anna}")
    assert (manager["duty"], manager["duty_until"]) == ("off", "2026-05-20T11:00:00Z")
    [row] = await company.rows(
        "SELECT next_shift_at, duty_plan FROM manager WHERE manager_id = :id", id=anna
    )
    assert row["next_shift_at"] == datetime.fromisoformat("2026-05-20T11:00:00Z")


async def test_more_managers_than_one_batch_pass_their_edges(company: Company) -> None:
    await company.rows(
        """INSERT INTO manager (manager_id, name, capacity_milli, time_zone, skills, duty_until)
        SELECT gen_random_uuid(), '', 1000, 'UTC', '{}', :past FROM generate_series(1, 1100)
        RETURNING manager_id""",
        past=company.now - timedelta(hours=1),
    )
    await company.tick()
    assert not await company.rows("SELECT 1 FROM manager WHERE duty_until IS NOT NULL")


async def test_deadlines_run_in_working_time(company: Company) -> None:
    anna = await online(company)
    await put(company, anna, {**OFFICE, "holidays": ["ru"]})
    company.now = EVENING
    await company.tick()
    lead = await company.assigned()
    # The Monday after is a holiday, so the three minutes that are left run on Tuesday.
    assert lead["accept_by"] == "2026-03-10T06:03:00Z"
    assert lead["first_touch_by"] == "2026-03-10T06:28:00Z"
    await at(company, "2026-03-10T06:02:00Z")
    assert (await company.lead(lead["lead_id"]))["owner_id"] == str(anna)
    await at(company, "2026-03-10T06:03:00Z")
    assert (await company.lead(lead["lead_id"]))["owner_id"] is None
    await company.check()


async def test_a_pool_may_have_plain_time(company: Company) -> None:
    anna = await online(company)
    await put(company, anna, OFFICE)
    await company.pool("default", policy={"business_time": False})
    company.now = EVENING
    await company.tick()
    lead = await company.assigned()
    assert lead["accept_by"] == "2026-03-06T15:03:00Z"


async def test_a_term_beyond_the_plan_is_found_by_the_calendar(company: Company) -> None:
    anna = await online(company)
    await put(company, anna, OFFICE)
    await company.pool("default", policy={"touch_seconds": 40 * 8 * 3600})
    company.now = EVENING
    await company.tick()
    lead = await company.assigned()
    assert lead["first_touch_by"] == "2026-05-01T14:58:00Z"


async def test_a_changed_calendar_keeps_what_was_left(company: Company) -> None:
    anna = await online(company)
    await put(company, anna, OFFICE)
    company.now = EVENING
    await company.tick()
    lead = await company.assigned()
    accepted = await company.perform("accept", await company.assigned("other"))
    company.pass_time(minutes=1)
    longer = {**OFFICE, "shifts": [{**OFFICE["shifts"][0], "to": "18:01"}]}
    await put(company, anna, longer)
    moved = await company.lead(lead["lead_id"])
    assert moved["accept_by"] == "2026-03-09T06:02:00Z"
    assert moved["version"] == lead["version"]
    met = await company.lead(accepted["lead_id"])
    assert met["accept_by"] == accepted["accept_by"], "it is met"
    assert met["first_touch_by"] == "2026-03-09T06:27:00Z"
    answer = await company.ask("DELETE", f"/v1/managers/{anna}/calendar")
    assert answer.status_code == 204
    assert (await company.lead(lead["lead_id"]))["accept_by"] == "2026-03-06T15:03:00Z"


async def test_our_own_absence_takes_no_working_time(company: Company) -> None:
    anna = await online(company)
    await put(company, anna, OFFICE)
    company.now = EVENING
    await company.tick()
    lead = await company.assigned()
    company.pass_time(hours=1)
    await company.tick(away=True)
    found = await company.lead(lead["lead_id"])
    assert found["owner_id"] == str(anna)
    assert found["accept_by"] == "2026-03-09T06:05:00Z", "all five minutes are left"
