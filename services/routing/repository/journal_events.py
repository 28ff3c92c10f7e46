"""Routing's own events as they are handed on, in the order of their rows in the journal."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from services.routing.domain.event_views import GIVING, OWNING, managers_concerned, owner_after
from shared.contracts.streams import StreamGap
from shared.database import Row, Session

# The owner before an event is what the last event before it in its stream says of owners.
_EVENT = """
SELECT j.id, j.event_id, j.type, j.topic, j.key, j.version, CAST(j.payload AS text) AS payload,
    j.source, j.recorded_at, b.manager_id AS owner_before,
    CASE WHEN j.topic = 'leads' THEN ARRAY[l.pool] ELSE ARRAY(
        SELECT m.pool FROM pool_member AS m WHERE m.manager_id = CAST(j.key AS uuid)
    ) END AS pools,
    e.contact_id IS NOT NULL AS is_erased
FROM journal AS j
LEFT JOIN LATERAL (
    SELECT CASE WHEN o.type = ANY(CAST(:giving AS text[]))
        THEN CAST(o.payload ->> 'manager_id' AS uuid) END AS manager_id
    FROM journal AS o
    WHERE j.topic = 'leads' AND o.topic = 'leads' AND o.key = j.key AND o.version < j.version
        AND o.type = ANY(CAST(:owning AS text[]))
    ORDER BY o.version DESC LIMIT 1
) AS b ON true
LEFT JOIN lead AS l ON j.topic = 'leads' AND l.lead_id = CAST(j.key AS uuid)
LEFT JOIN erased_contact AS e ON e.contact_id = l.contact_id
"""
_PAGE = f"""
{_EVENT} WHERE j.id > :after AND j.id <= :until AND j.type <> :gap
ORDER BY j.id LIMIT :limit
"""
_NEXT = f"""
{_EVENT} WHERE j.topic = :topic AND j.key = :key AND j.version >= :first AND j.version <= :last
    AND j.type <> :gap
    AND (cardinality(CAST(:types AS text[])) = 0 OR j.type = ANY(CAST(:types AS text[])))
ORDER BY j.topic, j.key, j.version LIMIT 1
"""
_BY_TIME = "SELECT id, recorded_at FROM journal WHERE id >= :id ORDER BY id LIMIT 1"
# The newest rows are looked through: an event's id has no index, since nothing else asks for it.
_BY_ID = """
SELECT id FROM (SELECT id, event_id FROM journal ORDER BY id DESC LIMIT :most) AS newest
WHERE event_id = :event_id
"""
NEWEST = 200_000
# A row is numbered later than its time is taken, by the length of its transaction.
OUT_OF_ORDER = timedelta(seconds=10)


@dataclass(frozen=True)
class JournalEvent:
    """`id` is the event's row; `pools` are those of its lead, or of its manager; `is_erased` if the
    person asked to be forgotten.
    """

    id: int
    event_id: UUID
    type: str
    topic: str
    key: str
    version: int
    text: str
    source: str
    recorded_at: datetime
    owner_before: UUID | None
    pools: frozenset[str]
    is_erased: bool

    @cached_property
    def payload(self) -> Mapping[str, Any]:
        content: Mapping[str, Any] = json.loads(self.text)
        return content

    @cached_property
    def owner_after(self) -> UUID | None:
        return owner_after(self.type, self.payload, self.owner_before)

    @cached_property
    def manager_ids(self) -> Sequence[UUID]:
        """The managers whom it concerns."""
        return managers_concerned(self.topic, self.type, self.payload, self.owner_before)


async def list_events(
    session: Session, *, after: int, until: int, limit: int
) -> Sequence[JournalEvent]:
    """The next events behind the row `after`, up to the row `until`."""
    place = {"after": after, "until": until, "limit": limit}
    return [_event(row) for row in await session.execute(_PAGE, {**place, **_WORDS})]


async def find_next(
    session: Session, *, topic: str, key: str, first: int, last: int, types: Sequence[str]
) -> JournalEvent | None:
    """The first event of a stream between two versions that is of one of the types; no types: of
    any.
    """
    place = {"topic": topic, "key": key, "first": first, "last": last, "types": list(types)}
    row = (await session.execute(_NEXT, {**place, **_WORDS})).first()
    return None if row is None else _event(row)


async def get_last_row(session: Session) -> int:
    """The highest row that is committed; 0 if there is none."""
    last: int = await session.scalar("SELECT coalesce(max(id), 0) FROM journal")
    return last


async def get_row_before(session: Session, moment: datetime, *, last: int) -> int:
    """A row before everything that was recorded from a moment on."""
    moment -= OUT_OF_ORDER
    low, high = 0, last + 1  # the first row recorded from then on is above `low`, up to `high`
    while high - low > 1:
        middle = (low + high) // 2
        row = (await session.execute(_BY_TIME, {"id": middle})).first()
        if row is None or row.recorded_at >= moment:
            high = middle
        else:
            low = row.id
    return low


async def find_row(session: Session, event_id: UUID) -> int | None:
    """The row of one of the newest events."""
    row_id: int | None = await session.scalar(_BY_ID, {"event_id": event_id, "most": NEWEST})
    return row_id


_WORDS = {"giving": list(GIVING), "owning": list(OWNING), "gap": StreamGap.TYPE}


def _event(row: Row) -> JournalEvent:
    return JournalEvent(
        id=row.id,
        event_id=row.event_id,
        type=row.type,
        topic=row.topic,
        key=row.key,
        version=row.version,
        text=row.payload,
        source=row.source,
        recorded_at=row.recorded_at,
        owner_before=row.owner_before,
        pools=frozenset(pool for pool in row.pools if pool is not None),
        is_erased=row.is_erased,
    )
