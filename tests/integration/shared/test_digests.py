"""Digests of minutes: never stale without a mark, and cheap however much there is."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.database import Database, open_database, transaction
from shared.reconciliation import digests
from shared.reconciliation.digests import STEPS, Digest, list_digests, renew, renew_oldest
from tests.support.counted import COUNTED, make_counted
from tests.support.infrastructure import DatabaseFactory

BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ADD = """
INSERT INTO counted SELECT gen_random_uuid(), CAST(:at AS timestamptz) + n * interval '1 second'
FROM generate_series(0, :number - 1) AS n
"""


@pytest.fixture
async def database(empty_database: DatabaseFactory) -> AsyncIterator[Database]:
    opened = open_database(await empty_database("counted"), service="kpi", background=True)
    async with transaction(opened) as session:
        await make_counted(session)
    yield opened
    await opened.close()


async def run(database: Database, statement: str, **parameters: Any) -> None:
    async with transaction(database) as session:
        await session.execute(statement, parameters)


async def shown(database: Database, *, step: str = "minute") -> list[Digest]:
    async with transaction(database) as session:
        return await list_digests(
            session,
            COUNTED,
            COUNTED.accounts[0],
            step=step,
            since=BEGIN - timedelta(days=9),
            until=BEGIN + timedelta(days=9),
            limit=100_000,
        )


async def counts(database: Database, *, step: str = "minute") -> list[int | None]:
    return [item.count for item in await shown(database, step=step)]


async def test_minutes_hours_and_days_are_rolled_up(database: Database) -> None:
    await run(database, ADD, at=BEGIN, number=150)
    assert await counts(database) == [None, None, None]
    assert await renew(database, COUNTED) == 3
    assert await counts(database) == [60, 60, 30]
    assert await counts(database, step="hour") == await counts(database, step="day") == [150]
    minutes, (hour,) = await shown(database), await shown(database, step="hour")
    assert hour.digest == str(sum(int(minute.digest or 0) for minute in minutes))


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ("INSERT INTO counted VALUES (gen_random_uuid(), :at)", [61, 60]),
        ("DELETE FROM counted WHERE received_at = :at", [59, 60]),
        ("UPDATE counted SET inquiry_id = gen_random_uuid() WHERE received_at = :at", [60, 60]),
        (
            "UPDATE counted SET received_at = received_at + '1 minute' WHERE received_at = :at",
            [59, 61],
        ),
    ],
)
async def test_a_late_change_of_a_counted_minute_shows(
    database: Database, change: str, left: list[int]
) -> None:
    await run(database, ADD, at=BEGIN, number=120)
    await renew(database, COUNTED)
    before = await shown(database)
    await run(database, change, at=BEGIN + timedelta(seconds=7))
    for step in STEPS:
        assert (await counts(database, step=step))[0] is None
    await renew(database, COUNTED)
    after = await shown(database)
    assert [item.count for item in after] == left
    assert before[0].digest != after[0].digest


async def test_what_is_emptied_is_nowhere(database: Database) -> None:
    await run(database, ADD, at=BEGIN, number=120)
    await renew(database, COUNTED)
    await run(database, "TRUNCATE counted")
    assert await counts(database) == await counts(database, step="day") == []


async def test_a_commit_during_the_counting_leaves_its_mark(database: Database) -> None:
    await run(database, ADD, at=BEGIN, number=10)
    async with transaction(database) as early:
        await early.execute(ADD, {"at": BEGIN, "number": 5})
        # Another writer of the same minute does not wait, and neither does the counting.
        await run(database, ADD, at=BEGIN, number=1)
        await renew(database, COUNTED)
        assert await counts(database) == [11]
    assert await counts(database) == [None]
    await renew(database, COUNTED)
    assert await counts(database) == [16]


async def test_what_no_trigger_has_seen_is_found_in_time(database: Database) -> None:
    await run(database, ADD, at=BEGIN, number=180)
    await renew(database, COUNTED)
    async with transaction(database) as session:
        await session.execute("SET LOCAL session_replication_role = replica")
        await session.execute("DELETE FROM counted WHERE received_at = :at", {"at": BEGIN})
    assert await counts(database) == [60, 60, 60]
    for _ in range(3):
        async with transaction(database) as session:
            await renew_oldest(session, COUNTED, limit=1)
    assert await counts(database) == [59, 60, 60]
    assert await counts(database, step="day") == [179]


async def test_a_round_costs_what_changed_however_much_there_is(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "MINUTES_AT_ONCE", 1500)
    await run(
        database,
        "INSERT INTO counted SELECT gen_random_uuid(), CAST(:at AS timestamptz)"
        " + n * interval '1.728 seconds' FROM generate_series(0, 99999) AS n",
        at=BEGIN - timedelta(days=2),
    )
    await run(database, "ANALYZE counted")
    assert await renew(database, COUNTED) == 2880
    before = await _rows_read(database)
    await run(database, ADD, at=BEGIN, number=90)
    assert await renew(database, COUNTED) == 2
    assert len(await shown(database, step="day")) == 3
    assert await _rows_read(database) - before <= 90 + 10
    assert await counts(database, step="day") == [31250, 50000, 18840]


async def _rows_read(database: Database) -> int:
    """Rows of the counted table that any statement has read so far."""
    async with transaction(database) as session:
        await session.execute("SELECT pg_stat_force_next_flush()")
    async with transaction(database) as session:
        rows: int = await session.scalar(
            "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'counted'"
        )
    return rows
