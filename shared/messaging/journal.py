"""The journal as others read it: forward through everything, or one stream from a version on.

One law: forward readers stop below the oldest transaction still open, or they lose late commits.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from shared.contracts.envelope import Envelope
from shared.database import Database, Session, reading
from shared.errors import InvalidError

PAGE = 200
_CURSOR = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")
_VERSION = re.compile(r"[0-9]{1,18}")

_COLUMNS = """id, CAST(xid AS text) AS xid, topic, key, version, event_id, type, source,
    CAST(payload AS text) AS payload, traceparent, causation_id, spoken_at"""
# A transaction takes its number when it first writes and its journal ids later, and may commit
# after younger ones; below the horizon nothing can appear any more.
_FORWARD = f"""
SELECT {_COLUMNS} FROM journal
WHERE (xid, id) > (CAST(CAST(:xid AS text) AS xid8), CAST(:id AS bigint))
    AND xid < {{horizon}}
    AND (CAST(:topic AS text) IS NULL OR topic = :topic)
ORDER BY journal.xid, id LIMIT :limit
"""
_OF_STREAM = f"""
SELECT {_COLUMNS} FROM journal
WHERE topic = :topic AND key = :key AND version > :after
ORDER BY version LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class JournalPage:
    """`cursor` is where this page ends; `more` says that at least one further page stands ready."""

    items: Sequence[Envelope]
    cursor: str | None
    more: bool


class Journal(Protocol):
    """One speaker's journal, wherever it lies. Raises UnavailableError."""

    async def page(
        self,
        *,
        topic: str | None = None,
        key: str | None = None,
        after: str | None = None,
        limit: int = PAGE,
    ) -> JournalPage: ...


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
        found = _CURSOR.fullmatch(after or "0-0")
        if found is None:
            raise _wrong_after("is a cursor of an earlier page")
        statement = _FORWARD.format(horizon=horizon())
        place = {"xid": found[1], "id": int(found[2])}
    rows = await session.execute(statement, {**place, "topic": topic, "limit": limit + 1})
    shown = rows[:limit]
    cursor = after
    if shown:
        last = shown[-1]
        cursor = str(last.version) if key is not None else f"{last.xid}-{last.id}"
    return JournalPage([envelope_of(row) for row in shown], cursor, len(rows) > limit)


def _wrong_after(detail: str) -> InvalidError:
    return InvalidError("The place to read on from is not valid.", errors=[("/after", detail)])


def envelope_of(row: Any) -> Envelope:
    """A row of the journal as an event; `payload` was selected as text."""
    return Envelope(
        event_id=row.event_id,
        type=row.type,
        source=row.source,
        time=row.spoken_at,
        topic=row.topic,
        key=row.key,
        version=row.version,
        payload=row.payload,
        traceparent=row.traceparent,
        causation_id=row.causation_id,
    )


def as_json(page: JournalPage) -> dict[str, Any]:
    """The answer of `GET /v1/journal`."""
    return {
        "items": [_item(envelope) for envelope in page.items],
        "next_cursor": page.cursor if page.more else None,
        "cursor": page.cursor,
    }


def from_json(answer: Mapping[str, Any]) -> JournalPage:
    """Read what `as_json` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    return JournalPage(
        [_envelope(item) for item in answer["items"]],
        answer["cursor"],
        answer["next_cursor"] is not None,
    )


def _item(envelope: Envelope) -> dict[str, Any]:
    return {
        "event_id": str(envelope.event_id),
        "type": envelope.type,
        "source": envelope.source,
        "time": envelope.time.isoformat(),
        "topic": envelope.topic,
        "key": envelope.key,
        "version": envelope.version,
        "payload": json.loads(envelope.payload),
        "traceparent": envelope.traceparent,
        "causation_id": str(envelope.causation_id) if envelope.causation_id else None,
    }


def _envelope(item: Mapping[str, Any]) -> Envelope:
    causation = item["causation_id"]
    return Envelope(
        event_id=UUID(item["event_id"]),
        type=item["type"],
        source=item["source"],
        time=datetime.fromisoformat(item["time"]),
        topic=item["topic"],
        key=item["key"],
        version=int(item["version"]),
        payload=json.dumps(item["payload"], ensure_ascii=False, separators=(",", ":")),
        traceparent=item["traceparent"],
        causation_id=UUID(causation) if causation else None,
    )


@dataclass(frozen=True, slots=True)
class OwnJournal:
    """The journal of a database this process has itself."""

    database: Database

    async def page(
        self,
        *,
        topic: str | None = None,
        key: str | None = None,
        after: str | None = None,
        limit: int = PAGE,
    ) -> JournalPage:
        async with reading(self.database) as session:
            return await journal_page(session, topic=topic, key=key, after=after, limit=limit)
