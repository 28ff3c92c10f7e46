"""Driven step by step, a lead comes to its owner and into all four services."""

from benchmarks.machine import workshop
from benchmarks.stage_steps import SERVICES, opened
from benchmarks.stages import COUNTING, SETTINGS, Bench
from deploy.embedded.postgres.server import PrivatePostgres

HELD = {
    "intake": "SELECT count(*) FROM inquiry",
    "routing": "SELECT count(DISTINCT key) FROM journal WHERE type = 'lead.assigned.v1'",
    "history": "SELECT count(*) FROM timeline_entry WHERE kind = 'lead.assigned'",
    "kpi": "SELECT count(DISTINCT lead_id) FROM lead_event WHERE kind = 'assigned'",
}


async def held(postgres: PrivatePostgres, service: str) -> int:
    connection = await postgres.connect(service)
    try:
        number: int = await connection.fetchval(HELD[service])
        return number
    finally:
        await connection.close()


async def test_each_stage_does_its_part_of_a_batch_and_is_counted() -> None:
    with workshop() as folder:
        postgres = PrivatePostgres(folder / "state", durable=False, settings=SETTINGS)
        postgres.start()
        try:
            assert postgres.process is not None
            counting = await postgres.connect("postgres")
            await counting.execute(COUNTING)
            async with opened(postgres, folder) as steps:
                bench = Bench(postgres.process.pid, counting, steps)
                costs = [await bench.bring_through(batch) for batch in (1, 6)]
            numbers = {service: await held(postgres, service) for service in SERVICES}
            await counting.close()
        finally:
            postgres.stop()

    assert numbers == dict.fromkeys(SERVICES, 7)
    for batch in costs:
        assert next(iter(batch)) == "ingest"
        for cost in batch.values():
            assert cost.wall > 0
            assert cost.python > 0
            assert cost.statements > 0
