"""The journal as others read it: one stream, everything forward, or what a consumer lacks.

Forward readers stop below the oldest transaction still open, or they lose late commits.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from shared.contracts.envelope import Envelope
from shared.database import Database, Session, reading
from shared.errors import InvalidError
from shared.messaging.decoding import Stream

PAGE = 200
PAGE_BYTES = 4 * 1_048_576  # of payloads on one page, unless a single event is larger
MOST_LACKING = 400  # events on one page of what is lacking
MOST_RANGES = 200  # asked for at once
HEADS = 2_000  # streams' versions on one page of a walk
_CURSOR = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")
_VERSION = re.compile(r"[0-9]{1,18}")

_COLUMNS = """topic, key, version, event_id, type, source, CAST(payload AS text) AS payload,
    traceparent, causation_id, recorded_at"""
# A transaction takes its number when it first writes and its journal ids later, and may commit
# after younger ones; below the horizon nothing can appear any more.
_FORWARD = f"""
SELECT id, CAST(xid AS text) AS xid, {_COLUMNS} FROM journal
WHERE (xid, id) > (CAST(CAST(:xid AS text) AS xid8), CAST(:id AS bigint))
    AND xid < {{horizon}}
    AND (CAST(:topic AS text) IS NULL OR topic = :topic)
ORDER BY journal.xid, id LIMIT :limit
"""
_OF_STREAM = f"""
SELECT {_COLUMNS} FROM journal WHERE topic = :topic AND key = :key AND version > :after
ORDER BY version LIMIT :limit
"""
_PAGE = """
SELECT * FROM (
    SELECT *, count(*) OVER () AS number,
        sum(octet_length(payload)) OVER (ROWS UNBOUNDED PRECEDING) AS size
    FROM ({rows}) AS row
) AS page WHERE size - octet_length(payload) < :bytes ORDER BY size
"""
# One row more than topics, so that there is one without any.
_STATE = """
SELECT (SELECT CAST(life AS text) FROM producer WHERE one) AS life,
    CAST({horizon} AS text) AS horizon, t.topic, CAST(last.xid AS text) AS xid, last.id
FROM unnest(CAST(:topics AS text[]) || CAST(NULL AS text)) AS t(topic)
LEFT JOIN LATERAL (
    SELECT xid, id FROM journal WHERE journal.topic = t.topic
    ORDER BY journal.topic DESC, journal.xid DESC, journal.id DESC LIMIT 1
) AS last ON true
"""
_HEADS = """
SELECT key, version, CAST(xid AS text) AS xid, id FROM journal
WHERE topic = :topic
    AND (xid, id) > (CAST(CAST(:xid AS text) AS xid8), CAST(:id AS bigint))
    AND xid < least(CAST(CAST(:until AS text) AS xid8), {horizon})
ORDER BY topic, journal.xid, id LIMIT :limit
"""
_LACKING = f"""
SELECT * FROM (
    SELECT j.*, k.place,
        sum(octet_length(j.payload)) OVER (ORDER BY k.place, j.version) AS size
    FROM unnest(
        CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:afters AS bigint[]),
        CAST(:untils AS bigint[])
    ) WITH ORDINALITY AS k(topic, key, after, until, place)
    CROSS JOIN LATERAL (
        SELECT {_COLUMNS} FROM journal
        WHERE journal.topic = k.topic AND journal.key = k.key
            AND journal.version > k.after AND journal.version <= k.until
        ORDER BY journal.version LIMIT :limit) AS j
    ORDER BY k.place, j.version LIMIT :limit
) AS page
WHERE size - octet_length(payload) < :bytes ORDER BY place, version
"""


_WALKED = """
SELECT producer, min(walked_at) AS walked_at FROM journal_cursor
GROUP BY producer HAVING bool_and(walked_at IS NOT NULL)
"""


class Position(NamedTuple):
    """A place in a journal: the transaction's number, then the row's."""

    xid: int
    id: int


@dataclass(frozen=True, slots=True)
class JournalPage:
    """`cursor` is where this page ends; `more` says that at least one further page stands ready."""

    items: Sequence[Envelope]
    cursor: str | None
    more: bool


@dataclass(frozen=True, slots=True)
class JournalState:
    """A journal at one moment: whose `life` it is, the `horizon` below which nothing can appear
    any more, where each topic ends, and up to when its producer had itself walked each of the
    journals that it consumes.
    """

    life: str
    horizon: int
    ends: Mapping[str, Position]
    walked: Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class HeadsPage:
    """Versions by stream key along a topic, each the highest of this page; `end` is its place."""

    versions: Mapping[str, int]
    end: Position
    more: bool


class Range(NamedTuple):
    """The versions of a stream that somebody lacks: above `after`, up to `until`."""

    stream: Stream
    after: int
    until: int


class Journal(Protocol):
    """One producer's journal, wherever it lies. Raises UnavailableError."""

    async def state(self, topics: Sequence[str]) -> JournalState: ...

    async def heads(self, topic: str, *, after: Position, until: int) -> HeadsPage: ...

    async def lacking(self, ranges: Sequence[Range]) -> Sequence[Envelope]:
        """The events of the ranges, in their order, as many as fit on one page."""
        ...


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
    shown = rows[:limit]
    end = after
    if shown:
        last = shown[-1]
        end = str(last.version) if key is not None else f"{last.xid}-{last.id}"
    more = bool(rows) and rows[0].number > len(shown)
    return JournalPage([envelope_of(row) for row in shown], end, more)


def _wrong_after(detail: str) -> InvalidError:
    return InvalidError("The place to read on from is not valid.", errors=[("/after", detail)])


async def journal_state(session: Session, topics: Sequence[str]) -> JournalState:
    rows = await session.execute(_STATE.format(horizon=horizon()), {"topics": list(topics)})
    return JournalState(
        life=rows[0].life,
        horizon=int(rows[0].horizon),
        ends={row.topic: Position(int(row.xid), row.id) for row in rows if row.id is not None},
        walked={row.producer: row.walked_at for row in await session.execute(_WALKED)},
    )


async def journal_heads(
    session: Session, topic: str, *, after: Position, until: int, limit: int = HEADS
) -> HeadsPage:
    """The next page of a walk along a topic, up to the horizon `until`."""
    rows = await session.execute(
        _HEADS.format(horizon=horizon()),
        {
            "topic": topic,
            "xid": str(after.xid),
            "id": after.id,
            "until": str(until),
            "limit": limit,
        },
    )
    versions: dict[str, int] = {}
    for row in rows:
        versions[row.key] = max(row.version, versions.get(row.key, 0))
    end = Position(int(rows[-1].xid), rows[-1].id) if rows else after
    return HeadsPage(versions, end, more=len(rows) == limit)


async def journal_lacking(session: Session, ranges: Sequence[Range]) -> Sequence[Envelope]:
    """See `Journal.lacking`."""
    rows = await session.execute(
        _LACKING,
        {
            "topics": [item.stream[0] for item in ranges],
            "keys": [item.stream[1] for item in ranges],
            "afters": [item.after for item in ranges],
            "untils": [item.until for item in ranges],
            "limit": MOST_LACKING,
            "bytes": PAGE_BYTES,
        },
    )
    return [envelope_of(row) for row in rows]


def first_page(ranges: Sequence[Range]) -> Sequence[Range]:
    """As many of the ranges as one page may hold, the last perhaps in part; at least one."""
    wanted: list[Range] = []
    number = 0
    for item in ranges[:MOST_RANGES]:
        if number >= MOST_LACKING:
            break
        wanted.append(item)
        number += item.until - item.after
    return wanted


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


@dataclass(frozen=True, slots=True)
class OwnJournal:
    """The journal of a database this process has itself."""

    database: Database

    async def state(self, topics: Sequence[str]) -> JournalState:
        async with reading(self.database) as session:
            return await journal_state(session, topics)

    async def heads(self, topic: str, *, after: Position, until: int) -> HeadsPage:
        async with reading(self.database) as session:
            return await journal_heads(session, topic, after=after, until=until)

    async def lacking(self, ranges: Sequence[Range]) -> Sequence[Envelope]:
        async with reading(self.database) as session:
            return await journal_lacking(session, ranges)
