"""The tables do not depend on the order in which streams arrive, on batches, or on a rebuild."""

import random

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.repository.facts import clear
from services.kpi.tables import PROJECTIONS
from services.kpi.use_cases.settling import settle
from shared.contracts.catalog import consumed_by
from shared.database import Database, transaction
from tests.integration.kpi.telling import apply_and_tell
from tests.support.chance import examples
from tests.support.event_streams import consume, consume_again, contents, interleaved
from tests.support.random_story import SmallWorld

# Managers take no part in the small world's story, and nobody waits to be told.
EMPTY = {"manager", "manager_status", "untold"}


@examples(25)
@given(seed=st.integers(0, 2**32), order=st.randoms(use_true_random=False), batch=st.integers(1, 9))
async def test_every_interleaving_gives_the_same_tables(
    database: Database, seed: int, order: random.Random, batch: int
) -> None:
    streams = SmallWorld(random.Random(seed), longest_pause=30).live(25)
    events = [item for item in streams.events if item.envelope.topic in consumed_by("kpi")]
    found = []
    for received, size in ((events, 500), (interleaved(events, order), batch)):
        async with transaction(database) as session:
            await clear(session)
        await consume(database, apply_and_tell, received, batch=size)
        found.append(await contents(database, PROJECTIONS))
    assert found[0] == found[1]
    assert sum(map(len, found[0].values())) > 0


async def test_a_rebuild_gives_the_same_tables(database: Database) -> None:
    streams = SmallWorld(random.Random(1), longest_pause=9).live(150)
    events = [item for item in streams.events if item.envelope.topic in consumed_by("kpi")]
    await consume(database, apply_and_tell, events)
    await settle(database)
    before = await contents(database, PROJECTIONS)
    assert [t.name for t in PROJECTIONS if not before[t.name] and t.name not in EMPTY] == []
    async with transaction(database) as session:
        await session.execute(f"DELETE FROM {PROJECTIONS[0].name}")  # a damage to be made good
    await consume_again(database, streams, service="kpi", apply=apply_and_tell, clear=clear)
    await settle(database)
    assert await contents(database, PROJECTIONS) == before
