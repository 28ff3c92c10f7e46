"""No lease ends for want of a touch that history may yet emit."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.routing.handlers import apply
from services.routing.use_cases.timers import tick, timers_loop, touches_known
from shared.contracts.activities import ActivityRecorded
from shared.database import Database, transaction
from shared.ids import new_id
from shared.messaging.consumer.catch_up import CatchUp, catch_up_loop, walk_all
from shared.messaging.consumer.consumer import Consumer
from shared.messaging.consumer.fast_path import FastPath
from shared.messaging.log.memory import MemorySubscription
from shared.messaging.outbox.publish import emit
from shared.messaging.outbox.walking import JournalState, OwnJournal
from shared.runtime.loop import Progress, running
from tests.integration.routing.harness import NINE, Company
from tests.support.infrastructure import DatabaseFactory
from tests.support.messaging_harness import messaging_database
from tests.support.waiting import eventually

_WALKED = """
INSERT INTO journal_cursor (producer, topic, life, xid, id, walked_at)
VALUES ('intake', 'inquiries', gen_random_uuid(), '1', 1, :at),
    ('routing', 'leads', gen_random_uuid(), '1', 1, :at)
ON CONFLICT (producer, topic) DO UPDATE SET walked_at = excluded.walked_at
"""


@pytest.fixture
async def history(migrated_database: DatabaseFactory) -> AsyncIterator[Database]:
    database = await messaging_database(migrated_database, "history")
    yield database
    await database.close()


@pytest.fixture
def walks(company: Company, history: Database, monkeypatch: pytest.MonkeyPatch) -> CatchUp:
    """Routing's walks, without a fast path to leave anything to."""
    monkeypatch.setattr("shared.messaging.consumer.fast_path.ALONE_SECONDS", 0.0)
    consumer = Consumer(company.database, "routing", apply, lambda: company.now)
    return CatchUp(consumer, {"history": OwnJournal(history)}, FastPath(0.0, 0.0, sees_all=False))


class FollowingJournal(OwnJournal):
    """Of a history that walks what it consumes only when it is asked to hurry."""

    async def state(self, topics: Sequence[str], *, hurry: bool = False) -> JournalState:
        if hurry:
            await _has_walked(self.database, NINE + timedelta(hours=1))
        return await super().state(topics)


async def _has_walked(history: Database, at: datetime) -> None:
    async with transaction(history) as session:
        await session.execute(_WALKED, {"at": at})


async def _tells_of_a_call(history: Database, lead: Any, at: datetime) -> None:
    call = ActivityRecorded(
        activity_id=new_id(),
        contact_id=lead["contact_id"],
        lead_id=lead["lead_id"],
        manager_id=lead["owner_id"],
        kind="call",
        direction="outgoing",
        at=at,
        learned_at=at,
    )
    async with transaction(history) as session:
        emit(session, call, now=at)


async def _tick(company: Company, walks: CatchUp) -> None:
    await company.watch()
    await tick(
        company.database, clock=lambda: company.now, touched_until=lambda: touches_known(walks)
    )


async def test_while_history_is_frozen_at_a_deadline_no_lease_ends(
    company: Company, walks: CatchUp, history: Database
) -> None:
    await company.manager()
    called = await company.perform("accept", await company.assigned("called"))
    silent = await company.perform("accept", await company.assigned("silent"))

    async def owners() -> list[Any]:
        return [(await company.lead(lead["lead_id"]))["owner_id"] for lead in (called, silent)]

    company.pass_time(minutes=29)
    frozen_at = company.now
    await _has_walked(history, frozen_at)
    company.pass_time(minutes=2)
    await walk_all(walks, Progress())
    await _tick(company, walks)
    assert None not in await owners(), "history may yet emit a touch in time"
    await _tells_of_a_call(history, called, frozen_at)
    await _has_walked(history, company.now)
    await _tick(company, walks)
    assert None not in await owners(), "what history emits has not been walked"
    await walk_all(walks, Progress())
    await _tick(company, walks)
    assert await owners() == [called["owner_id"], None]
    await company.check()


async def test_a_lease_that_is_due_makes_the_walk_run_at_once(
    company: Company, walks: CatchUp, history: Database
) -> None:
    await company.manager()
    lead = await company.perform("accept", await company.assigned())
    company.pass_time(minutes=31)
    await company.watch()
    walks.journals, walks.awaited = {"history": FollowingJournal(history)}, ("history",)
    idle = MemorySubscription(())
    walks.fast_path = FastPath(600.0, 600.0, sees_all=False, subscription=idle)

    async def waits_again() -> bool:
        return (await company.lead(lead["lead_id"]))["owner_id"] is None

    timers = timers_loop(
        company.database, clock=lambda: company.now, touched_until=lambda: touches_known(walks)
    )
    async with running([catch_up_loop(walks), timers]):
        await eventually(waits_again, seconds=10, what="the lease has ended")
    await company.check()
