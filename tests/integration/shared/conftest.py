"""The kernel's world: two databases and a log made of lists."""

from collections.abc import AsyncIterator

import pytest

from tests.support.infrastructure import DatabaseFactory
from tests.support.kernel import LISTENER, SPEAKER, World, kernel_database


@pytest.fixture
async def world(empty_database: DatabaseFactory) -> AsyncIterator[World]:
    made = World(
        speaker=await kernel_database(empty_database, SPEAKER),
        listener=await kernel_database(empty_database, LISTENER),
    )
    yield made
    await made.speaker.close()
    await made.listener.close()
