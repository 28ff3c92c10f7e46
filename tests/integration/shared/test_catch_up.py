"""Catch-up: whatever is committed takes effect, whether or not the log brings it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from shared.clock import system_clock
from shared.contracts.envelope import Envelope
from shared.database import Session, transaction
from shared.errors import UnavailableError
from shared.messaging.consumer import catch_up, cursors
from shared.messaging.consumer.catch_up import CatchUp, walk_all
from shared.messaging.outbox import walking as journal_module
from shared.messaging.outbox.publish import emit
from shared.messaging.outbox.walking import HeadsPage, JournalState, OwnJournal, Position, Range
from shared.runtime.loop import Progress
from tests.support.messaging_harness import CONSUMER, PRODUCER, TOPIC, World, status
from tests.support.waiting import eventually


@dataclass(eq=False)
class RecordingJournal:
    """A producer's own journal that keeps what it was asked."""

    own: OwnJournal
    lacking_calls: int = 0
    away: bool = False

    async def state(self, topics: Sequence[str], *, hurry: bool = False) -> JournalState:
        return await self.own.state(topics)

    async def heads(self, topic: str, *, after: Position, until: int) -> HeadsPage:
        return await self.own.heads(topic, after=after, until=until)

    async def lacking(self, ranges: Sequence[Range]) -> Sequence[Envelope]:
        self.lacking_calls += 1
        if self.away:
            raise UnavailableError("The producer is away.")
        return await self.own.lacking(ranges)


def walking(world: World) -> tuple[CatchUp, RecordingJournal]:
    """Walks without a fast path beside them."""
    walks = world.walks()
    recording = RecordingJournal(OwnJournal(world.producer))
    walks.journals = {**world.journals(), PRODUCER: recording}
    return walks, recording


async def walk(walks: CatchUp, monkeypatch: pytest.MonkeyPatch) -> str | None:
    """One round up to the present."""
    with monkeypatch.context() as impatient:
        impatient.setattr("shared.messaging.consumer.fast_path.ALONE_SECONDS", 0.0)
        return await walk_all(walks, Progress())


async def cursor(world: World) -> Position:
    return (await stored_cursor(world)).position


async def stored_cursor(world: World) -> cursors.Cursor:
    life = (await OwnJournal(world.producer).state([TOPIC])).life
    stored = (await cursors.read(world.consumer)).get((PRODUCER, TOPIC))
    return cursors.cursor_of(PRODUCER, TOPIC, stored, life=life)


async def test_the_last_event_of_a_stream_that_the_log_lost_is_brought(world: World) -> None:
    world.lag_long()
    async with world.consumed(catches_up=True):
        await world.subscribed()
        await world.say("ann", "online")
        await world.settled({"ann": [1]})
        assert world.caught_up() == 0
        world.log.stored = lambda _item: False
        await world.say("ann", "busy")
        assert await world.pending() == 0, "the log has acknowledged what it lost"
        await world.settled({"ann": [1, 2]})
    assert world.caught_up() == 1


async def test_what_a_dead_relay_never_sent_is_brought(world: World) -> None:
    async with world.consumed(catches_up=True):
        await world.emit("ann", "online", "busy")
        await world.settled({"ann": [1, 2]})
    assert world.log.messages == []
    assert world.caught_up() == 2
    await world.send()
    async with world.consumed(catches_up=True):
        await world.settled({"ann": [1, 2]})
    assert world.caught_up() == 2


async def test_a_wiped_log_has_lost_nothing(world: World) -> None:
    await world.emit("ann", "online", "busy")
    await world.say("bob", "online")
    world.log.wipe()
    async with world.consumed(catches_up=True):
        await world.settled({"ann": [1, 2], "bob": [1]})


async def test_what_the_fast_path_brings_is_left_to_it(world: World) -> None:
    world.lag_long()
    async with world.consumed(catches_up=True):
        await world.subscribed()
        for number in range(30):
            await world.say(f"manager {number % 7}", "online")
        await world.settled({"manager 0": [1, 2, 3, 4, 5]})

        async def walked() -> bool:
            ends = (await OwnJournal(world.producer).state([TOPIC])).ends
            return await cursor(world) == ends[TOPIC]

        await eventually(walked, seconds=5, what="the walk is at the end")
    assert world.caught_up() == 0


async def test_a_late_commit_with_a_lower_place_is_not_passed_by(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, may_commit = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with transaction(world.producer) as session:
            emit(session, status("slow", "online"), now=system_clock())

            async def wait(_session: Session) -> None:
                written.set()
                await may_commit.wait()

            session.before_commit.append(wait)

    task = asyncio.create_task(slow())
    await written.wait()
    await world.emit("quick", "online")
    walks, _ = walking(world)
    await walk(walks, monkeypatch)
    may_commit.set()
    await task
    await walk(walks, monkeypatch)
    assert (await world.effects("slow"), await world.effects("quick")) == ([1], [1])


async def test_a_page_cut_short_is_read_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "PAGE_BYTES", 200)
    for name in ("ann", "bob", "cid"):
        await world.emit(name, "online", "busy", "away")
    walks, recording = walking(world)
    await walk(walks, monkeypatch)
    assert recording.lacking_calls > 3
    for name in ("ann", "bob", "cid"):
        assert await world.effects(name) == [1, 2, 3]


@pytest.mark.parametrize("number", [6, 7])
async def test_one_round_walks_every_page(
    world: World, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """The last page is full, and so another follows that is empty; or it is not full."""
    names = [f"manager {place}" for place in range(number)]
    for name in names:
        await world.emit(name, "online")
    walks, recording = walking(world)
    recording.own = OwnJournal(world.producer, page=2)
    await walk(walks, monkeypatch)
    assert walks.walked[PRODUCER].state.ends[TOPIC] == await cursor(world)
    assert [await world.effects(name) for name in names] == [[1]] * number


async def test_the_cursor_stays_before_what_could_not_be_fetched(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.emit("ann", "online")
    walks, recording = walking(world)
    recording.away = True
    assert await walk(walks, monkeypatch) == "unavailable"
    assert await cursor(world) == cursors.START
    recording.away = False
    assert await walk(walks, monkeypatch) is None
    assert await world.effects("ann") == [1]
    assert await cursor(world) > cursors.START


async def test_of_two_walkers_one_moves_the_cursor(world: World) -> None:
    for place in (Position(5, 1), Position(6, 2)):
        first, second = await stored_cursor(world), await stored_cursor(world)
        await cursors.move(world.consumer, first, place)
        with pytest.raises(UnavailableError):
            await cursors.move(world.consumer, second, Position(9, 9))
        assert await cursor(world) == place


async def test_another_life_is_walked_from_its_beginning(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.emit("ann", "online")
    walks, _ = walking(world)
    await walk(walks, monkeypatch)
    async with transaction(world.producer) as session:
        await session.execute(
            "UPDATE producer SET life = gen_random_uuid(), opened = pg_current_xact_id()"
        )
        await session.execute("TRUNCATE journal, stream")
    assert await walk(walks, monkeypatch) is None
    walked = await OwnJournal(world.consumer).state([])
    assert set(walked.walked) == {"intake", PRODUCER, "history"} & set(walks.topics_by_producer)
    await world.emit("bob", "online")
    await walk(walks, monkeypatch)
    assert await world.effects("bob") == [1]


async def test_the_walk_stays_behind_what_the_fast_path_has_in_hand(world: World) -> None:
    walks = world.walks()
    subscription = await world.log.subscribe(CONSUMER, [TOPIC])
    walks.fast_path.subscription = subscription
    walks.fast_path.progressed()
    await world.say("ann", "online")
    assert await subscription.fetch(limit=10, wait_seconds=1.0)
    assert subscription.in_hand_since is not None
    assert walks.fast_path.walk_before() <= subscription.in_hand_since - walks.fast_path.lag_seconds

    async def goes_on() -> bool:
        return walks.fast_path.walk_before() > (subscription.in_hand_since or 0.0)

    await eventually(goes_on, seconds=5, what="the walk goes on when the fast path stands still")


async def test_a_failing_topic_is_walked_no_further_and_the_others_are(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked: list[str] = []

    async def walk_topic(
        _: CatchUp, _journal: object, place: cursors.Cursor, *_rest: object
    ) -> None:
        walked.append(place.topic)
        raise UnavailableError("Too many streams of this topic fail.")

    walks, _ = walking(world)
    topics: Mapping[str, Sequence[str]] = walks.topics_by_producer
    monkeypatch.setattr(catch_up, "_walk_topic", walk_topic)
    assert await walk(walks, monkeypatch) == "unavailable"
    assert sorted(walked) == sorted(topic for names in topics.values() for topic in names)
