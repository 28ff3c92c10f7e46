"""Our own absence punishes nobody, and a clock that was set ends nothing."""

from tests.integration.routing.harness import Company


async def test_our_own_absence_moves_every_term(company: Company) -> None:
    anna = await company.manager()
    await company.tick()
    lead = await company.assigned()
    accepted = await company.perform("accept", await company.assigned("other"))
    company.pass_time(minutes=40)
    await company.tick(away=True)
    found = await company.lead(lead["lead_id"])
    assert found["owner_id"] == lead["owner_id"]
    assert found["accept_by"] == "2026-03-02T09:45:00Z"
    assert found["version"] == lead["version"]
    assert (await company.lead(accepted["lead_id"]))["first_touch_by"] == "2026-03-02T10:10:00Z"
    status = await company.get(f"/v1/managers/{anna}")
    assert status["status_until"] == "2026-03-02T21:40:00Z"


async def test_a_clock_that_was_set_moves_every_term_and_ends_none(company: Company) -> None:
    anna = await company.manager()
    await company.tick()
    lead = await company.assigned()
    company.pass_time(minutes=3)
    await company.tick()
    for hours in (24, -24, -1, 1):
        company.pass_time(hours=hours, seconds=1)
        await company.tick(clock_set=True)
        found = await company.lead(lead["lead_id"])
        assert found["owner_id"] == str(anna), f"{hours} h ended the lease"
        assert (await company.get(f"/v1/managers/{anna}"))["status"] == "online"
    company.pass_time(seconds=29)
    await company.tick(away=True)
    for _ in range(4):  # the two minutes that were left have been served now
        company.pass_time(seconds=29)
        await company.tick(away=True)
    assert (await company.lead(lead["lead_id"]))["owner_id"] is None
    await company.check()


async def test_served_time_is_not_forgiven(company: Company) -> None:
    await company.manager()
    await company.tick()
    lead = await company.assigned()
    for _ in range(11):
        company.pass_time(seconds=29)
        await company.tick(away=True)
    assert (await company.lead(lead["lead_id"]))["owner_id"] is None


async def test_an_absence_is_measured_by_the_databases_clock(company: Company) -> None:
    """Another host takes over whose clock differs by less than what counts as an absence."""
    await company.manager()
    lead = await company.assigned()
    company.pass_time(seconds=25)
    await company.tick(clock_set=True)
    assert (await company.lead(lead["lead_id"]))["accept_by"] == lead["accept_by"]
    await company.rows(
        "UPDATE heartbeat SET beat_at = beat_at - interval '31 seconds' RETURNING id"
    )
    company.pass_time(seconds=20)
    await company.tick(clock_set=True)
    assert (await company.lead(lead["lead_id"]))["accept_by"] == "2026-03-02T09:05:20Z"
