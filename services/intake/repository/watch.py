"""What each source sends by the hour, when it was last heard of, and what was refused of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from shared.database import Row, Session
from shared.ids import first_id
from shared.reconciliation.schema import ID_MOMENT

_MOMENT: Final = ID_MOMENT.format(id="submission_id")
_COUNT = f"""
WITH arrival AS MATERIALIZED (
    SELECT source_id, {_MOMENT} AS moment FROM submission
    WHERE submission_id >= :first AND submission_id < :last
), hours AS (
    INSERT INTO source_hour (source_id, hour, submissions)
    SELECT source_id, date_trunc('hour', moment, 'UTC'), count(*) FROM arrival GROUP BY 1, 2
    ON CONFLICT (source_id, hour)
    DO UPDATE SET submissions = source_hour.submissions + excluded.submissions
), kept AS (
    INSERT INTO source_watch (source_id, first_at, last_at, refusals)
    SELECT source_id, min(moment), max(moment), 0 FROM arrival GROUP BY source_id
    ON CONFLICT (source_id) DO UPDATE SET last_at = excluded.last_at, refusals = 0,
        first_at = coalesce(source_watch.first_at, excluded.first_at)
)
INSERT INTO watch_state (single, counted_until, watched_since) VALUES (true, :until, :since)
ON CONFLICT (single) DO UPDATE
    SET counted_until = excluded.counted_until, watched_since = excluded.watched_since
"""
_REFUSE = """
INSERT INTO source_watch (source_id, refusals, refused_at)
SELECT source_id, refusals, :now
FROM unnest(CAST(:sources AS uuid[]), CAST(:counts AS integer[])) AS n(source_id, refusals)
ON CONFLICT (source_id) DO UPDATE
    SET refusals = source_watch.refusals + excluded.refusals, refused_at = excluded.refused_at
"""
_JUDGE = """
UPDATE source_watch AS w SET health = n.health, expected = n.expected, a_week = n.a_week,
    judged_at = :now, health_since = CASE WHEN w.health = n.health THEN w.health_since ELSE :now END
FROM unnest(CAST(:sources AS uuid[]), CAST(:healths AS text[]), CAST(:expected AS float8[]),
    CAST(:weeks AS float8[])) AS n(source_id, health, expected, a_week)
WHERE w.source_id = n.source_id
"""
_FORGET = "DELETE FROM source_hour WHERE hour < :before"
_WATCHED = """
SELECT source_id, key, adapter, enabled, time_zone, first_at, last_at, health, health_since,
    coalesce(refusals, 0) AS refusals, refused_at, expected, a_week
FROM source LEFT JOIN source_watch USING (source_id) ORDER BY source_id
"""


@dataclass(frozen=True, slots=True)
class Judgement:
    source_id: UUID
    health: str
    expected: float
    a_week: float | None


async def find_state(session: Session) -> Row | None:
    """Up to when arrivals are counted, and since when without a gap; None at first."""
    return (await session.execute("SELECT * FROM watch_state")).first()


async def count_arrivals(
    session: Session, *, after: datetime, until: datetime, watched_since: datetime
) -> None:
    """Count the submissions between two moments, by source and hour."""
    params = {
        "first": first_id(after),
        "last": first_id(until),
        "until": until,
        "since": watched_since,
    }
    await session.execute(_COUNT, params)


async def add_refusals(session: Session, counts: Mapping[UUID, int], *, now: datetime) -> None:
    params = {"sources": list(counts), "counts": list(counts.values()), "now": now}
    await session.execute(_REFUSE, params)


async def list_watched(session: Session) -> list[Row]:
    """All sources with what is known of them."""
    return list(await session.execute(_WATCHED))


async def list_hours(session: Session, *, since: datetime) -> dict[UUID, dict[datetime, int]]:
    """Submissions by source and full hour."""
    query = "SELECT source_id, hour, submissions FROM source_hour WHERE hour >= :since"
    hours: dict[UUID, dict[datetime, int]] = {}
    for row in await session.execute(query, {"since": since}):
        hours.setdefault(row.source_id, {})[row.hour] = row.submissions
    return hours


async def write_judgements(
    session: Session, judgements: Sequence[Judgement], *, now: datetime, forget_before: datetime
) -> None:
    """Write how each source does, and forget hours that nobody learns from any more."""
    params = {
        "sources": [judgement.source_id for judgement in judgements],
        "healths": [judgement.health for judgement in judgements],
        "expected": [judgement.expected for judgement in judgements],
        "weeks": [judgement.a_week for judgement in judgements],
        "now": now,
    }
    await session.execute(_JUDGE, params)
    await session.execute(_FORGET, {"before": forget_before})
