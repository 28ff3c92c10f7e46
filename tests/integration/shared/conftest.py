"""The messaging's world: two databases and a scripted log."""

from collections.abc import AsyncIterator

import pytest

from tests.support.infrastructure import DatabaseFactory
from tests.support.messaging_harness import CONSUMER, PRODUCER, World, messaging_database
from tests.support.restoring import Restoring


@pytest.fixture
async def world(migrated_database: DatabaseFactory) -> AsyncIterator[World]:
    world = World(
        producer=await messaging_database(migrated_database, PRODUCER),
        consumer=await messaging_database(migrated_database, CONSUMER),
    )
    yield world
    await world.producer.close()
    await world.consumer.close()


@pytest.fixture
def restoring(world: World) -> Restoring:
    return Restoring(world)
