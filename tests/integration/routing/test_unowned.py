"""Nothing waits without an owner and without a reason: a sweep finds it and has it served."""

from structlog.testing import capture_logs

from services.routing.repository.queue import list_waiting_pools
from services.routing.use_cases.assign import LOOP, assign_waiting
from services.routing.use_cases.leases.unowned import Sweep
from services.routing.use_cases.walks import Walk, Walks
from shared.database import reading
from shared.observability.metrics import metrics_of
from shared.runtime.in_flight import InFlight
from tests.integration.routing.harness import Company


async def swept(company: Company, sweep: Sweep) -> dict[str, float]:
    """The leads of the default pool that are counted, by why they wait."""
    await company.watch()
    await sweep.run()
    [family] = metrics_of("routing").unowned.collect()
    return {sample.labels["reason"]: sample.value for sample in family.samples if sample.value}


def sweep_of(company: Company, walks: Walks) -> Sweep:
    return Sweep(company.database, walks, lambda: company.now, seconds=120)


async def assign(company: Company, walks: Walks) -> None:
    in_flight = InFlight(company.database, LOOP)
    await assign_waiting(company.database, in_flight, walks, clock=lambda: company.now)


async def walked(company: Company) -> Walks:
    """Walks of an assigner that believes to have judged all that waits."""
    async with reading(company.database) as session:
        pools = await list_waiting_pools(session, now=company.now)
    return Walks({pool.key: Walk(pool.standing, company.now) for pool in pools})


async def test_a_lead_that_was_overlooked_is_found_and_served(company: Company) -> None:
    await company.manager("Anna", status=None)
    lead = await company.inquire()
    await company.assign()
    await company.rows("UPDATE manager SET status = 'online' RETURNING 1")
    company.pass_time(seconds=121)
    walks = await walked(company)
    await assign(company, walks)
    assert (await company.lead(lead["lead_id"]))["owner_id"] is None, "it is overlooked"
    sweep = sweep_of(company, walks)
    with capture_logs() as lines:
        assert await swept(company, sweep) == {"unexplained": 1}
        assert await swept(company, sweep) == {"unexplained": 1}
    assert [line["reason"] for line in lines] == ["unexplained"], "it is logged once"
    await assign(company, walks)
    assert (await company.lead(lead["lead_id"]))["owner_id"] is not None
    assert await swept(company, sweep) == {}
    await company.check()


async def test_what_waits_for_a_reason_is_counted_by_it(company: Company) -> None:
    sweep = sweep_of(company, Walks())
    await company.inquire("nobody there")
    await company.assign()
    company.pass_time(seconds=119)
    assert await swept(company, sweep) == {}
    company.pass_time(seconds=1)
    assert await swept(company, sweep) == {"nobody_on_shift": 1}
    await company.manager("Anna", capacity=1)
    await company.assign()
    await company.inquire("no room")
    await company.assign()
    company.pass_time(seconds=120)
    assert await swept(company, sweep) == {"no_room": 1}
    await company.manager("Boris", capacity=1)
    await company.assign()
    assert await swept(company, sweep) == {}
    await company.check()


async def test_what_is_set_aside_or_escalated_is_counted_too(company: Company) -> None:
    vera = await company.manager("Vera", pools=[], status="away")
    await company.manager("Anna")
    await company.pool("default", supervisor_ids=[str(vera)], policy={"max_hops": 1})
    await company.perform("decline", await company.assigned())
    failed = await company.inquire("failed", received_at=company.now)
    await company.perform("decline", await company.lead(failed["lead_id"]))
    await company.rows(
        "UPDATE lead SET parked_reason = 'failed' WHERE lead_id = :id RETURNING 1",
        id=failed["lead_id"],
    )
    company.pass_time(seconds=120)
    assert await swept(company, sweep_of(company, Walks())) == {"escalated": 1, "set_aside": 1}
