"""A restored owner completes what it had already spoken before it speaks again."""

from collections.abc import Sequence

from shared.messaging.own_voice import complete_from_own_voice

from shared.clock import system_clock
from shared.contracts.catalog import TOPICS
from shared.contracts.envelope import Envelope
from shared.database import Session, transaction
from shared.messaging.outbox.relay import relay_loop
from shared.runtime.loop import running
from tests.support.kernel import EAGER, World, manager
from tests.support.waiting import eventually


async def _forget(world: World, *, above: int) -> None:
    """The speaker's database is the one of an older backup."""
    async with transaction(world.speaker) as session:
        await session.execute("DELETE FROM journal WHERE version > :above", {"above": above})
        await session.execute("UPDATE stream SET version = :above", {"above": above})
        await session.execute("TRUNCATE relayed_log, pending")


async def _relay_until_quiet(world: World) -> None:
    async with running([relay_loop(world.speaker, world.bus, clock=system_clock)]):

        async def compared() -> bool:
            known = await world.rows(world.speaker, "SELECT 1 FROM relayed_log")
            return bool(known) and await world.pending() == 0

        await eventually(compared, seconds=10, what="the relay is quiet")


async def _journal(world: World) -> list[tuple[int, object]]:
    rows = await world.rows(world.speaker, "SELECT version, event_id FROM journal ORDER BY version")
    return [(row[0], row[1]) for row in rows]


async def test_forgotten_events_return_with_their_ids_and_the_service_is_told(
    world: World,
) -> None:
    await world.say("ann", "online", "busy", "away", "online")
    await world.send()
    before = await _journal(world)
    await _forget(world, above=2)
    told: list[int] = []

    async def restore(_session: Session, envelopes: Sequence[Envelope]) -> None:
        told.extend(item.version for item in envelopes)

    log_id = world.log.log_id
    count = await complete_from_own_voice(world.speaker, world.bus, log_id=log_id, restore=restore)
    assert count == 2
    assert told == [3, 4]
    assert await _journal(world) == before
    again = await complete_from_own_voice(world.speaker, world.bus, log_id=log_id, restore=restore)
    assert again == 0
    assert told == [3, 4]


async def test_a_restored_speaker_goes_on_above_what_was_heard(world: World) -> None:
    await world.say("ann", "online", "busy", "away")
    await world.send()
    async with world.hearing(EAGER):
        await world.settled({"ann": [1, 2, 3]})
        await _forget(world, above=1)
        await _relay_until_quiet(world)
        await world.say("ann", "online")
        await _relay_until_quiet(world)
        await world.settled({"ann": [1, 2, 3, 4]})


async def test_what_was_said_too_early_after_a_restore_makes_way(world: World) -> None:
    await world.say("ann", "online", "busy", "away")
    await world.send()
    before = await _journal(world)
    async with world.hearing(EAGER):
        await world.settled({"ann": [1, 2, 3]})
        await _forget(world, above=1)
        await world.say("ann", "early one", "early two", "early three")
        await _relay_until_quiet(world)
        await world.settled({"ann": [1, 2, 3, 4, 5, 6]})
    assert (await _journal(world))[:3] == before
    rows = await world.rows(
        world.listener,
        f"SELECT status FROM effect WHERE key = '{manager('ann')}' ORDER BY version",
    )
    assert [row[0] for row in rows][3:] == ["early one", "early two", "early three"]


async def test_a_new_installation_compares_once_and_finds_nothing(world: World) -> None:
    await world.bus.ensure_topics(TOPICS)
    await _relay_until_quiet(world)
    await world.say("ann", "online")
    await _relay_until_quiet(world)
    assert [version for version, _ in await _journal(world)] == [1]
