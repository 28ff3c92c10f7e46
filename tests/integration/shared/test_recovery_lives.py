"""Records of another life of their producer's data have no effect: what counts, catch-up brings."""

import pytest

from shared.database import transaction
from shared.messaging.consumer.catch_up import CatchUp, walk_all
from shared.messaging.consumer.fast_path import FastPath
from shared.messaging.consumer.lives import same_life
from shared.runtime.loop import Progress
from tests.support.messaging_harness import CONSUMER, EAGER, World
from tests.support.restoring import Restoring
from tests.support.scripted_log import ScriptedLog
from tests.support.waiting import eventually


async def test_what_a_log_left_behind_has_is_passed_over_when_it_is_used_again(
    world: World, restoring: Restoring
) -> None:
    await world.say("ann", "online")
    async with world.consumed(catches_up=True):
        await world.settled({"ann": [1]})
        await eventually(lambda: _knows_a_life(world), seconds=5, what="the journal is walked")
    await world.say("ann", "never consumed", "nor this", "nor that")
    async with transaction(world.producer) as session:
        await session.execute("DELETE FROM journal WHERE version > 1")
        await session.execute("UPDATE stream SET version = 1")
    await restoring.close_gate()
    await restoring.recover()  # in a single process: the log is not asked
    await world.emit("ann", "away")
    await _walk(world)
    await restoring.close_gate()
    await restoring.recover(world.log)
    assert restoring.restored == []
    world.log.done = 1  # as the group had committed
    await world.say("ann", "online")
    async with world.consumed(EAGER, catches_up=True):
        await world.settled({"ann": [1, 2, 3]})
    rows = await world.rows(world.consumer, "SELECT status FROM effect ORDER BY place")
    assert [row[0] for row in rows] == ["online", "away", "online"]


@pytest.mark.parametrize(
    ("told", "life", "same"),
    [(None, "a", True), ("a", None, True), ("a", "a", True), ("b", "a", False)],
)
def test_a_record_is_passed_over_only_where_both_lives_are_known(
    told: str | None, life: str | None, same: bool
) -> None:
    assert same_life(told, life) is same


async def test_a_record_of_another_life_has_no_effect_before_ours_has_come(
    world: World, restoring: Restoring
) -> None:
    await world.say("ann", "online")
    async with world.consumed(catches_up=True):
        await world.settled({"ann": [1]})
        await eventually(lambda: _knows_a_life(world), seconds=5, what="the journal is walked")
    await world.say("ann", "of an older life")
    async with transaction(world.consumer) as session:
        await session.execute("UPDATE journal_cursor SET life = gen_random_uuid()")
    async with world.consumed():
        await world.all_consumed()
    assert await world.effects("ann") == [1]


async def _knows_a_life(world: World) -> bool:
    return bool(await world.rows(world.consumer, "SELECT 1 FROM journal_cursor WHERE xid <> '0'"))


async def _walk(world: World) -> None:
    """Everything consumed by catch-up alone."""
    fast_path = FastPath(0.0, 0.05, sees_all=False)
    fast_path.subscription = await ScriptedLog().subscribe(CONSUMER, ["managers"])
    walks = CatchUp(world.consuming(), world.journals(), fast_path)
    await eventually(
        lambda: _walked(walks, world), seconds=5, what="walked", until=lambda count: count == 2
    )


async def _walked(walks: CatchUp, world: World) -> int:
    await walk_all(walks, Progress())
    return len(await world.effects("ann"))
