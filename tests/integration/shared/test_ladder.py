"""The ladder: the batch, one by one, set aside; and what kills the process is found out."""

import asyncio
import sys
from collections.abc import Sequence

import pytest

from shared.database import transaction
from shared.errors import InvalidError, UnavailableError
from shared.runtime.batch import Hand, Rungs, climb
from shared.runtime.leader import STALLED
from tests.support.kernel import World

# A process that works the items 1 to 4 and dies of item 3, without any farewell.
_MORTAL = """
import asyncio, os, sys
from shared.database import open_database, transaction
from shared.runtime.batch import Hand, Rungs, climb

async def main(url):
    database = open_database(url, service="mortal")
    hand = Hand(database, "mortal")

    async def together(items):
        async with transaction(database) as session:
            for item in items:
                if item == "3":
                    os._exit(9)
                await session.execute(
                    "INSERT INTO effect (key, version, status) VALUES (:key, 1, 'done')",
                    {"key": item})
            await hand.put_down(session)

    async def aside(item, reason, error):
        async with transaction(database) as session:
            await session.execute(
                "INSERT INTO effect (key, version, status) VALUES (:key, 1, :reason)",
                {"key": item, "reason": reason})
            await hand.put_down(session)

    async with transaction(database) as session:
        rows = await session.execute("SELECT key FROM effect")
        done = {row.key for row in rows}
    left = [item for item in "1234" if item not in done]
    await climb(hand, left, Rungs(str, together, lambda item: together([item]), aside))

asyncio.run(main(sys.argv[1]))
"""


async def test_what_kills_the_process_three_times_is_set_aside(world: World) -> None:
    url = world.listener.url
    ends: list[int] = []
    while len(ends) < 6 and 0 not in ends:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _MORTAL, url, stdout=asyncio.subprocess.DEVNULL
        )
        ends.append(await process.wait())
    assert ends == [9, 9, 9, 0]
    rows = await world.rows(world.listener, "SELECT key, status FROM effect ORDER BY key")
    assert rows == [("1", "done"), ("2", "done"), ("3", "crashes_the_process"), ("4", "done")]


async def _climb(world: World, error: Exception) -> tuple[list[list[str]], list[tuple[str, str]]]:
    """Work a, b, c where b raises: (attempts, what was set aside)."""
    hand = Hand(world.listener, "test")
    attempts: list[list[str]] = []
    aside: list[tuple[str, str]] = []

    async def together(items: Sequence[str]) -> None:
        attempts.append(list(items))
        if "b" in items:
            raise error
        async with transaction(world.listener) as session:
            await hand.put_down(session)

    async def set_aside(item: str, reason: str, _error: BaseException | None) -> None:
        aside.append((item, reason))

    rungs = Rungs[str](str, together, lambda item: together([item]), set_aside)
    try:
        await climb(hand, ["a", "b", "c"], rungs)
    finally:
        rows = await world.rows(world.listener, "SELECT items FROM in_hand WHERE loop = 'test'")
        assert rows == [([],)]
    return attempts, aside


async def test_poison_is_found_one_by_one_and_set_aside(world: World) -> None:
    attempts, aside = await _climb(world, InvalidError("This can never be."))
    assert attempts == [["a", "b", "c"], ["a"], ["b"], ["c"]]
    assert aside == [("b", "failed")]


@pytest.mark.parametrize("error", [UnavailableError("away"), OSError("gone")])
async def test_an_outage_is_not_tried_one_by_one(world: World, error: Exception) -> None:
    with pytest.raises(type(error)):
        await _climb(world, error)


async def test_a_fault_of_our_own_is_never_set_aside(world: World) -> None:
    with pytest.raises(KeyError):
        await _climb(world, KeyError("a bug"))


async def test_innocent_items_in_hand_beside_a_killer_are_not_blamed(world: World) -> None:
    async with transaction(world.listener) as session:
        await session.execute(
            "INSERT INTO in_hand VALUES ('test', 'a dead process', ARRAY['a', 'b'], 1, now())"
        )
    attempts, aside = await _climb(world, InvalidError("This can never be."))
    assert attempts == [["a"], ["b"], ["c"]]
    assert aside == [("b", "failed")]


async def _broken_off(world: World, message: str | None) -> list[tuple[str, list[str], int]]:
    """The row of a batch that was cancelled in the midst."""
    hand = Hand(world.listener, "test", holder="me")
    begun = asyncio.Event()

    async def work() -> None:
        async with hand.attempt(["a", "b"]):
            begun.set()
            async with transaction(world.listener) as session:
                await session.execute("SELECT pg_sleep(60)")

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel(message)
    await asyncio.wait({task})
    assert task.cancelled()
    return [
        (row[0], row[1], row[2])
        for row in await world.rows(world.listener, "SELECT holder, items, attempts FROM in_hand")
    ]


async def test_being_asked_to_end_is_no_attempt(world: World) -> None:
    assert await _broken_off(world, None) == [("me", [], 0)]


async def test_attempts_outlive_a_cancellation_for_holding_everything_up(world: World) -> None:
    assert await _broken_off(world, STALLED) == [("", ["a", "b"], 1)]
    next_one = Hand(world.listener, "test", holder="me")
    await next_one.look()
    assert next_one.suspects == {"a": 1, "b": 1}, "even in the same process"


async def test_what_holds_everything_up_three_times_is_set_aside(world: World) -> None:
    """The process goes on living, but its lease is lost each time it tries."""
    aside: list[tuple[str, str]] = []

    async def together(items: Sequence[str]) -> None:
        if "b" in items:
            raise asyncio.CancelledError(STALLED)
        async with transaction(world.listener) as session:
            await hand.put_down(session)

    async def set_aside(item: str, reason: str, _error: BaseException | None) -> None:
        aside.append((item, reason))

    for _ in range(3):
        hand = Hand(world.listener, "test")
        rungs = Rungs[str](str, together, lambda item: together([item]), set_aside)
        with pytest.raises(asyncio.CancelledError):
            await climb(hand, ["a", "b", "c"], rungs)
        assert aside == []
    hand = Hand(world.listener, "test")
    rungs = Rungs[str](str, together, lambda item: together([item]), set_aside)
    await climb(hand, ["a", "b", "c"], rungs)
    assert aside == [("b", "crashes_the_process")]


async def test_a_suspects_attempts_are_kept_while_others_are_tried(world: World) -> None:
    async with transaction(world.listener) as session:
        await session.execute(
            "INSERT INTO in_hand VALUES ('test', 'a dead process', ARRAY['b'], 2, now())"
        )
    first = Hand(world.listener, "test", holder="first")
    await first.look()
    with pytest.raises(asyncio.CancelledError):
        async with first.attempt(["a"]):
            raise asyncio.CancelledError(STALLED)
    second = Hand(world.listener, "test", holder="second")
    await second.look()
    assert second.suspects == {"a": 1, "b": 2}


async def test_a_restart_of_the_database_is_no_attempt(world: World) -> None:
    async with transaction(world.listener) as session:
        await session.execute(
            "INSERT INTO in_hand VALUES ('test', 'another', ARRAY['a'], 1,"
            " pg_postmaster_start_time() - interval '1s')"
        )
    hand = Hand(world.listener, "test")
    await hand.look()
    assert hand.suspects == {}


async def test_a_record_that_killed_three_times_is_held_and_the_others_go_on(world: World) -> None:
    await world.say("ann", "online", "busy")
    await world.say("bob", "online")
    await world.send()
    async with transaction(world.listener) as session:
        for partition, records in world.log.lists.items():
            for record in records:
                if dict(record.headers)["version"] == b"2":
                    await session.execute(
                        "INSERT INTO in_hand VALUES (:loop, 'dead', ARRAY[:item], 3, now())",
                        {
                            "loop": f"hear:{partition.topic}/{partition.number}",
                            "item": str(record.offset),
                        },
                    )
    async with world.hearing():
        await world.settled({"ann": [1], "bob": [1]})
    assert [(version, reason) for _, version, reason in await world.held()] == [
        (2, "crashes_the_process")
    ]
