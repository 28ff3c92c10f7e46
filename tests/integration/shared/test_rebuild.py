"""A projection is emptied and rises again from the journals, while the consumer lives."""

from typing import Any

import pytest

from shared.database import Session
from shared.messaging.consumer import catch_up, rebuild
from shared.messaging.consumer.catch_up import CatchUp, walk_all
from shared.messaging.consumer.rebuild import begin, journal_ends
from shared.runtime.loop import Progress
from tests.support.messaging_harness import TOPIC, World
from tests.support.waiting import eventually


async def _clear(session: Session) -> None:
    await session.execute("TRUNCATE effect")


async def test_a_projection_is_rebuilt_while_the_consumer_lives(world: World) -> None:
    await world.emit("ann", "online", "busy", "away")
    await world.say("bob", "online")
    consumer = world.consuming()
    async with world.consumed(catches_up=True):
        await world.settled({"ann": [1, 2, 3], "bob": [1]})
        await world.rows(world.consumer, "DELETE FROM effect RETURNING 1")  # to be made good
        ends = await journal_ends(consumer, world.journals())

        async def walked() -> bool:
            return (await rebuild.progress(consumer, world.journals(), ends)).done

        await eventually(walked, seconds=10, what="walked")
        await begin(consumer, clear=_clear)
        await world.say("ann", "online")
        await eventually(walked, seconds=10, what="rebuilt")
        await world.settled({"ann": [1, 2, 3, 4], "bob": [1]})
    assert await world.held() == []
    assert await rebuild.waits(consumer) == 0


async def test_a_rebuild_that_is_interrupted_goes_on(world: World) -> None:
    for number in range(4):
        await world.emit(f"manager {number}", "online")
    await begin(world.consuming(), clear=_clear)
    expected = {f"manager {number}": [1] for number in range(4)}
    async with world.consumed(catches_up=True):
        await world.settled(expected)
    ends = await journal_ends(world.consuming(), world.journals())
    assert set(ends) == {TOPIC}
    async with world.consumed(catches_up=True):
        await world.settled(expected)


async def test_a_walk_under_way_passes_nothing_by_that_a_rebuild_empties(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.messaging.consumer.fast_path.ALONE_SECONDS", 0.0)
    await world.emit("ann", "online", "busy")
    walks, bring = world.walks(), catch_up._bring

    async def overtaken(walks: CatchUp, journal: Any, topic: str, *rest: Any) -> None:
        await bring(walks, journal, topic, *rest)
        if topic == TOPIC:
            await begin(walks.consumer, clear=_clear)

    with monkeypatch.context() as beginning:
        beginning.setattr(catch_up, "_bring", overtaken)
        await walk_all(walks, Progress())
    await walk_all(walks, Progress())
    assert await world.effects("ann") == [1, 2]
