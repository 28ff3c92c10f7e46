"""The log within one process: what does not fit is given up, and said to be."""

import pytest

from shared.messaging.log import memory
from tests.support.logs import TOPIC, MemorySite, message, place_of, places, read, stream


async def test_a_queue_that_overflows_is_emptied_and_closed_until_it_is_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "MOST_EVENTS", 10)
    site = MemorySite()
    full = await site.log.subscribe("kpi", [TOPIC])
    await site.send(stream("much", 10))
    closed = full.closed
    assert not closed
    await site.send([message("much", 11)])
    assert full.closed
    await site.send([message("unheard")])
    assert not await full.fetch(limit=100, wait_seconds=0)
    assert full.in_hand_since is None
    full.open()
    await site.send([message("heard")])
    assert [place_of(item) for item in await read(full, 1)] == places([message("heard")])


async def test_bytes_count_as_well_as_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST_BYTES", 3 * len(message("one").payload) - 1)
    site = MemorySite()
    subscription = await site.log.subscribe("kpi", [TOPIC])
    await site.send(stream("one", 2))
    await read(subscription, 2)
    await site.send(stream("one", 2))
    assert not subscription.closed, "what was fetched counts no more"
    await site.send([message("one", 3)])
    assert subscription.closed


async def test_a_commit_that_is_expected_counts_as_an_arrival() -> None:
    log = MemorySite().log
    subscription = await log.subscribe("kpi", [TOPIC])
    before = subscription.arrived_at
    log.expect({"leads"})
    assert subscription.arrived_at == before
    log.expect({TOPIC, "leads"})
    assert subscription.arrived_at > before


async def test_who_has_ended_is_offered_nothing() -> None:
    site = MemorySite()
    ended = await site.log.subscribe("kpi", [TOPIC])
    await ended.close()
    other = await site.log.subscribe("kpi", [TOPIC])
    await site.send([message("only one")])
    assert not await ended.fetch(limit=10, wait_seconds=0)
    assert len(await read(other, 1)) == 1
