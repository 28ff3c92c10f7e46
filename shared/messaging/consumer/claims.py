"""Claims on streams: whoever moves a stream's row has it until its transaction ends."""

from collections.abc import Mapping, Sequence

from shared.contracts.envelope import Stream
from shared.database import Row, Session
from shared.messaging.consumer import held
from shared.messaging.consumer.consumer import HELD
from shared.messaging.consumer.ordering import Arrivals, Waiting
from shared.messaging.outbox.walking import Range
from shared.statements import columns

# A stream's row moves to the run's last version where nothing is missing before it and nothing
# waits; a row refused is locked all the same. A run that begins above 1 on a stream nobody has
# seen makes a row too, since WHERE guards only the update: it is put right before anything else.
_CLAIM = """
INSERT INTO seen AS s (topic, key, version, before, holding)
SELECT topic, key, last, before, false
FROM unnest(
    CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:befores AS bigint[]),
    CAST(:lasts AS bigint[])
) AS run(topic, key, before, last)
ORDER BY topic COLLATE "C", key COLLATE "C"
ON CONFLICT (topic, key) DO UPDATE SET version = excluded.version, before = excluded.before
WHERE s.version = excluded.before AND NOT s.holding
RETURNING topic, key, old.version IS NULL AS is_new
"""
_REFUSED = """
SELECT k.topic, k.key, s.version AS height,
    h.version AS held_version, h.reason, h.headers, h.payload
FROM unnest(CAST(:topics AS text[]), CAST(:keys AS text[])) AS k(topic, key)
CROSS JOIN LATERAL (
    SELECT version FROM seen WHERE seen.topic = k.topic AND seen.key = k.key) AS s
LEFT JOIN LATERAL (
    SELECT version, reason, headers, payload FROM held
    WHERE held.topic = k.topic AND held.key = k.key ORDER BY version LIMIT :limit) AS h ON true
ORDER BY k.topic, k.key, h.version
"""
_SETTLE = """
INSERT INTO seen (topic, key, version, before, holding)
SELECT topic, key, height, height, holding
FROM unnest(
    CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:heights AS bigint[]),
    CAST(:holdings AS boolean[])
) AS k(topic, key, height, holding)
ORDER BY topic COLLATE "C", key COLLATE "C"
ON CONFLICT (topic, key) DO UPDATE SET version = excluded.version, holding = excluded.holding
"""

# What of a page's streams has neither taken effect nor stands in `held` up to its version.
_BEHIND = """
SELECT k.key, coalesce(s.version, 0) AS height, k.version
FROM unnest(CAST(:keys AS text[]), CAST(:versions AS bigint[])) AS k(key, version)
LEFT JOIN LATERAL (
    SELECT version FROM seen WHERE seen.topic = :topic AND seen.key = k.key) AS s ON true
WHERE coalesce(s.version, 0) < k.version
    AND (SELECT count(*) FROM held WHERE held.topic = :topic AND held.key = k.key
        AND held.version > coalesce(s.version, 0) AND held.version <= k.version)
    < k.version - coalesce(s.version, 0)
ORDER BY k.key
"""


async def claim(
    session: Session, arrivals: Mapping[Stream, Arrivals]
) -> tuple[set[Stream], dict[Stream, int]]:
    """The streams whose run may take effect, and the heights of those that are new and may not."""
    streams = sorted(arrivals)
    rows = await session.execute(
        _CLAIM,
        columns(
            "topics keys befores lasts",
            [(*stream, arrivals[stream].before, arrivals[stream].last) for stream in streams],
        ),
    )
    accepted: set[Stream] = set()
    heights: dict[Stream, int] = {}
    for row in rows:
        stream = (row.topic, row.key)
        if row.is_new and arrivals[stream].before != 0:
            heights[stream] = 0
        else:
            accepted.add(stream)
    return accepted, heights


async def look(
    session: Session,
    refused: Sequence[Stream],
    heights: dict[Stream, int],
    *,
    limit: int,
    retry_faults: bool,
) -> Mapping[Stream, Waiting]:
    """What the refused streams have seen (added to `heights`) and hold."""
    if not refused:
        return {}
    result = await session.execute(
        _REFUSED, {**columns("topics keys", refused), "limit": max(limit, 1)}
    )
    rows_by_stream: dict[Stream, list[Row]] = {stream: [] for stream in refused}
    for row in result:
        stream = (row.topic, row.key)
        heights.setdefault(stream, row.height)
        if row.held_version is not None:
            rows_by_stream[stream].append(row)
    return {
        stream: held.waiting_of(rows, limit=limit, retry_faults=retry_faults)
        for stream, rows in rows_by_stream.items()
    }


async def behind(session: Session, topic: str, versions: Mapping[str, int]) -> Sequence[Range]:
    """What lacks up to these versions, by key."""
    rows = await session.execute(
        _BEHIND,
        {"topic": topic, "keys": list(versions), "versions": list(versions.values())},
    )
    return [Range((topic, row.key), row.height, row.version) for row in rows]


async def write_heights(session: Session, heights: Mapping[Stream, tuple[int, bool]]) -> None:
    if any(holding for _, holding in heights.values()):
        session.notify_after_commit(HELD)
    await session.execute(
        _SETTLE,
        columns(
            "topics keys heights holdings",
            [(*stream, *heights[stream]) for stream in sorted(heights)],
        ),
    )


async def lock(session: Session, streams: Sequence[Stream]) -> Mapping[Stream, int]:
    """Lock the streams' rows, in one order for everybody; the heights they have."""
    accepted, heights = await claim(session, dict.fromkeys(streams, Arrivals()))
    assert not accepted, "there is no run to accept"
    await look(session, streams, heights, limit=1, retry_faults=False)
    return heights
