"""Hearing: each event once, in stream order, whatever the log delivers."""

import random
from dataclasses import replace

import pytest

from shared.database import transaction
from shared.messaging.consumer.replay import replay_held
from shared.messaging.log.protocol import Message
from tests.support.messaging_harness import EAGER, PATIENT, POISON, World, manager
from tests.support.waiting import eventually


def withhold(world: World, version: str) -> list[Message]:
    """The log acknowledges this version and keeps it back; it can be appended later."""
    kept: list[Message] = []

    def stored(item: Message) -> bool:
        if item.headers["version"] == version:
            kept.append(item)
        return item.headers["version"] != version

    world.log.stored = stored
    return kept


async def test_e2_before_e1_twice_each_has_one_effect_each_in_order(world: World) -> None:
    await world.emit("ann", "online")
    await world.emit("ann", "busy")
    world.log.copies = 2
    world.log.arrange = lambda messages: messages[::-1]
    await world.send()
    assert [item.headers["version"] for item in world.log.messages] == ["2", "2", "1", "1"]
    async with world.consumed():
        await world.settled({"ann": [1, 2]})
    assert await world.held() == []
    assert await world.pending() == 0


async def test_a_successor_that_comes_a_batch_early_waits_and_follows(world: World) -> None:
    await world.emit("ann", "online", "busy", "away")
    late = withhold(world, "1")
    await world.send()
    async with world.consumed():
        await world.all_consumed()
        key = str(manager("ann"))
        assert await world.held() == [(key, 2, "gap"), (key, 3, "gap")]
        assert await world.effects("ann") == []
        world.log.append(late[0])
        await world.settled({"ann": [1, 2, 3]})
    assert await world.held() == []


async def test_a_lost_event_is_fetched_from_the_producers_journal(world: World) -> None:
    await world.emit("ann", "online", "busy", "away")
    await world.emit("bob", "online")
    world.log.stored = lambda item: item.headers["version"] != "2"
    await world.send()
    assert await world.pending() == 0
    async with world.consumed(EAGER):
        await world.settled({"ann": [1, 2, 3], "bob": [1]})
        await eventually(world.held, seconds=5, what="nothing held", until=lambda held: not held)


async def test_a_young_gap_is_not_fetched(world: World) -> None:
    await world.emit("ann", "online", "busy")
    world.log.stored = lambda item: item.headers["version"] != "1"
    await world.send()
    async with world.consumed(PATIENT):
        await world.all_consumed()
        assert [entry[2] for entry in await world.held()] == ["gap"]
    assert await world.effects("ann") == []


async def test_a_gap_held_before_the_clock_was_set_back_is_fetched(world: World) -> None:
    await world.emit("ann", "online", "busy")
    world.log.stored = lambda item: item.headers["version"] != "1"
    await world.send()
    async with world.consumed(PATIENT):
        await world.all_consumed()
    async with transaction(world.consumer) as session:
        await session.execute("UPDATE held SET held_at = held_at + interval '1 hour'")
    async with world.consumed(EAGER):
        await world.settled({"ann": [1, 2]})


async def test_poison_is_held_and_blocks_its_own_stream_only_until_repaired(world: World) -> None:
    await world.emit("ann", "online", POISON, "away", "busy")
    await world.say("bob", "online", "busy")
    async with world.consumed():
        await world.settled({"ann": [1], "bob": [1, 2]})
        key = str(manager("ann"))
        assert await world.held() == [(key, 2, "failed"), (key, 3, "gap"), (key, 4, "gap")]
        replayed = await replay_held(world.consuming())
        assert replayed.still_holding == 1
        assert await world.effects("ann") == [1]
        world.handler.poisonous = lambda _value: False
        replayed = await replay_held(world.consuming(), reason="failed")
        assert (replayed.tried, replayed.still_holding) == (1, 0)
        await world.settled({"ann": [1, 2, 3, 4], "bob": [1, 2]})
    assert await world.held() == []


async def test_poison_among_held_successors_is_blamed_itself(world: World) -> None:
    await world.emit("ann", "online", "busy", POISON, "away")
    late = withhold(world, "1")
    await world.send()
    async with world.consumed():
        await world.all_consumed()
        world.log.append(late[0])
        await world.settled({"ann": [1, 2]})
        key = str(manager("ann"))
        await eventually(
            world.held,
            seconds=5,
            what="blame",
            until=lambda held: held == [(key, 3, "failed"), (key, 4, "gap")],
        )


@pytest.mark.parametrize("seed", range(4))
async def test_a_log_that_shuffles_doubles_and_loses_changes_nothing(
    world: World, seed: int
) -> None:
    dice = random.Random(seed)
    names = [f"manager {number}" for number in range(6)]
    lengths = dict.fromkeys(names, 0)
    for _ in range(60):
        name = dice.choice(names)
        lengths[name] += 1
        await world.emit(name, "online")
    world.log.copies = 2
    world.log.arrange = lambda sent: dice.sample(sent, len(sent))
    world.log.stored = lambda _item: dice.random() > 0.1
    await world.send()
    rules = replace(EAGER, drain=dice.randint(1, 40))
    expected = {name: list(range(1, length + 1)) for name, length in lengths.items()}
    # The journal mends what is missing only where something later came: so each stream ends whole.
    world.log.stored = lambda _item: True
    for name in names:
        await world.emit(name, "away")
        expected[name].append(lengths[name] + 1)
    async with world.consumed(rules):
        await world.send()
        await world.settled(expected, seconds=20)
        await eventually(world.held, seconds=5, what="nothing held", until=lambda held: not held)
    assert await world.pending() == 0
