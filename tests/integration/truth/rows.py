"""What history tells: one row for each thing that happened. Nothing else is known here.

When it became known is in the row: an entry's id holds the time at which its event was recorded, a
report has `recorded_at`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.database import Database, transaction

_ENTRIES = """
SELECT event_id, kind, at, learned_at, contact_id, lead_id, inquiry_id, channel, facts
FROM timeline_entry ORDER BY event_id
"""
_REPORTS = """
SELECT activity_id, kind, direction, at, learned_at, recorded_at, contact_id, lead_id, manager_id,
    facts
FROM activity WHERE recorded_at IS NOT NULL ORDER BY activity_id
"""
REPORTED = "activity.recorded"


@dataclass(frozen=True, slots=True)
class Row:
    """A fact of the story; `place` orders those of one stream."""

    place: tuple[int, UUID]
    kind: str
    at: datetime
    learned_at: datetime
    known_at: datetime
    contact_id: UUID | None
    lead_id: UUID | None
    inquiry_id: UUID | None
    channel: str | None
    facts: dict[str, Any]

    def id_of(self, name: str) -> UUID | None:
        value = self.facts.get(name)
        return None if value is None else UUID(value)

    def moment_of(self, name: str) -> datetime | None:
        value = self.facts.get(name)
        return None if value is None else datetime.fromisoformat(value)


def label(written: str | None) -> str | None:
    """What figures are grouped by: nothing where a person could be found by it."""
    return None if not written or "@" in written or written.startswith("+") else written


def time_of_id(event_id: UUID) -> datetime:
    """The moment that a UUIDv7 holds (RFC 9562, 5.7), to the millisecond."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=event_id.int >> 80)


async def read_story(history: Database) -> list[Row]:
    """Every row of history."""
    async with transaction(history) as session:
        entries = list(await session.execute(_ENTRIES))
        reports = list(await session.execute(_REPORTS))
    return [*map(_of_entry, entries), *map(_of_report, reports)]


def _of_entry(row: Any) -> Row:
    return Row(
        # A lead's events are counted by the lead itself; of others the ids are in order.
        place=(int(row.facts.get("version", 0)), row.event_id),
        kind=row.kind,
        at=row.at,
        learned_at=row.learned_at,
        known_at=time_of_id(row.event_id),
        contact_id=row.contact_id,
        lead_id=row.lead_id,
        inquiry_id=row.inquiry_id,
        channel=row.channel,
        facts=row.facts,
    )


def _of_report(row: Any) -> Row:
    members = {"kind": row.kind, "direction": row.direction, "told": row.facts}
    if row.manager_id is not None:
        members["manager_id"] = str(row.manager_id)
    return Row(
        place=(0, row.activity_id),
        kind=REPORTED,
        at=row.at,
        learned_at=row.learned_at,
        known_at=row.recorded_at,
        contact_id=row.contact_id,
        lead_id=row.lead_id,
        inquiry_id=None,
        channel=None,
        facts=members,
    )


def known_before(rows: Sequence[Row], moment: datetime) -> list[Row]:
    """The story as far as it was known before a moment, each stream in its order."""
    return sorted((row for row in rows if row.known_at < moment), key=lambda row: row.place)
