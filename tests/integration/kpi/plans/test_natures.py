"""What came as usual and untouched, whether touches are looked up by people or are all read."""

from uuid import UUID

import pytest

from services.kpi.repository.plan import natures
from shared.contracts.activities import ActivityRecorded
from shared.database import Database, transaction
from tests.integration.kpi.plans.planning import a_version, get, orders
from tests.integration.kpi.spring import person
from tests.integration.kpi.telling import apply_and_tell
from tests.support.event_streams import EventStreams, consume, some_id
from tests.support.http_client import Door
from tests.support.mechanisms.mechanism import awaited

ALIAS = some_id("contact", 77)
_LINK = """INSERT INTO contact_link (contact_id, version, canonical_id, known_at)
VALUES (:contact_id, 1, :canonical_id, TIMESTAMPTZ '2025-03-01T00:00Z')"""


def called(streams: EventStreams, number: int, contact_id: UUID, at: str) -> None:
    activity = {
        "contact_id": contact_id, "lead_id": None, "kind": "call", "direction": "outgoing",
        "at": at, "learned_at": at,
    }  # fmt: skip
    event_id = some_id("activity", number)
    streams.emit(ActivityRecorded(activity_id=event_id, actor="anna", **activity))


@pytest.mark.parametrize("are_few", [False, True])
async def test_a_touch_of_any_contact_of_a_person_counts(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch, *, are_few: bool
) -> None:
    monkeypatch.setattr(natures, "_are_few", awaited(are_few))
    streams = orders()
    called(streams, 1, person(0), "2025-09-01T09:00:00Z")
    called(streams, 2, ALIAS, "2025-11-01T09:00:00Z")
    called(streams, 3, person(1), "2025-12-01T09:00:00Z")
    await consume(database, apply_and_tell, streams.events)
    async with transaction(database) as session:
        await session.execute(_LINK, {"contact_id": ALIAS, "canonical_id": person(0)})
    version = await a_version(door, first_month="2025-04", months=12)
    found = await get(door, f"{version}/control", measure="quantity", axis="nature")
    facts = {one["value"]: one["figures"]["fact"] for one in found["items"]}
    # Of twelve orders of tea nine came after two gaps, and before two of these somebody called.
    assert facts == {"guaranteed": 7, "planned": 5}


@pytest.mark.parametrize(("people", "few"), [(0, False), (2, False), (3, True)])
async def test_touches_are_few_by_statistics(database: Database, people: int, *, few: bool) -> None:
    async with transaction(database) as session:
        await session.execute(
            """INSERT INTO touch (touch_id, contact_id, at, learned_at, known_at, kind)
            SELECT gen_random_uuid(), gen_random_uuid(), now(), now(), now(), 'call'
            FROM generate_series(1, 2)"""
        )
        await session.execute("ANALYZE touch")
        assert await natures._are_few(session, people) is few
