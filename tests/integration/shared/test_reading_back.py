"""Reading one's own topics in a real Kafka, from remembered offsets to the ends."""

import pytest

from shared.contracts.catalog import TOPIC_BY_NAME
from shared.messaging.log.kafka import KafkaLog
from shared.messaging.log.kafka.client import KafkaSettings
from tests.support.messaging_harness import TOPIC, World
from tests.support.restoring import Restoring

pytestmark = pytest.mark.kafka


async def test_a_producer_behind_its_own_topics_puts_back_what_they_have(
    world: World, kafka_bootstrap: str
) -> None:
    kafka = KafkaLog(KafkaSettings(kafka_bootstrap))
    try:
        await kafka.ensure_topics([TOPIC_BY_NAME[TOPIC]])
        world.relay.publisher = kafka
        world.relay.cluster_id = await kafka.cluster_id()
        restoring = Restoring(world)
        await restoring.close_gate()
        await restoring.recover(kafka)  # others may have used this cluster
        restoring.restored.clear()
        life = (await restoring.gate()).life
        await world.emit("ann", "online")
        await world.emit("bob", "online")
        await _send(world)
        offsets = await world.rows(world.producer, "SELECT * FROM acknowledged")
        await world.emit("ann", "busy", "away")
        await _send(world)
        before = await restoring.journal("ann")
        await restoring.forget(above=1)
        for row in offsets:
            await world.rows(
                world.producer,
                "INSERT INTO acknowledged VALUES ('{}', '{}', {}, {}) RETURNING 1".format(*row),
            )
        await restoring.recover(kafka)
        assert await restoring.journal("ann") == before
        assert (await restoring.gate()).life > life
        assert restoring.restored == [2, 3]
        await restoring.close_gate()
        await restoring.recover(kafka)
        assert restoring.restored == [2, 3]
    finally:
        await kafka.close()


async def _send(world: World) -> None:
    await world.send()
    assert await world.pending() == 0
