"""A routing whose database is older than its own events goes on from what these say."""

import os
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.routing.handlers import apply
from services.routing.service import ROUTING
from services.routing.use_cases.restore import restore
from shared.contracts.inquiry import Call
from shared.database import Database, transaction
from shared.errors import UnavailableError
from shared.messaging.decoding import ReceivedEvent
from shared.messaging.log.protocol import ReadBack
from shared.messaging.outbox.recovery import Recovery, recover
from shared.runtime.loop import Progress
from tests.integration.routing.harness import Company
from tests.integration.routing.story import Story
from tests.support.event_streams import interleaved
from tests.support.journal_events import journal_events
from tests.support.old_tables import OldTables, content_of

TABLES = (
    *("pipeline", "pool", "manager", "pool_member", "contact_link", "lead", "lead_inquiry"),
    *("assignment", "passed_over", "lead_stage"),
)
SEEDS = int(os.environ.get("SEEDS", "8"))
# What routing's own events determine; a round that begins while a lead waits is in none.
OWN = {
    "lead": """SELECT lead_id, contact_id, pipeline, pool, stage, state, merged_into, owner_id,
        epoch, version, accepted_at, units_milli, channel, source_id, is_test, received_at,
        opened_at, closed_at, amount, currency, loss_reason, parked_reason, pipeline_version,
        stage_since, next_action, next_action_at, expected_amount, expected_currency, hops,
        unowned_since FROM lead""",
    "lead_stage": """SELECT lead_id, version, stage, from_stage, state, pipeline_version, facts, at,
        actor, manager_id FROM lead_stage""",
    "lead_inquiry": "SELECT inquiry_id, lead_id, is_test, attached_at FROM lead_inquiry",
    "assignment": """SELECT lead_id, epoch, manager_id, round, units_milli,
        assigned_at, accept_by, first_touch_by, accepted_at, ended_at, outcome,
        tier FROM assignment""",
    "passed_over": "SELECT lead_id, round, manager_id FROM passed_over",
    "manager": """SELECT manager_id, name, email, capacity_milli, reserved_milli, time_zone,
        skills, status, status_until, last_assigned_at, left_at FROM manager""",
    "pool_member": "SELECT pool, manager_id FROM pool_member",
}
# What comes back with the events of others. A lead that gets back what it is about counts as new
# again, so that why it waited is not compared.
ALL = {
    **OWN,
    "lead": OWN["lead"].replace("parked_reason, ", ""),
    "heard": "SELECT lead_id, language, canonical_id FROM lead",
    "lead_inquiry": "SELECT inquiry_id, lead_id, contact_id, source_id, channel, priority_class,"
    " language, is_test, received_at, attached_at FROM lead_inquiry",
    "contact_link": "SELECT contact_id, canonical_id FROM contact_link",
}


async def put_back(
    database: Database, events: Sequence[ReceivedEvent], *, size: int, now: Any
) -> None:
    for first in range(0, len(events), size):
        async with transaction(database) as session:
            await restore(session, events[first : first + size], now=now)


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("whole", [True, False], ids=["from nothing", "from a backup"])
async def test_a_restored_house_is_the_one_that_was_lost(
    company: Company, seed: int, *, whole: bool
) -> None:
    choice = random.Random(seed)
    story = Story(company, choice)
    backup = await OldTables.of(company.database, *TABLES)
    lost = 0
    await story.staff()
    await story.live(20)
    if not whole:
        backup = await OldTables.of(company.database, *TABLES)
        lost = await company_length(company)
    heard = 0 if whole else len(story.events)
    await story.live(40)
    own_before = await content_of(company.database, OWN)
    before = await content_of(company.database, ALL)
    events = await journal_events(company.database, after=lost)
    emitted = await company_length(company)
    await backup.bring_back()
    # Streams come in any order, in parts.
    await put_back(
        company.database, interleaved(events, choice), size=choice.choice([3, 50, 999]),
        now=company.now - timedelta(days=1),
    )  # fmt: skip
    own = await content_of(company.database, OWN)
    for name in OWN.keys() - {"lead_inquiry"}:
        assert own[name] == own_before[name]
    async with transaction(company.database) as session:
        await apply(session, story.events[heard:], now=company.now)
    now = await content_of(company.database, ALL)
    for name in ALL:
        assert now[name] == before[name], name
    assert await company_length(company) == emitted, "nothing is emitted again"
    await company.check()


FORGET = (
    "DELETE FROM journal WHERE id > :last",
    "DELETE FROM stream",
    "INSERT INTO stream SELECT topic, key, max(version) FROM journal GROUP BY topic, key",
    "TRUNCATE acknowledged, pending",
    "UPDATE producer SET server = '-infinity', opened = pg_current_xact_id()",
)


@dataclass(eq=False)
class OwnLog:
    """The service's own topics as they hold these events, read in parts."""

    events: Sequence[ReceivedEvent]

    async def cluster_id(self) -> str:
        return "cluster"

    async def read_back(
        self,
        topics: Sequence[str],
        after: Mapping[tuple[str, int], int],
    ) -> AsyncIterator[ReadBack]:
        events = [item for item in self.events if item.envelope.topic in topics]
        for first in range(0, len(events), 3):
            yield ReadBack(events[first : first + 3], {})


async def test_a_restored_service_goes_on_with_owner_stage_and_version(company: Company) -> None:
    backup = await OldTables.of(company.database, *TABLES)
    anna = await company.manager(capacity=2)
    lead = await company.perform("accept", await company.assigned())
    lead = await company.perform("stage", lead, stage="offer")
    done = await company.perform("accept", await company.assigned("other"))
    done = await company.perform("won", done, amount=10, currency="RUB")
    events = await journal_events(company.database)
    await backup.bring_back()
    async with transaction(company.database) as session:
        for statement in FORGET:
            await session.execute(statement, {"last": 0} if ":last" in statement else None)
    with pytest.raises(UnavailableError):
        await company.act(lead)  # it would find no lease to mark
    own = OwnLog(events)
    recovery = Recovery(company.database, {}, lambda: company.now, own, ROUTING.restore)
    await recover(recovery, Progress())
    present = await company.lead(lead["lead_id"])
    assert {name: present[name] for name in SAME} == {name: lead[name] for name in SAME}
    assert (await company.lead(done["lead_id"]))["state"] == "won"
    assert (await company.get(f"/v1/managers/{anna}"))["reserved"] == 1
    lost = await company.perform("lost", present, loss_reason="price")
    assert lost["version"] == lead["version"] + 1
    last = (await journal_events(company.database))[-1].envelope
    assert last.version == 1 + max(
        item.version for item in events if item.envelope.key == lead["lead_id"]
    )


async def test_a_deadline_that_passed_while_we_were_away_begins_anew(company: Company) -> None:
    backup = await OldTables.of(company.database, *TABLES)
    await company.manager()
    lead = await company.assigned()
    events = await journal_events(company.database)
    await backup.bring_back()
    company.pass_time(hours=3)
    await put_back(company.database, events, size=99, now=company.now)
    await company.tick()
    present = await company.lead(lead["lead_id"])
    assert present["owner_id"] == lead["owner_id"]
    assert datetime.fromisoformat(present["accept_by"]) == company.now + timedelta(minutes=5)


async def test_what_inquiries_say_comes_back_with_them(company: Company) -> None:
    backup = await OldTables.of(company.database, *TABLES)
    await company.manager()
    first = company.inquiry(language="en", priority_class="low")
    call = Call(direction="incoming", outcome="answered")
    await company.consume(first)
    await company.assign()
    company.pass_time(minutes=1)
    second = company.inquiry(priority_class="high", call=call)
    await company.consume(second)
    heard = {
        "lead": "SELECT language, priority_class, priority_rank FROM lead",
        "touch": "SELECT touched_at FROM assignment",
    }
    before = await content_of(company.database, heard)
    assert before["touch"] == [(company.now,)]
    events = await journal_events(company.database)
    await backup.bring_back()
    await put_back(company.database, events, size=99, now=company.now)
    await company.consume(first, second)
    assert await content_of(company.database, heard) == before
    assert len(await journal_events(company.database)) == len(events)


SAME = ("owner_id", "stage", "state", "version", "accepted_at", "pool", "priority_class")


async def company_length(company: Company) -> int:
    """How far the company's journal goes."""
    return int((await company.rows("SELECT coalesce(max(id), 0) AS id FROM journal"))[0]["id"])
