"""Cards come out the same in whatever order streams come, and nobody keeps others waiting."""

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.history.handlers import apply
from services.history.repository.cards import computing
from services.history.repository.cards.touched import Due
from services.history.repository.projections import clear
from services.history.tables.cards import card, card_contact, card_purchase
from services.history.use_cases.cards import refresh
from shared.contracts.catalog import consumed_by
from shared.database import Database, Session, transaction
from tests.integration.history.customers.customers import EVENING, ONE, TWO, card_of, compute
from tests.support.chance import examples
from tests.support.event_streams import EventStreams, consume, contents, interleaved, some_id
from tests.support.http_client import Door
from tests.support.random_story import SmallWorld

TABLES = (card, card_contact, card_purchase)


async def _empty(database: Database) -> None:
    async with transaction(database) as session:
        await clear(session)
        await session.execute("TRUNCATE card, card_contact, card_purchase, card_due, card_replay")


@examples(10)
@given(seed=st.integers(0, 2**32), order=st.randoms(use_true_random=False), batch=st.integers(3, 9))
async def test_every_interleaving_gives_the_same_cards(
    database: Database, seed: int, order: random.Random, batch: int
) -> None:
    streams = SmallWorld(random.Random(seed)).live(25)
    events = [item for item in streams.events if item.envelope.topic in consumed_by("history")]
    await _empty(database)
    await consume(database, apply, events)
    await compute(database)
    at_once = await contents(database, TABLES)
    await _empty(database)
    received = interleaved(events, order)
    for first in range(0, len(received), batch):
        await consume(database, apply, received[first : first + batch])
        if order.random() < 0.5:
            await compute(database)
    await compute(database)
    assert await contents(database, TABLES) == at_once
    assert at_once["card"]


def test_a_person_of_very_many_entries_is_computed_alone() -> None:
    many, few = Due(ONE, 100_000), [Due(some_id(number), 10) for number in range(50)]
    assert refresh.lot([many, *few]) == [ONE]
    assert refresh.lot([*few, many]) == [item.person_id for item in few]
    assert refresh.lot([]) == []


async def test_a_person_of_very_many_entries_rests_and_others_do_not(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "MANY_ENTRIES", 3)
    monkeypatch.setattr(refresh, "ENTRIES_A_SECOND", 1)
    streams = EventStreams()
    for number in range(5):
        streams.inquiry(number, contact=ONE)
    await consume(database, apply, streams.events)
    await compute(database)
    streams.inquiry(5, contact=ONE)
    streams.inquiry(6, contact=TWO)
    await consume(database, apply, streams.events[-2:])
    await refresh.work(database, now=EVENING, walked_until=lambda: None)
    assert (await card_of(door, TWO))["inquiry_count"] == 1
    assert (await card_of(door, ONE))["inquiry_count"] == 5
    await compute(database, now=EVENING + timedelta(seconds=5))
    assert (await card_of(door, ONE))["inquiry_count"] == 6


async def test_what_cannot_be_computed_is_put_off_alone(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = EventStreams()
    for number in range(4):
        streams.inquiry(number, contact=some_id("contact", number))
    await consume(database, apply, streams.events)
    real = computing.compute_cards

    async def fails_for_one(session: Session, person_ids: list[object]) -> None:
        if ONE in person_ids:
            raise ValueError("rows that nobody foresaw")
        await real(session, person_ids)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(refresh, "compute_cards", fails_for_one)
        await refresh.work(database, now=EVENING, walked_until=lambda: None)
    for number in (0, 2, 3):
        await card_of(door, some_id("contact", number))
    await compute(database, now=EVENING + refresh.PUT_OFF)
    await card_of(door, ONE)


async def test_while_entries_come_again_cards_stay(database: Database, door: Door) -> None:
    streams = EventStreams()
    streams.inquiry(1, contact=ONE)
    await consume(database, apply, streams.events)
    await compute(database)
    before = await card_of(door, ONE)
    async with transaction(database) as session:
        await clear(session)
        began_at = await session.scalar("SELECT began_at FROM card_replay")
    soon, late = began_at + timedelta(seconds=1), began_at + refresh.REPLAY_MARGIN
    for walked_until in (None, began_at, soon):
        assert await refresh.is_replaying(database, walked_until=walked_until)
    assert await card_of(door, ONE) == before
    await consume(database, apply, streams.events)
    assert not await refresh.is_replaying(database, walked_until=late)
    await compute(database, now=late)
    assert await card_of(door, ONE) == before
