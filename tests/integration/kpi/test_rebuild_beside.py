"""Kpi is rebuilt beside itself: the live tables stay until fresh ones take their place."""

import random
from collections.abc import AsyncIterator

import pytest

from services.kpi.handlers import apply
from services.kpi.repository.alerts.alerts import list_alerts
from services.kpi.tables import PROJECTIONS
from services.kpi.use_cases.rollups import roll_up_all
from services.kpi.use_cases.settling import settle
from shared import beside
from shared.beside import Beside, Projection, begin_beside
from shared.database import Database, reading, transaction
from shared.errors import UnavailableError
from shared.migrations import upgrade
from tests.support.event_streams import (
    MORNING,
    EventStreams,
    ToldJournal,
    consume,
    contents,
    some_id,
)
from tests.support.random_story import SmallWorld

TABLES = [table.name for table in PROJECTIONS]
KPI = Projection("kpi", apply, TABLES, settle)


@pytest.fixture
def streams() -> EventStreams:
    return SmallWorld(random.Random(11)).live(80)


@pytest.fixture
async def rebuild(database: Database, streams: EventStreams) -> AsyncIterator[Beside]:
    half = len(streams.events) // 2
    await consume(database, apply, streams.events[:half])
    await roll_up_all(database)  # what is consumed after that may be about days that were summed up
    await consume(database, apply, streams.events[half:])
    await settle(database)
    journals = {
        name: ToldJournal(name, streams) for name in ("intake", "routing", "history", "kpi")
    }
    opened = await begin_beside(KPI, database.url, journals, clock=lambda: MORNING)
    yield opened
    await opened.close()
    await opened.live.close()


async def _schemas(database: Database) -> set[str]:
    async with reading(database) as session:
        rows = await session.execute("SELECT nspname FROM pg_namespace")
    return {beside.FRESH, beside.FORMER} & set(rows.scalars())


async def test_equal_tables_are_exchanged_and_consumed_on(
    database: Database, rebuild: Beside, streams: EventStreams
) -> None:
    before = await contents(database, PROJECTIONS)
    await rebuild.walk()
    compared = await rebuild.exchange(only_compare=False)
    assert [item.table for item in compared] == TABLES
    assert all(item.equal for item in compared)
    assert await contents(database, PROJECTIONS) == before
    number = len(streams.events)
    streams.inquiry("after", contact=some_id("contact", "after"))
    await consume(database, apply, streams.events[number:])
    await settle(database)
    assert await contents(database, PROJECTIONS) != before
    await rebuild.close()
    assert await _schemas(database) == set()


async def test_an_amount_is_equal_however_it_came_about(
    database: Database, rebuild: Beside
) -> None:
    async with transaction(database) as session:
        await session.execute(
            "UPDATE counter SET amount = amount + 0.00"
        )  # as of a sale taken back
        written = await session.scalar("SELECT count(*) FROM counter WHERE scale(amount) = 2")
    assert written > 0
    await rebuild.walk()
    assert all(item.equal for item in await rebuild.exchange(only_compare=True))


async def test_a_damage_is_named_and_made_good(database: Database, rebuild: Beside) -> None:
    before = await contents(database, PROJECTIONS)
    async with transaction(database) as session:
        await session.execute(f"DELETE FROM {TABLES[0]}")
    await rebuild.walk()
    compared = {item.table: item for item in await rebuild.exchange(only_compare=True)}
    assert not compared[TABLES[0]].equal
    assert (compared[TABLES[0]].live_rows, compared[TABLES[0]].fresh_rows > 0) == (0, True)
    assert all(item.equal for name, item in compared.items() if name != TABLES[0])
    assert (await contents(database, PROJECTIONS))[TABLES[0]] != before[TABLES[0]]
    await rebuild.exchange(only_compare=False)
    assert await contents(database, PROJECTIONS) == before


async def test_digests_go_on_being_marked_afterwards(database: Database, rebuild: Beside) -> None:
    await rebuild.walk()
    await rebuild.exchange(only_compare=False)
    await rebuild.close()
    async with transaction(database) as session:
        before = await session.scalar("SELECT count(*) FROM reconciliation_mark")
        await session.execute(f"DELETE FROM {TABLES[0]}")
        after = await session.scalar("SELECT count(*) FROM reconciliation_mark")
    assert after > before > 0


async def test_what_is_interrupted_leaves_the_live_tables_and_begins_anew(
    database: Database,
    rebuild: Beside,
    streams: EventStreams,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = await contents(database, PROJECTIONS)

    async def away(*_given: object) -> None:
        raise UnavailableError("the producer is away")

    monkeypatch.setattr(beside, "_exchange", away)
    await rebuild.walk()
    with pytest.raises(UnavailableError):
        await rebuild.exchange(only_compare=False)
    monkeypatch.undo()
    assert await contents(database, PROJECTIONS) == before
    journals = {
        name: ToldJournal(name, streams) for name in ("intake", "routing", "history", "kpi")
    }
    again = await begin_beside(KPI, database.url, journals, clock=lambda: MORNING)
    await again.walk()
    assert all(item.equal for item in await again.exchange(only_compare=False))
    await again.close()
    await again.live.close()


async def test_what_kpi_owns_stays(database: Database, rebuild: Beside) -> None:
    async with transaction(database) as session:
        await session.execute(
            "INSERT INTO alert (alert_id, rule_id, rule_name, indicator, axis, key, threshold,"
            " raised_at) VALUES (gen_random_uuid(), gen_random_uuid(), 'x', 'won', 'company', '',"
            " 1, now())"
        )
    await rebuild.walk()
    await rebuild.exchange(only_compare=False)
    async with reading(database) as session:
        alerts = await list_alerts(session, rule_id=None, only_open=False, before=None, limit=5)
    assert len(alerts) == 1
    await upgrade("kpi", database.url)  # finds its own history of migrations untouched
