"""Who is forgotten stays so: in entries written at the same moment, and in whatever is rebuilt."""

import asyncio

from services.history.handlers import apply
from services.history.repository.projections import clear
from services.history.tables import PROJECTIONS
from services.kpi.handlers import apply as count
from services.kpi.repository.facts import clear as clear_facts
from services.kpi.tables import metadata as kpi_tables
from services.kpi.use_cases.settling import settle
from shared.contracts.contacts import ContactErased
from shared.contracts.leads import LeadReturned
from shared.database import Database, open_database, transaction
from shared.messaging.outbox.walking import OwnJournal
from tests.integration.history.reporting import ANNA, CONTACT, emitted, lead_of_anna
from tests.support.event_streams import (
    MORNING,
    EventStreams,
    consume,
    consume_again,
    contents,
    some_id,
)
from tests.support.http_client import Door
from tests.support.infrastructure import DatabaseFactory
from tests.support.waiting import eventually


async def words(database: Database) -> list[str]:
    async with transaction(database) as session:
        found = await session.execute("SELECT text FROM timeline_entry WHERE text IS NOT NULL")
        return list(found.scalars())


async def erasures_waiting(database: Database) -> int:
    async with transaction(database) as session:
        return int(
            await session.scalar(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
        )


async def test_an_entry_being_written_while_its_person_is_forgotten(database: Database) -> None:
    streams = EventStreams()
    streams.inquiry("secret", contact=CONTACT)
    streams.emit(ContactErased(contact_id=CONTACT, birth_ids=[CONTACT], erased_at=streams.at))
    inquiry, erasure = streams.events
    async with transaction(database) as session:
        await apply(session, [inquiry], now=MORNING)
        forgetting = asyncio.create_task(consume(database, apply, [erasure]))

        async def settled() -> bool:
            return forgetting.done() or await erasures_waiting(database) == 1

        await eventually(settled, seconds=5, what="the erasure waits for the entry")
    await forgetting
    assert await words(database) == []


async def test_a_rebuild_brings_no_words_of_a_forgotten_person_back(database: Database) -> None:
    """The person has had two contacts, and only the second has a lead."""
    streams, second, other = (
        EventStreams(),
        some_id("contact", "second"),
        some_id("contact", "other"),
    )
    streams.inquiry("secret", contact=CONTACT)
    lead = streams.opened(
        "lead", inquiry=streams.inquiry("secret 2", contact=second), contact=second
    )
    streams.on_lead(LeadReturned, lead, second, manager_id=ANNA, epoch=1, reason="spoke to secret")
    streams.inquiry("somebody else", contact=other)
    streams.emit(
        ContactErased(contact_id=CONTACT, birth_ids=[second, CONTACT], erased_at=streams.at)
    )
    await consume(database, apply, streams.events)
    before = await contents(database, PROJECTIONS)
    await consume_again(database, streams, service="history", apply=apply, clear=clear)
    assert await contents(database, PROJECTIONS) == before
    assert "secret" not in str(before)
    assert await words(database) == ["words of somebody else"]


async def test_what_is_blanked_stays_a_fact_for_whoever_is_rebuilt_from_it(
    database: Database, door: Door, migrated_database: DatabaseFactory
) -> None:
    streams, lead = lead_of_anna()
    await consume(database, apply, streams.events)
    for facts in ({"outcome": "answered", "who": "secret"}, {"outcome": "secret was away"}):
        body = {"kind": "call", "direction": "incoming", "text": "secret", "facts": facts}
        answer = await door.client.post(
            "/v1/activities",
            json={"lead_id": str(lead), **body},
            headers=door.as_("manager", manager_id=ANNA),
        )
        assert answer.status_code == 201, answer.text
    reports = open_database(await migrated_database("kpi"), service="kpi", background=True)
    before = await _rebuilt(reports, streams, history=database)
    streams.emit(ContactErased(contact_id=CONTACT, birth_ids=[CONTACT], erased_at=streams.at))
    await consume(database, apply, streams.events[-1:])
    after = await _rebuilt(reports, streams, history=database)
    await reports.close()
    assert "secret" not in str(await emitted(database))
    assert len(before["touch"]) == 1, "only the answered call counts as contact"
    assert after == before


async def _rebuilt(
    reports: Database, streams: EventStreams, *, history: Database
) -> dict[str, list[str]]:
    """What kpi makes of all journals."""
    journals = {"history": OwnJournal(history)}
    await consume_again(
        reports, streams, service="kpi", apply=count, clear=clear_facts, real=journals
    )
    async with transaction(reports) as session:
        assert await session.scalar("SELECT count(*) FROM held") == 0
    await settle(reports)
    return await contents(reports, kpi_tables.sorted_tables)
