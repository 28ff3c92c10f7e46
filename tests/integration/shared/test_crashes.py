"""What kills its process is found out by those that come after it, and nobody else is blamed."""

import asyncio
import sys

import asyncpg

from shared.connections import driver_url
from shared.database import transaction
from shared.process_mark import ProcessMark
from shared.runtime.in_flight import InFlight
from tests.support.batch_work import leave_behind, outcome
from tests.support.messaging_harness import World, manager

# A process that works the items 1 to 4 and dies of item 3, without any farewell.
_MORTAL = """
import asyncio, os, sys
import asyncpg
from shared.connections import driver_url
from shared.database import open_database
from shared.process_mark import ProcessMark
from tests.support.batch_work import Work, left

async def main(url):
    database = open_database(url, service="mortal")
    database.mark = ProcessMark()
    connection = await asyncpg.connect(driver_url(url))
    await database.mark.hold(connection)
    work = Work(database, lambda items: os._exit(9) if "3" in items else None)
    await work.through(await left(database))
    await database.mark.release(connection)

asyncio.run(main(sys.argv[1]))
"""


async def test_what_kills_the_process_three_times_is_set_aside(world: World) -> None:
    """The first death leaves a mark only: from then on what is in flight is written ahead."""
    ends: list[int] = []
    while len(ends) < 7 and 0 not in ends:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _MORTAL, world.consumer.url, stdout=asyncio.subprocess.DEVNULL
        )
        ends.append(await process.wait())
    assert ends == [9, 9, 9, 9, 0]
    assert await outcome(world.consumer) == {
        "1": "done", "2": "done", "3": "crashes_the_process", "4": "done",
    }  # fmt: skip


async def test_what_a_living_process_has_in_flight_is_not_adopted(world: World) -> None:
    other, own = ProcessMark(holder="other"), ProcessMark(holder="own")
    first = await asyncpg.connect(driver_url(world.consumer.url))
    second = await asyncpg.connect(driver_url(world.consumer.url))
    await other.hold(first)
    await own.hold(second)
    world.consumer.mark = own
    await leave_behind(world.consumer, "other", ["a"], 2)
    living = InFlight(world.consumer, "test", holder="own")
    await living.look()
    assert (living.suspects, living.wary) == ({}, 0)
    await first.close()
    successor = InFlight(world.consumer, "test", holder="own")
    await successor.look()
    assert successor.suspects == {"a": 2}
    assert successor.wary > 0
    await second.close()


async def test_a_process_that_ends_cleanly_makes_nobody_wary(world: World) -> None:
    before, own = ProcessMark(holder="before"), ProcessMark(holder="own")
    connection = await asyncpg.connect(driver_url(world.consumer.url))
    await before.hold(connection)
    await before.release(connection)
    await own.hold(connection)
    world.consumer.mark = own
    in_flight = InFlight(world.consumer, "test", holder="own")
    await in_flight.look()
    assert in_flight.wary == 0
    await connection.close()


async def test_an_event_that_killed_three_times_is_held_and_the_others_go_on(world: World) -> None:
    await world.emit("ann", "online", "busy")
    await world.say("bob", "online")
    await leave_behind(world.consumer, "dead", [f"managers/{manager('ann')}/2"], 3)
    async with transaction(world.consumer) as session:
        await session.execute("UPDATE in_flight SET loop = 'consume'")
    async with world.consumed():
        await world.settled({"ann": [1], "bob": [1]})
    assert await world.held() == [(str(manager("ann")), 2, "crashes_the_process")]
