"""What a restored producer asks its consumers: as little as it can, and all of them."""

from collections.abc import Mapping

from shared.clock import system_clock
from shared.contracts.streams import StreamGap
from shared.database import Database, transaction
from shared.messaging.outbox.recovery import Recovery, recover
from shared.runtime.loop import Progress
from tests.support.infrastructure import DatabaseFactory
from tests.support.messaging_harness import (
    CONSUMER,
    TOPIC,
    World,
    manager,
    messaging_database,
)
from tests.support.restoring import AnsweringConsumer, Restoring

GAP = StreamGap.TYPE
STATUS = "manager.status_changed.v1"


async def test_a_few_streams_that_are_behind_are_found_among_many(
    world: World, restoring: Restoring
) -> None:
    names = [f"manager {number}" for number in range(9)]
    for name in names:
        await world.say(name, "online", "busy")
    async with world.consumed():
        await world.settled({name: [1, 2] for name in names})
    key = manager(names[4])
    async with transaction(world.producer) as session:
        await session.execute(f"DELETE FROM journal WHERE key = '{key}' AND version = 2")
        await session.execute(f"UPDATE stream SET version = 1 WHERE key = '{key}'")
    await restoring.close_gate()
    await restoring.recover()
    assert [await restoring.types(name) for name in names[3:6]] == [
        [STATUS, STATUS],
        [STATUS, GAP],
        [STATUS, STATUS],
    ]
    assert restoring.kpi.pages <= 3, "only the range that differs was compared one by one"


async def test_of_several_consumers_whoever_is_furthest_counts_stream_by_stream(
    world: World, restoring: Restoring, migrated_database: DatabaseFactory
) -> None:
    for name in ("ann", "bob"):
        await world.emit(name, "online", "busy", "away", "online")
    await restoring.forget(above=1)
    other = await messaging_database(migrated_database, "history")
    await _consumed(world.consumer, {"ann": 3, "bob": 2})
    await _consumed(other, {"ann": 2, "bob": 4})
    consumers = {"history": AnsweringConsumer(other), CONSUMER: restoring.kpi}
    await recover(Recovery(world.producer, consumers, system_clock), Progress())
    await other.close()
    assert await restoring.types("ann") == [STATUS, GAP, GAP]
    assert await restoring.types("bob") == [STATUS, GAP, GAP, GAP]


async def _consumed(database: Database, heights: Mapping[str, int]) -> None:
    async with transaction(database) as session:
        for name, height in heights.items():
            await session.execute(
                "INSERT INTO seen VALUES (:topic, :key, :height, :height, false)",
                {"topic": TOPIC, "key": str(manager(name)), "height": height},
            )
