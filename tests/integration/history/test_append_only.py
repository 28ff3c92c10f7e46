"""The database itself refuses to change what was written, but for the words of who is erased."""

import asyncpg
import pytest

from services.history.handlers import apply
from shared.contracts.contacts import ContactErased
from shared.database import Database, transaction
from tests.integration.history.reporting import ANNA, CONTACT, lead_of_anna
from tests.integration.history.sealing import seal
from tests.support.event_streams import EventStreams, consume
from tests.support.http_client import Door

CHANGES = (
    "UPDATE timeline_entry SET text = 'nothing was said'",
    "UPDATE timeline_entry SET text = NULL",
    "UPDATE timeline_entry SET facts = facts || '{\"amount\": 1}'",
    "UPDATE timeline_entry SET facts = '{}', text = NULL",
    "UPDATE timeline_entry SET at = at - interval '1 hour'",
    "DELETE FROM timeline_entry",
    "UPDATE activity SET text = 'I never called'",
    "UPDATE activity SET recorded_at = NULL",
    "DELETE FROM activity",
    "UPDATE chain_link SET digest = hash",
    "DELETE FROM chain_link",
    "TRUNCATE chain_link",
    "UPDATE seal SET links = 0",
    "DELETE FROM seal",
    "TRUNCATE seal, chain_day",
)


async def reported(database: Database, door: Door) -> EventStreams:
    streams, lead = lead_of_anna()
    await consume(database, apply, streams.events)
    answer = await door.client.post(
        "/v1/activities",
        json={"lead_id": str(lead), "kind": "note", "text": "secret", "facts": {"price": 7}},
        headers=door.as_("manager", manager_id=ANNA),
    )
    assert answer.status_code == 201, answer.text
    assert await seal(database) == 4
    return streams


async def test_what_was_written_stays(database: Database, door: Door) -> None:
    await reported(database, door)
    for change in CHANGES:
        with pytest.raises(asyncpg.PostgresError, match=r"only added to|permission denied"):
            async with transaction(database) as session:
                await session.execute(change)


async def test_only_what_takes_words_of_an_erased_person_away_is_let_through(
    database: Database, door: Door
) -> None:
    streams = await reported(database, door)
    streams.emit(ContactErased(contact_id=CONTACT, birth_ids=[CONTACT], erased_at=streams.at))
    await consume(database, apply, streams.events[-1:])
    async with transaction(database) as session:
        rows = await session.execute(
            "SELECT text, CAST(facts AS text) AS facts FROM timeline_entry WHERE text IS NOT NULL"
            " UNION ALL SELECT text, CAST(facts AS text) FROM activity WHERE facts <> '{}'"
        )
        assert list(rows) == []
    for change in CHANGES:
        if change.endswith(("SET text = NULL", "SET facts = '{}', text = NULL")):
            continue  # nothing, or again nothing but words
        with pytest.raises(asyncpg.PostgresError, match=r"only added to|permission denied"):
            async with transaction(database) as session:
                await session.execute(change)


async def test_an_application_that_is_no_superuser_has_not_even_the_privilege(
    database: Database,
) -> None:
    async with transaction(database) as session:
        await session.execute("CREATE ROLE application")
        for table in ("timeline_entry", "chain_link", "seal", "chain_day"):
            await session.execute(f"ALTER TABLE {table} OWNER TO application")
        rows = await session.execute(
            "SELECT relname FROM pg_class WHERE relname IN"
            " ('timeline_entry', 'timeline_entry_rest', 'chain_link', 'seal', 'chain_day')"
            " AND (has_table_privilege(relowner, oid, 'DELETE')"
            " OR has_table_privilege(relowner, oid, 'UPDATE')) AND NOT (SELECT rolsuper"
            " FROM pg_roles WHERE pg_roles.oid = relowner)"
        )
        names = rows.scalars()
        await session.execute("ALTER TABLE timeline_entry OWNER TO CURRENT_USER")
        for table in ("chain_link", "seal", "chain_day"):
            await session.execute(f"ALTER TABLE {table} OWNER TO CURRENT_USER")
        await session.execute("DROP ROLE application")
    assert names == []
