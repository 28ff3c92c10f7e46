"""An erasure and a line that are written at the same moment do not miss each other."""

import asyncio

from services.history.handlers import apply
from shared.contracts.contacts import ContactErased
from shared.database import Database, transaction
from tests.support.telling import MORNING, Told, hear, some_id
from tests.support.waiting import eventually

CONTACT = some_id("contact", 1)


async def words(database: Database) -> list[str]:
    async with transaction(database) as session:
        found = await session.execute("SELECT text FROM line WHERE text IS NOT NULL")
        return list(found.scalars())


async def erasures_waiting(database: Database) -> int:
    async with transaction(database) as session:
        return int(
            await session.scalar(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
        )


async def test_a_line_being_written_while_its_person_is_forgotten(database: Database) -> None:
    told = Told()
    told.inquiry("secret", contact=CONTACT)
    told.tell(ContactErased(contact_id=CONTACT, birth_ids=[CONTACT], erased_at=told.at))
    line, erasure = told.heard
    async with transaction(database) as session:
        await apply(session, [line], now=MORNING)
        forgetting = asyncio.create_task(hear(database, apply, [erasure]))

        async def settled() -> bool:
            return forgetting.done() or await erasures_waiting(database) == 1

        await eventually(settled, seconds=5, what="the erasure waits for the line")
    await forgetting
    assert await words(database) == []
