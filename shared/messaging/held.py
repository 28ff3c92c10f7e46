"""What cannot take effect yet, kept with the reason: `gap`, `failed`, `not_yet_known`,
`kills_the_process`. One law: a held event blocks the later ones of its stream, and nothing else.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from shared.database import Row, Session
from shared.errors import UnavailableError
from shared.messaging.decoding import FAILED, Arrived, Garbled, decode
from shared.messaging.ladder import KILLS
from shared.messaging.ordering import GAP, Stream, Waiting

FLOOD_LOCK = 7_310_574  # any constant: partitions that fail at once are counted one by one
BLAMED = (FAILED, KILLS)  # set aside for what they are; the other reasons only wait

_OF_STREAMS = """
SELECT k.topic, k.key, h.version, h.reason, h.headers, h.payload
FROM unnest(CAST(:topics AS text[]), CAST(:keys AS text[])) AS k(topic, key)
CROSS JOIN LATERAL (
    SELECT version, reason, headers, payload FROM held
    WHERE held.topic = k.topic AND held.key = k.key ORDER BY version LIMIT :limit) AS h
"""
_HOLD = """
INSERT INTO held AS h
    (topic, key, version, reason, detail, headers, payload, attempts, held_at)
VALUES (:topic, :key, :version, :reason, :detail, CAST(:headers AS json), :payload, :attempts, :at)
ON CONFLICT (topic, key, version) DO UPDATE
    SET reason = excluded.reason, detail = excluded.detail, attempts = h.attempts + 1
    WHERE h.reason IN ('gap', 'not_yet_known') AND h.reason <> excluded.reason
"""
_LET_GO = """
DELETE FROM held AS h
USING unnest(CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:versions AS bigint[]))
    AS k(topic, key, version)
WHERE h.topic = k.topic AND h.key = k.key AND h.version <= k.version
"""
_FAILED_STREAMS = """
SELECT DISTINCT topic, key FROM held
WHERE reason = 'failed' AND held_at > :since AND key NOT LIKE '?%'
"""
_COUNTS = "SELECT reason, count(*) AS number, min(held_at) AS oldest FROM held GROUP BY reason"
_PAGE = """
SELECT topic, key, version, reason, detail, attempts, held_at FROM held
WHERE CAST(:topic AS text) IS NULL
    OR (topic, key, version) > (:topic, CAST(:key AS text), CAST(:version AS bigint))
ORDER BY topic, key, version LIMIT :limit
"""
_BLAME = """
UPDATE held SET reason = :reason, detail = :detail, attempts = attempts + 1, held_at = :at
WHERE (topic, key, version) = (
    SELECT topic, key, min(version) FROM held WHERE topic = :topic AND key = :key
    GROUP BY topic, key)
"""


class TooManyFailuresError(UnavailableError):
    """So many streams failed at once that the fault must be ours: nothing more is set aside."""


async def waiting_in(
    session: Session, streams: Collection[Stream], *, limit: int
) -> Mapping[Stream, Waiting]:
    """What the streams hold, at most `limit` versions each, the lowest first. A stream that holds
    anything is in the answer; with `limit` 0 nothing is ready.
    """
    rows = await session.execute(
        _OF_STREAMS,
        {
            "topics": [topic for topic, _ in streams],
            "keys": [key for _, key in streams],
            "limit": max(limit, 1),
        },
    )
    ready: dict[Stream, dict[int, Arrived]] = {}
    stuck: dict[Stream, set[int]] = {}
    for row in rows:
        stream = (row.topic, row.key)
        ready.setdefault(stream, {})
        item = decode(row.topic, row.headers, row.payload)
        if row.reason in BLAMED or not isinstance(item, Arrived) or item.reason is not None:
            stuck.setdefault(stream, set()).add(row.version)
        elif limit:
            ready[stream][row.version] = item
    return {
        stream: Waiting(found, frozenset(stuck.get(stream, ()))) for stream, found in ready.items()
    }


async def hold(session: Session, items: Sequence[tuple[Arrived, str]], *, now: datetime) -> None:
    """Keep the events with their reasons. An event held already keeps its reason, unless that was
    only to wait.
    """
    if items:
        await session.execute(_HOLD, [_row(item, reason, now=now) for item, reason in items])


async def hold_garbled(session: Session, item: Garbled, *, now: datetime) -> None:
    await session.execute(
        _HOLD,
        {
            "topic": item.topic,
            "key": item.key,
            "version": item.version,
            "reason": FAILED,
            "detail": item.detail,
            "headers": json.dumps(item.headers),
            "payload": item.payload,
            "attempts": 1,
            "at": now,
        },
    )


def _row(item: Arrived, reason: str, *, now: datetime) -> Mapping[str, object]:
    return {
        "topic": item.envelope.topic,
        "key": item.envelope.key,
        "version": item.version,
        "reason": reason,
        "detail": item.detail,
        "headers": json.dumps(item.envelope.headers()),
        "payload": item.envelope.payload.encode(),
        "attempts": 0 if reason == GAP else 1,
        "at": now,
    }


async def let_go(session: Session, heights: Mapping[Stream, int]) -> None:
    """Forget what has taken effect: every held version up to the stream's height."""
    await session.execute(
        _LET_GO,
        {
            "topics": [topic for topic, _ in heights],
            "keys": [key for _, key in heights],
            "versions": list(heights.values()),
        },
    )


async def blame_first(
    session: Session, stream: Stream, *, reason: str, detail: str | None, now: datetime
) -> None:
    """Say of a stream's first held event that it is what cannot take effect."""
    topic, key = stream
    parameters = {"topic": topic, "key": key, "reason": reason, "detail": detail, "at": now}
    await session.execute(_BLAME, parameters)


async def refuse_flood(
    session: Session, streams: Collection[Stream], *, ceiling: int, window: timedelta, now: datetime
) -> None:
    """Raise TooManyFailuresError if these further failing streams would exceed the ceiling."""
    await session.execute("SELECT pg_advisory_xact_lock(:key)", {"key": FLOOD_LOCK})
    rows = await session.execute(_FAILED_STREAMS, {"since": now - window})
    failing = {(row.topic, row.key) for row in rows}
    if too_many(before=len(failing), further=len(set(streams) - failing), ceiling=ceiling):
        raise TooManyFailuresError("Too many streams fail at once; nothing more is set aside.")


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
