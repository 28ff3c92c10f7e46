"""What catch-up asks of a journal: how far it goes, the versions along a topic, what is lacking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from shared.contracts.envelope import Envelope, Stream
from shared.database import Database, reading
from shared.messaging.outbox.journal import COLUMNS, PAGE_BYTES, envelope_of, horizon
from shared.statements import columns

WALK = "walk"  # the wake-up for the walks of a service: somebody waits for them
MOST_LACKING = 400  # events on one page of what is lacking
MOST_RANGES = 200  # asked for at once
HEADS = 2_000  # streams' versions on one page of a walk

# One row more than topics, so that there is one without any.
_STATE = """
SELECT (SELECT CAST(life AS text) FROM producer WHERE one) AS life,
    (SELECT json_object_agg(producer, walked_at) FROM (
        SELECT producer, min(walked_at) AS walked_at FROM journal_cursor
        GROUP BY producer HAVING bool_and(walked_at IS NOT NULL)) AS w) AS walked,
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
        SELECT {COLUMNS} FROM journal
        WHERE journal.topic = k.topic AND journal.key = k.key
            AND journal.version > k.after AND journal.version <= k.until
        ORDER BY journal.version LIMIT :limit) AS j
    ORDER BY k.place, j.version LIMIT :limit
) AS page
WHERE size - octet_length(payload) < :bytes ORDER BY place, version
"""


class Position(NamedTuple):
    """A place in a journal: the transaction's number, then the row's."""

    xid: int
    id: int


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

    async def state(self, topics: Sequence[str], *, hurry: bool = False) -> JournalState:
        """With `hurry` the producer itself walks at once what it consumes."""
        ...

    async def heads(self, topic: str, *, after: Position, until: int) -> HeadsPage:
        """The next page of a walk along a topic, up to the horizon `until`."""
        ...

    async def lacking(self, ranges: Sequence[Range]) -> Sequence[Envelope]:
        """The events of the ranges, in their order, as many as fit on one page."""
        ...


@dataclass(frozen=True, slots=True)
class OwnJournal:
    """The journal in this database; `page` is how many versions one page of a walk holds."""

    database: Database
    page: int = HEADS

    async def state(self, topics: Sequence[str], *, hurry: bool = False) -> JournalState:
        if hurry:
            self.database.wakeup.notify(WALK)
        place = {"topics": list(topics)}
        async with reading(self.database) as session:
            rows = await session.execute(_STATE.format(horizon=horizon()), place)
        ends = {row.topic: Position(int(row.xid), row.id) for row in rows if row.id is not None}
        walked = (rows[0].walked or {}).items()
        return JournalState(
            rows[0].life,
            int(rows[0].horizon),
            ends,
            {producer: datetime.fromisoformat(at) for producer, at in walked},
        )

    async def heads(self, topic: str, *, after: Position, until: int) -> HeadsPage:
        place = {"topic": topic, "xid": str(after.xid), "id": after.id, "until": str(until)}
        async with reading(self.database) as session:
            rows = await session.execute(
                _HEADS.format(horizon=horizon()), {**place, "limit": self.page}
            )
        versions: dict[str, int] = {}
        for row in rows:
            versions[row.key] = max(row.version, versions.get(row.key, 0))
        end = Position(int(rows[-1].xid), rows[-1].id) if rows else after
        return HeadsPage(versions, end, more=len(rows) == self.page)

    async def lacking(self, ranges: Sequence[Range]) -> Sequence[Envelope]:
        places = [(*stream, after, until) for stream, after, until in ranges]
        lists = columns("topics keys afters untils", places)
        async with reading(self.database) as session:
            rows = await session.execute(
                _LACKING, {**lists, "limit": MOST_LACKING, "bytes": PAGE_BYTES}
            )
        return [envelope_of(row) for row in rows]


def first_page(ranges: Sequence[Range]) -> Sequence[Range]:
    """As many of the ranges as one page may hold, the last perhaps in part; at least one."""
    page: list[Range] = []
    number = 0
    for item in ranges[:MOST_RANGES]:
        if number >= MOST_LACKING:
            break
        page.append(item)
        number += item.until - item.after
    return page
