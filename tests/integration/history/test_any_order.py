"""The tables do not depend on the order in which streams arrive, on batches, or on a rebuild."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.history.handlers import apply
from services.history.repository import projections
from services.history.repository.projections import clear
from services.history.tables import PROJECTIONS
from shared.contracts.catalog import consumed_by
from shared.contracts.indicators import SaleRuleChanged
from shared.contracts.managers import ManagerChanged
from shared.database import Database, transaction
from tests.support.chance import examples
from tests.support.event_streams import (
    EventStreams,
    consume,
    consume_again,
    contents,
    interleaved,
    some_id,
)
from tests.support.random_story import SmallWorld


def _with_settings(streams: EventStreams) -> EventStreams:
    """Two managers are called something, and one of them otherwise later; so the rule of a sale."""
    for manager, name in ((1, "Anna"), (2, "Boris"), (1, "Anna Maria")):
        streams.emit(
            ManagerChanged(
                manager_id=some_id("manager", manager),
                changed_at=streams.at,
                name=name,
                capacity=1,
                time_zone="UTC",
            )
        )
    for hours in (24, 48):
        streams.emit(
            SaleRuleChanged(subject="company", changed_at=streams.at, same_sale_hours=hours)
        )
    return streams


@examples(25)
@given(seed=st.integers(0, 2**32), order=st.randoms(use_true_random=False), batch=st.integers(1, 9))
async def test_every_interleaving_gives_the_same_tables(
    database: Database, seed: int, order: random.Random, batch: int
) -> None:
    streams = _with_settings(SmallWorld(random.Random(seed)).live(25))
    events = [item for item in streams.events if item.envelope.topic in consumed_by("history")]
    found = []
    for received, size in ((events, 500), (interleaved(events, order), batch)):
        async with transaction(database) as session:
            await clear(session)
        await consume(database, apply, received, batch=size)
        found.append(await contents(database, PROJECTIONS))
    assert found[0] == found[1]
    assert sum(map(len, found[0].values())) > 0


async def test_a_rebuild_gives_the_same_tables(database: Database) -> None:
    streams = _with_settings(SmallWorld(random.Random(7)).live(150))
    events = [item for item in streams.events if item.envelope.topic in consumed_by("history")]
    await consume(database, apply, events)
    before = await contents(database, PROJECTIONS)
    assert all(before[table.name] for table in PROJECTIONS)
    async with transaction(database) as session:
        await session.execute(f"TRUNCATE {PROJECTIONS[0].name}")  # a damage to be made good
    await consume_again(database, streams, service="history", apply=apply, clear=clear)
    assert await contents(database, PROJECTIONS) == before


async def test_entries_of_several_statements_are_all_written_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = _with_settings(SmallWorld(random.Random(11)).live(60))
    events = [item for item in streams.events if item.envelope.topic in consumed_by("history")]
    found, counts = [], []
    for most in (len(events), 7):
        monkeypatch.setattr(projections, "MOST_AT_ONCE", most)
        async with transaction(database) as session:
            await clear(session)
            await session.execute("TRUNCATE unsealed")
        await consume(database, apply, events, batch=len(events))
        found.append(await contents(database, PROJECTIONS))
        async with transaction(database) as session:
            counts.append(
                (
                    await session.scalar("SELECT count(*) FROM unsealed"),
                    await session.scalar("SELECT count(*) FROM search_queue"),
                )
            )
    assert found[0] == found[1]
    assert counts[0] == counts[1]
    assert counts[0][0] == len(found[0]["timeline_entry"]) == len(events) > 7
