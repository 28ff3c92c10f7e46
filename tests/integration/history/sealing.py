"""Sealing and verifying as a test does it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.history.use_cases.chain.seal import seal_batch
from shared.database import Database, transaction
from tests.support.event_streams import MORNING
from tests.support.http_client import Door


async def seal(database: Database, *, now: datetime = MORNING) -> int:
    """Seal all that waits, and say how much."""
    count = 0
    while taken := await seal_batch(database, now=now):
        count += taken
    return count


async def tamper(database: Database, statement: str, **params: Any) -> None:
    """What somebody does to the tables who may switch the guards off."""
    tables = ("timeline_entry", "activity", "chain_link", "seal", "chain_day")
    async with transaction(database) as session:
        for table in tables:
            await session.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        await session.execute(statement, params)
        for table in tables:
            await session.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


async def verified(door: Door, what: str, id_: UUID, *, cursor: str | None = None) -> Any:
    answer = await door.client.get(
        f"/v1/{what}/{id_}/timeline/verify",
        params={"cursor": cursor} if cursor else {},
        headers=door.as_("supervisor"),
    )
    assert answer.status_code == 200, answer.text
    return answer.json()
