"""The floor keeps what it is compared by: each event once, in order, nothing by halves."""

from argparse import Namespace
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from benchmarks import floor, floor_consumers, floor_intake
from benchmarks.floor_intake import Submission
from benchmarks.floor_messages import Event, claim_columns, draft
from benchmarks.floor_tables import TABLES
from benchmarks.intake_door import BODY
from benchmarks.machine import workshop
from shared.clock import system_clock
from shared.ids import derived_id, new_id
from tests.support.infrastructure import DatabaseFactory

SOURCE = derived_id("source", "floor")


@asynccontextmanager
async def database(factory: DatabaseFactory, service: str) -> AsyncIterator[Any]:
    url = await factory(service)
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute(TABLES[service])
        yield connection
    finally:
        await connection.close()


def submissions(*numbers: int) -> list[Submission]:
    bodies = [BODY.replace(b"@" * 10, b"%010d" % number) for number in numbers]
    return [Submission(new_id(), body, system_clock()) for body in bodies]


async def normalised(factory: DatabaseFactory, *numbers: int) -> list[Event]:
    async with database(factory, "intake") as connection:
        batch = submissions(*numbers)
        await floor_intake.store(connection, SOURCE, batch)
        return await floor_intake.normalise(connection, SOURCE, batch)


def inquiries(events: Sequence[Event]) -> list[Event]:
    return [event for event in events if event.draft.topic == "inquiries"]


def opened(key: UUID, version: int) -> Event:
    return Event(version, draft("leads", key, "lead.opened.v1", {"contact_id": str(key)}))


def test_a_run_of_versions_is_claimed_from_its_first_to_its_last() -> None:
    one, two = new_id(), new_id()

    columns = claim_columns([opened(one, 4), opened(two, 1), opened(one, 5)])

    assert columns == (["leads", "leads"], [one, two], [3, 0], [5, 1])


async def test_who_comes_again_is_the_same_contact_with_a_second_version(
    empty_database: DatabaseFactory,
) -> None:
    async with database(empty_database, "intake") as connection:
        first, again = submissions(9_000_000_001), submissions(9_000_000_001, 9_000_000_002)
        await floor_intake.store(connection, SOURCE, [*first, *again])
        before = inquiries(await floor_intake.normalise(connection, SOURCE, first))
        after = inquiries(await floor_intake.normalise(connection, SOURCE, again))

        assert [event.version for event in (*before, *after)] == [1, 2, 1]
        assert before[0].draft.key == after[0].draft.key != after[1].draft.key
        states = await connection.fetch("SELECT DISTINCT state FROM submission")
        assert [row["state"] for row in states] == ["normalised"]


async def test_every_inquiry_is_assigned_once_and_known_to_all(
    empty_database: DatabaseFactory,
) -> None:
    events = await normalised(empty_database, *range(9_000_000_001, 9_000_000_008))
    async with database(empty_database, "routing") as routing:
        managers = [(new_id(), 10_000) for _ in range(3)]
        await routing.executemany(
            "INSERT INTO manager (manager_id, capacity) VALUES ($1, $2)", managers
        )
        leads = await floor_consumers.route(routing, inquiries(events))
        loads = await routing.fetch("SELECT reserved FROM manager ORDER BY reserved")
    now = system_clock()
    async with database(empty_database, "history") as history:
        await floor_consumers.record(history, [*events, *leads], now=now)
        kinds = await history.fetch(
            "SELECT kind, count(*) FROM timeline_entry GROUP BY kind ORDER BY kind"
        )
    async with database(empty_database, "kpi") as kpi:
        for part in (inquiries(events), leads):
            await floor_consumers.count(kpi, part, source_id=SOURCE, now=now)
        owned = await kpi.fetchval(
            "SELECT count(*) FROM lead_story JOIN inquiry_link USING (lead_id)"
            " JOIN inquiry USING (inquiry_id) WHERE owner_id IS NOT NULL"
        )

    assert [row["reserved"] for row in loads] == [2000, 2000, 3000]
    assert [tuple(row) for row in kinds] == [
        ("contact.changed", 7),
        ("inquiry.received", 7),
        ("lead.assigned", 7),
        ("lead.opened", 7),
    ]
    assert owned == 7


@pytest.mark.parametrize("versions", [[1], [1, 2], [4]], ids=["again", "overlap", "gap"])
async def test_what_does_not_follow_on_what_was_seen_leaves_nothing(
    empty_database: DatabaseFactory, versions: list[int]
) -> None:
    key, now = new_id(), system_clock()
    async with database(empty_database, "history") as history:
        await floor_consumers.record(history, [opened(key, 1), opened(key, 2)], now=now)

        with pytest.raises(asyncpg.DivisionByZeroError):
            await floor_consumers.record(
                history, [opened(key, version) for version in versions], now=now
            )

        assert await history.fetchval("SELECT version FROM seen") == 2
        assert await history.fetchval("SELECT count(*) FROM timeline_entry") == 2


async def test_a_stream_that_begins_in_its_middle_leaves_nothing(
    empty_database: DatabaseFactory,
) -> None:
    async with database(empty_database, "history") as history:
        with pytest.raises(asyncpg.DivisionByZeroError):
            await floor_consumers.record(history, [opened(new_id(), 2)], now=system_clock())

        assert await history.fetchval("SELECT count(*) FROM seen") == 0


async def test_it_is_measured_by_commit_times(capsys: pytest.CaptureFixture[str]) -> None:
    phases = Namespace(rates=[100.0], seconds=0.3, burst=40, warm=20, idle_seconds=30.0)
    with workshop() as folder:
        await floor.measure_floor(folder, phases)

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[:3] for line in lines] == [["floor", "100/s", "30"], ["floor", "burst", "40"]]
    for line in lines:
        p50, p99, leads_per_second = float(line[4]), float(line[6]), float(line[7])
        assert 0 < p50 <= p99 < 10_000
        assert 0 < leads_per_second < 10_000
