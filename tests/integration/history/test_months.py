"""Entries are kept by months, which are there before anything of them comes."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.history.domain.months import kept_ahead
from services.history.handlers import apply
from services.history.repository.months import open_months
from services.history.repository.projections import clear
from services.history.use_cases.months import months_loop
from shared.clock import system_clock
from shared.database import Database, transaction
from shared.ids import first_id
from shared.messaging.decoding import ReceivedEvent
from shared.runtime.loop import running
from tests.integration.history.reporting import CONTACT
from tests.support.event_streams import MORNING, EventStreams, consume
from tests.support.waiting import eventually


async def months(database: Database) -> dict[str, int]:
    """How many entries each partition holds, without empty ones."""
    async with transaction(database) as session:
        rows = await session.execute(
            "SELECT CAST(tableoid AS regclass) AS name, count(*) AS count FROM timeline_entry"
            " GROUP BY 1"
        )
        return {row.name.removeprefix("timeline_entry_"): row.count for row in rows}


async def partitions(database: Database) -> set[str]:
    async with transaction(database) as session:
        rows = await session.execute(
            "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid"
            " WHERE inhparent = CAST('timeline_entry' AS regclass)"
        )
        return {name.removeprefix("timeline_entry_") for name in rows.scalars()}


def emitted_at(moments: list[datetime]) -> list[ReceivedEvent]:
    """Inquiries whose events have the ids that `new_id` would have given them then."""
    streams = EventStreams()
    for number, moment in enumerate(moments):
        streams.inquiry(number, contact=CONTACT)
        item = streams.events[-1]
        event_id = UUID(int=first_id(moment).int | 7 << 76 | 2 << 62 | number)
        streams.events[-1] = ReceivedEvent(item.envelope._replace(event_id=event_id), item.event)
    return streams.events


async def test_a_database_begins_with_the_months_around_it(database: Database) -> None:
    now = system_clock()
    assert {month.strftime("%Y_%m") for month in kept_ahead(now)} | {"rest"} >= await partitions(
        database
    )
    assert f"{now:%Y_%m}" in await partitions(database)


async def test_old_months_of_a_replay_are_opened_before_they_are_written(
    database: Database,
) -> None:
    first, last = datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC)
    moments = [
        *(first - timedelta(milliseconds=1), first, last - timedelta(milliseconds=1), last),
        datetime(1999, 12, 31, tzinfo=UTC),
    ]
    events = emitted_at(moments)
    await consume(database, apply, events)
    expected = {"2024_01": 1, "2024_02": 2, "2024_03": 1, "rest": 1}
    assert await months(database) == expected
    async with transaction(database) as session:
        await clear(session)
    await consume(database, apply, events, batch=2)
    await consume(database, apply, events)  # what came before changes nothing
    assert await months(database) == expected


async def test_a_month_that_came_too_soon_stays_where_it_is(database: Database) -> None:
    event_id = UUID(int=first_id(datetime(2031, 5, 7, tzinfo=UTC)).int | 7 << 76 | 2 << 62)
    (item,) = emitted_at([MORNING])
    later = ReceivedEvent(item.envelope._replace(event_id=event_id), item.event)
    await consume(database, apply, [later])
    assert await months(database) == {"rest": 1}
    wanted = [datetime(2031, month, 1, tzinfo=UTC) for month in (4, 5, 6)]
    async with transaction(database) as session:
        assert await open_months(session, wanted) == 2
        assert await open_months(session, wanted) == 0
    assert {"2031_04", "2031_06"} <= await partitions(database)
    assert await months(database) == {"rest": 1}


async def test_the_worker_opens_the_coming_months(database: Database) -> None:
    async with running([months_loop(database, clock=lambda: datetime(2040, 1, 31, tzinfo=UTC))]):

        async def opened() -> bool:
            return "2040_04" in await partitions(database)

        await eventually(opened, seconds=10, what="the months are opened")
    names = await partitions(database)
    assert {"2039_12", "2040_01", "2040_02", "2040_03", "2040_04"} <= names
    assert all(re.fullmatch(r"\d{4}_\d{2}|rest", name) for name in names)
