"""Documents are what entries and reports say, in whatever order they came, also after a rebuild."""

import random

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.history.handlers import apply
from services.history.repository.projections import clear
from services.history.repository.search import documents
from services.history.tables.search import search_document
from services.history.use_cases.search.indexing import index, show_waiting
from shared.contracts.catalog import consumed_by
from shared.database import Database, transaction
from shared.observability.metrics import metrics_of
from tests.integration.history.reading import ANNA
from tests.integration.history.reporting import lead_of_anna
from tests.integration.history.search.searching import make_findable, search
from tests.support.chance import examples
from tests.support.event_streams import EventStreams, consume, contents, interleaved
from tests.support.http_client import Door
from tests.support.random_story import SmallWorld


@examples(10)
@given(seed=st.integers(0, 2**32), order=st.randoms(use_true_random=False), batch=st.integers(1, 9))
async def test_every_interleaving_gives_the_same_documents(
    database: Database, seed: int, order: random.Random, batch: int
) -> None:
    streams = SmallWorld(random.Random(seed)).live(25)
    events = [item for item in streams.events if item.envelope.topic in consumed_by("history")]
    seen = []
    for received, size in ((events, 500), (interleaved(events, order), batch)):
        async with transaction(database) as session:
            await clear(session)
        half = len(received) // 2
        await consume(database, apply, received[:half], batch=size)
        await make_findable(database, EventStreams())
        await consume(database, apply, received[half:], batch=size)
        await make_findable(database, EventStreams())
        seen.append((await contents(database, [search_document]))["search_document"])
    assert seen[0] == seen[1]


async def test_reports_are_found_after_a_rebuild(database: Database, door: Door) -> None:
    streams, lead = lead_of_anna()
    await make_findable(database, streams)
    body = {"kind": "note", "lead_id": str(lead), "text": "любит рыбалку"}
    answer = await door.client.post(
        "/v1/activities", json=body, headers=door.as_("manager", manager_id=ANNA)
    )
    assert answer.status_code == 201
    await index(database)
    before = await contents(database, [search_document])
    async with transaction(database) as session:
        await clear(session)
    await make_findable(database, streams)
    assert len(await search(door, "рыбалка")) == 1
    assert await contents(database, [search_document]) == before


async def test_a_batch_that_fails_waits_on(database: Database, door: Door) -> None:
    streams, _ = lead_of_anna()
    await consume(database, apply, streams.events)
    async with transaction(database) as session:
        waiting, seconds = await documents.get_waiting(session)
        await session.execute("ALTER TABLE search_document ADD CHECK (false) NOT VALID")
        await show_waiting(session)
    assert waiting == 1, "only what has words"
    registry, labels = metrics_of("history").registry, {"service": "history"}
    assert registry.get_sample_value("leadflow_search_waiting", labels) == 1
    assert (registry.get_sample_value("leadflow_search_wait_seconds", labels) or 0) >= seconds > 0
    with pytest.raises(asyncpg.CheckViolationError):
        await index(database)
    async with transaction(database) as session:
        assert (await documents.get_waiting(session))[0] == waiting
