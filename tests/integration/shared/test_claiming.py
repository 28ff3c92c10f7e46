"""Claiming: one statement moves the streams of a fetch; whoever comes second finds it done."""

import asyncio
import random
from collections.abc import Sequence

import pytest

from shared.clock import system_clock
from shared.database import transaction
from shared.messaging.consumer.work import consume
from shared.messaging.decoding import Placed, decode_envelope
from shared.messaging.outbox.publish import emit
from shared.messaging.outbox.walking import OwnJournal, Range, first_page
from shared.runtime.in_flight import InFlight
from tests.support.messaging_harness import EAGER, TOPIC, World, manager, status


async def emitted(world: World, lengths: dict[str, int]) -> list[Placed]:
    """Streams of these lengths, as a fetch would bring them."""
    for name, length in lengths.items():
        await world.emit(name, *["online"] * length)
    ranges = [Range((TOPIC, str(manager(name))), 0, length) for name, length in lengths.items()]
    envelopes = await OwnJournal(world.producer).lacking(ranges)
    assert len(envelopes) == sum(lengths.values())
    return [decode_envelope(envelope) for envelope in envelopes]


async def take(world: World, events: Sequence[Placed]) -> None:
    await consume(world.consuming(), InFlight(world.consumer, "test"), events)


async def heights(world: World) -> list[tuple[int, bool]]:
    rows = await world.rows(world.consumer, "SELECT version, holding FROM seen ORDER BY key")
    return [(row[0], row[1]) for row in rows]


async def test_a_gap_on_an_unknown_stream_leaves_it_at_its_beginning(world: World) -> None:
    first, second, third = await emitted(world, {"ann": 3})
    await take(world, [second, third])
    assert await heights(world) == [(0, True)]
    assert await world.effects("ann") == []
    await take(world, [first])
    assert await world.effects("ann") == [1, 2, 3]
    assert await heights(world) == [(3, False)]


async def test_what_follows_a_hole_inside_a_batch_waits(world: World) -> None:
    first, second, third, fourth = await emitted(world, {"ann": 4})
    await take(world, [fourth, second, first, second])
    assert await world.effects("ann") == [1, 2]
    assert await heights(world) == [(2, True)]
    await take(world, [third])
    assert await world.effects("ann") == [1, 2, 3, 4]
    assert await world.held() == []


async def test_two_members_at_one_stream_have_each_effect_once(world: World) -> None:
    events = await emitted(world, {"ann": 20, "bob": 20, "cid": 20})
    for start in range(0, 20, 4):
        batches = [[item for item in events if start < item.version <= start + 4]] * 4
        await asyncio.gather(*(take(world, batch) for batch in batches))
    for name in ("ann", "bob", "cid"):
        assert await world.effects(name) == list(range(1, 21))
    assert await world.held() == []


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_comes_in_whatever_order_each_effect_is_once_and_in_order(
    world: World, seed: int
) -> None:
    """The fast path shuffles, doubles and loses, in fetches of 1 to 500; catch-up runs beside."""
    dice = random.Random(seed)
    lengths = {f"manager {number}": dice.randint(1, 12) for number in range(8)}
    events = await emitted(world, lengths)
    deliveries = [item for item in events for _ in range(dice.choice([0, 1, 1, 2]))]
    dice.shuffle(deliveries)
    async with world.consumed(EAGER, catches_up=True):
        while deliveries:
            size = dice.choice([1, 2, 7, 60, 500])
            members = [deliveries[:size], deliveries[size : 2 * size]]
            deliveries = deliveries[2 * size :]
            await asyncio.gather(*(take(world, batch) for batch in members))
        await world.settled(
            {name: list(range(1, length + 1)) for name, length in lengths.items()}, seconds=20
        )
    assert await world.held() == []


async def test_a_large_batch_on_a_fresh_database_has_each_effect_once(world: World) -> None:
    """That its kept plans do not loop over the batch `test_plans.py` shows."""
    async with transaction(world.producer) as session:
        for number in range(1_000):
            emit(session, status(f"manager {number}", "online"), now=system_clock())
    keys = [str(manager(f"manager {number}")) for number in range(1_000)]
    journal = OwnJournal(world.producer)
    events: list[Placed] = []
    while missing := [Range((TOPIC, key), 0, 1) for key in keys[len(events) :]]:
        events += map(decode_envelope, await journal.lacking(first_page(missing)))
    for batch in (events[:20], events[10:30], events[500:], events):
        await take(world, batch)
    rows = await world.rows(world.consumer, "SELECT count(*), count(DISTINCT key) FROM effect")
    assert rows == [(1_000, 1_000)]
