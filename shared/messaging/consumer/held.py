"""What cannot take effect yet, kept with the reason: `gap`, `failed`, `fault`, `not_yet_known`,
`crashes_the_process`. A held event blocks the later ones of its stream, and nothing else.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.contracts.catalog import EVENT_BY_TYPE
from shared.contracts.envelope import Stream
from shared.database import Row, Session
from shared.errors import UnavailableError
from shared.messaging.consumer.consumer import Consumer
from shared.messaging.consumer.ordering import GAP, Waiting
from shared.messaging.decoding import (
    FAILED,
    Placed,
    ReceivedEvent,
    Undecodable,
    Unreadable,
    decode,
)
from shared.runtime.batch import CRASHES
from shared.statements import columns

FLOOD_LOCK = 7_310_574  # any constant: streams that fail at once are counted one by one
FAULT = "fault"  # our own failure: tried again, later each time
BLAMED = (FAILED, FAULT, CRASHES)  # set aside for what they are; the other reasons only wait

_HOLD = """
INSERT INTO held AS h
    (topic, key, version, reason, detail, headers, payload, attempts, held_at, retry_at)
SELECT topic, key, version, reason, detail, CAST(headers AS json), payload,
    CASE WHEN reason = 'gap' THEN 0 ELSE 1 END, CAST(:now AS timestamptz),
    CASE WHEN reason = 'fault' THEN clock_timestamp() + interval '1 second' END
FROM unnest(
    CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:versions AS bigint[]),
    CAST(:reasons AS text[]), CAST(:details AS text[]), CAST(:headers AS text[]),
    CAST(:payloads AS bytea[])
) AS k(topic, key, version, reason, detail, headers, payload)
ON CONFLICT (topic, key, version) DO UPDATE
    SET reason = excluded.reason, detail = excluded.detail, attempts = h.attempts + 1,
        retry_at = excluded.retry_at + least(power(2, h.attempts), 60) * interval '1 second'
    WHERE h.reason IN ('gap', 'not_yet_known', 'fault') AND excluded.reason <> 'gap'
"""
_LET_GO = """
DELETE FROM held WHERE (topic, key, version) IN (
    SELECT h.topic, h.key, h.version
    FROM unnest(CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:versions AS bigint[]))
        AS k(topic, key, version)
    CROSS JOIN LATERAL (
        SELECT topic, key, version FROM held
        WHERE held.topic = k.topic AND held.key = k.key AND held.version <= k.version) AS h)
"""
_FAILING = """
SELECT DISTINCT key FROM held
WHERE topic = :topic AND held_at > :since AND NOT starts_with(key, '?')
    AND reason IN ('failed', 'fault', 'crashes_the_process')
"""
_COUNTS = "SELECT reason, count(*) AS number, min(held_at) AS oldest FROM held GROUP BY reason"
_PAGE = """
SELECT topic, key, version, reason, detail, attempts, held_at FROM held
WHERE CAST(:topic AS text) IS NULL
    OR (topic, key, version) > (:topic, CAST(:key AS text), CAST(:version AS bigint))
ORDER BY topic, key, version LIMIT :limit
"""
_BLAME = """
UPDATE held SET reason = :reason, detail = :detail, attempts = attempts + 1,
    retry_at = CASE WHEN :reason = 'fault' THEN
        clock_timestamp() + least(power(2, attempts), 60) * interval '1 second' END
WHERE topic = :topic AND key = :key AND version = (
    SELECT min(version) FROM held WHERE topic = :topic AND key = :key)
"""
_RELEASE_KNOWN = """
UPDATE held SET reason = 'gap', detail = NULL
WHERE reason = 'not_yet_known' AND headers ->> 'ce_type' = ANY(CAST(:types AS text[]))
"""


class TooManyFailuresError(UnavailableError):
    """So many streams of a topic fail at once that the fault must be ours: the topic stops."""

    def __init__(self, topic: str) -> None:
        super().__init__(f"Too many streams of {topic} fail at once; no more is set aside.")
        self.topic = topic


def waiting_of(rows: Sequence[Row], *, limit: int, retry_faults: bool) -> Waiting:
    """Decode a stream's rows of `held`, the lowest version first; with `limit` 0 nothing is ready.
    `rows` are at most max(limit, 1).
    """
    blamed = {FAILED, CRASHES} if retry_faults else set(BLAMED)
    ready: dict[int, ReceivedEvent] = {}
    stuck: dict[int, Placed | None] = {}
    for row in rows:
        item = decode(row.topic, row.headers, row.payload)
        if row.reason in blamed or not isinstance(item, ReceivedEvent):
            stuck[row.held_version] = (
                item
                if isinstance(item, Undecodable) and row.reason not in (*BLAMED, item.reason)
                else None
            )
        elif limit:
            ready[row.held_version] = item
    more = len(rows) >= max(limit, 1)
    return Waiting(ready, stuck, more=more)


async def release_known(session: Session) -> None:
    """Events held for an unknown type become mere gaps where this code knows the type now."""
    await session.execute(_RELEASE_KNOWN, {"types": sorted(EVENT_BY_TYPE)})


async def hold(
    session: Session,
    items: Sequence[tuple[Placed, str, str | None]],
    *,
    now: datetime,
) -> None:
    """Keep events with reason and detail. One that is held already keeps its reason, unless that
    was `gap`, `not_yet_known` or `fault`.
    """
    rows = [
        (
            *item.stream,
            item.version,
            reason,
            detail,
            json.dumps(item.envelope.headers()),
            item.envelope.payload.encode(),
        )
        for item, reason, detail in items
    ]
    if rows:
        await _write(session, rows, now=now)


async def hold_unreadable(session: Session, items: Sequence[Unreadable], *, now: datetime) -> None:
    # A fetch may bring equal records, and one statement does not write a row twice.
    rows = {
        (item.topic, item.key): (
            item.topic, item.key, 1, FAILED, item.detail, json.dumps(item.headers), item.payload,
        )
        for item in items
    }  # fmt: skip
    if rows:
        await _write(session, list(rows.values()), now=now)


async def _write(session: Session, rows: Sequence[tuple[Any, ...]], *, now: datetime) -> None:
    names = "topics keys versions reasons details headers payloads"
    await session.execute(_HOLD, {**columns(names, rows), "now": now})


def reason_of(item: Placed) -> tuple[str, str | None]:
    """Why an event that does not follow on is held."""
    return (item.reason, item.detail) if isinstance(item, Undecodable) else (GAP, None)


async def let_go(session: Session, heights: Mapping[Stream, int]) -> None:
    """Forget what has taken effect: every held version up to the stream's height."""
    if heights:
        rows = [(*stream, height) for stream, height in heights.items()]
        await session.execute(_LET_GO, columns("topics keys versions", rows))


async def blame_first(session: Session, stream: Stream, *, reason: str, detail: str | None) -> None:
    """Set the reason of a stream's first held event, the one that cannot take effect."""
    topic, key = stream
    await session.execute(
        _BLAME,
        {"topic": topic, "key": key, "reason": reason, "detail": detail},
    )


async def refuse_flood(consumer: Consumer, session: Session, failing: Collection[Stream]) -> None:
    """Raise TooManyFailuresError when these further streams are too many of a topic to be their own
    fault.
    """
    if not failing:
        return
    rules = consumer.rules
    await session.execute("SELECT pg_advisory_xact_lock(:key)", {"key": FLOOD_LOCK})
    for topic in {topic for topic, _ in failing}:
        since = consumer.clock() - rules.failing_window
        rows = await session.execute(_FAILING, {"topic": topic, "since": since})
        before = {row.key for row in rows}
        further = {key for name, key in failing if name == topic} - before
        if too_many(before=len(before), further=len(further), ceiling=rules.failing_streams):
            raise TooManyFailuresError(topic)


def too_many(*, before: int, further: int, ceiling: int) -> bool:
    return further > 0 and before + further > ceiling


async def held_counts(session: Session) -> Mapping[str, tuple[int, datetime]]:
    """For health and metrics: reason → how many, and since when the oldest."""
    rows = await session.execute(_COUNTS)
    return {row.reason: (row.number, row.oldest) for row in rows}


async def held_page(
    session: Session, *, after: tuple[str, str, int] | None, limit: int
) -> Sequence[Row]:
    """Held events in the order of (topic, key, version), beyond that of `after`."""
    topic, key, version = after or (None, None, 0)
    return await session.execute(
        _PAGE, {"topic": topic, "key": key, "version": version, "limit": limit}
    )
