"""The journal as others read it: one stream from a version on, or everything forward.

Forward readers stop below the oldest transaction still open, or they lose late commits.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.contracts.envelope import Envelope
from shared.database import Session
from shared.errors import InvalidError

PAGE = 200
PAGE_BYTES = 4 * 1_048_576  # of payloads on one page, unless a single event is larger
_CURSOR = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")
_VERSION = re.compile(r"[0-9]{1,18}")

COLUMNS = """topic, key, version, event_id, type, source, CAST(payload AS text) AS payload,
    traceparent, causation_id, recorded_at"""
# A transaction takes its number when it first writes and its journal ids later, and may commit
# after younger ones; below the horizon nothing can appear any more.
_FORWARD = f"""
SELECT id, CAST(xid AS text) AS xid, {COLUMNS} FROM journal
WHERE (xid, id) > (CAST(CAST(:xid AS text) AS xid8), CAST(:id AS bigint))
    AND xid < {{horizon}}
    AND (CAST(:topic AS text) IS NULL OR topic = :topic)
ORDER BY journal.xid, id LIMIT :limit
"""
_OF_STREAM = f"""
SELECT {COLUMNS} FROM journal WHERE topic = :topic AND key = :key AND version > :after
ORDER BY version LIMIT :limit
"""
_PAGE = """
SELECT * FROM (
    SELECT *, count(*) OVER () AS number,
        sum(octet_length(payload)) OVER (ROWS UNBOUNDED PRECEDING) AS size
    FROM ({rows}) AS row
) AS page WHERE size - octet_length(payload) < :bytes ORDER BY size
"""


@dataclass(frozen=True, slots=True)
class JournalPage:
    """`cursor` is where this page ends; `more`: at least one further page is ready."""

    items: Sequence[Envelope]
    cursor: str | None
    more: bool


def horizon() -> str:
    """The SQL below which every transaction has ended."""
    return "pg_snapshot_xmin(pg_current_snapshot())"


async def journal_page(
    session: Session,
    *,
    topic: str | None = None,
    key: str | None = None,
    after: str | None = None,
    limit: int = PAGE,
) -> JournalPage:
    """A page of a stream (topic and key given; `after` is a version) or of the whole journal,
    forward (`after` is a cursor of an earlier page). Raises InvalidError for a wrong `after`.
    """
    if key is not None and topic is None:
        raise InvalidError("A key needs its topic.", errors=[("/topic", "is required with key")])
    if key is not None:
        if after is not None and not _VERSION.fullmatch(after):
            raise _wrong_after("is a version")
        statement = _OF_STREAM
        place: dict[str, object] = {"key": key, "after": int(after or 0)}
    else:
        cursor = _CURSOR.fullmatch(after or "0-0")
        if cursor is None:
            raise _wrong_after("is a cursor of an earlier page")
        statement = _FORWARD.format(horizon=horizon())
        place = {"xid": cursor[1], "id": int(cursor[2])}
    rows = await session.execute(
        _PAGE.format(rows=statement),
        {**place, "topic": topic, "limit": limit + 1, "bytes": PAGE_BYTES},
    )
    page_rows = rows[:limit]
    end = after
    if page_rows:
        last = page_rows[-1]
        end = str(last.version) if key is not None else f"{last.xid}-{last.id}"
    more = bool(rows) and rows[0].number > len(page_rows)
    return JournalPage([envelope_of(row) for row in page_rows], end, more)


def _wrong_after(detail: str) -> InvalidError:
    return InvalidError("The place to read on from is not valid.", errors=[("/after", detail)])


def envelope_of(row: Any) -> Envelope:
    """A row of the journal as an event; `payload` was selected as text."""
    return Envelope(
        event_id=row.event_id,
        type=row.type,
        source=row.source,
        time=row.recorded_at,
        topic=row.topic,
        key=row.key,
        version=row.version,
        payload=row.payload,
        traceparent=row.traceparent,
        causation_id=row.causation_id,
    )
