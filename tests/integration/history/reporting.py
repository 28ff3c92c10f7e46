"""A lead of Anna's, and what was emitted of what she reports."""

import json
from typing import Any
from uuid import UUID

from services.history.use_cases.activities import settle_activities
from shared.database import Database, transaction
from tests.support.event_streams import MORNING, EventStreams, some_id
from tests.support.http_client import Door

ANNA, BORIS = some_id("manager", "anna"), some_id("manager", "boris")


CONTACT = some_id("contact", 1)


def lead_of_anna() -> tuple[EventStreams, UUID]:
    streams = EventStreams()
    lead = streams.opened(1, inquiry=streams.inquiry(1, contact=CONTACT), contact=CONTACT)
    streams.assigned(lead, CONTACT, ANNA)
    return streams, lead


async def emitted(database: Database) -> list[dict[str, Any]]:
    async with transaction(database) as session:
        rows = await session.execute(
            "SELECT key, CAST(payload AS text) AS emitted FROM journal"
            " WHERE topic = 'activities' ORDER BY id"
        )
        return [{"key": row.key, **json.loads(row.emitted)} for row in rows]


async def settle(database: Database) -> int:
    async with transaction(database) as session:
        return await settle_activities(session, now=MORNING)


async def items_of(door: Door, lead: UUID, headers: dict[str, str]) -> list[dict[str, Any]]:
    answer = await door.client.get(f"/v1/leads/{lead}/timeline", headers=headers)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["items"]
    return [item for item in found if item["kind"] == "activity.recorded"]
