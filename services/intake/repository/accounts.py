"""The counts behind conservation, and its latest result, which every process can show."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.intake.tables import conservation
from shared.database import Row, Session
from shared.presence import buckets_query, ids_query

# Every inquiry that intake has spoken of, in one place each.
INQUIRIES = "SELECT inquiry_id, received_at FROM inquiry"
_BUCKETS = buckets_query(INQUIRIES)
_IDS = ids_query(INQUIRIES)

_STATES = "SELECT state, count(*) AS count FROM submission GROUP BY state"
# One statement, hence one snapshot: a submission settled meanwhile must not look like a loss.
_TOTALS = """
SELECT (SELECT coalesce(sum(cardinality(inquiry_ids)), 0) FROM submission
        WHERE submission_id >= :floor AND state = 'normalised') AS promised,
    (SELECT count(*) FROM inquiry WHERE submission_id >= :floor) AS kept,
    CASE WHEN :whole THEN (SELECT count(*) FROM journal WHERE type = 'inquiry.received.v1') END
        AS spoken
"""
_OLDEST = """
SELECT coalesce(extract(epoch FROM :now - min(coalesce(repaired_at, received_at))), 0)
FROM submission WHERE state = 'pending'
"""
_YOUNG = """
SELECT inquiry_id FROM inquiry
WHERE inquiry_id = ANY(CAST(:ids AS uuid[])) AND normalised_at >= :cutoff
"""
_KEEP = """
INSERT INTO conservation (single, computed_at, result) VALUES (true, :now, CAST(:result AS json))
ON CONFLICT (single) DO UPDATE SET computed_at = excluded.computed_at, result = excluded.result
WHERE conservation.computed_at <= excluded.computed_at
"""


async def count_states(session: Session) -> dict[str, int]:
    rows = await session.execute(_STATES)
    return {row["state"]: row["count"] for row in rows}


async def count_totals(session: Session, *, floor: UUID, whole: bool) -> Row:
    """Inquiries promised on receipts and kept as rows, of submissions from `floor` on.

    `spoken` counts the events that told of inquiries; it is None unless all time is asked for.
    """
    return (await session.execute(_TOTALS, {"floor": floor, "whole": whole})).one()


async def oldest_pending_seconds(session: Session, *, now: datetime) -> float:
    return float(await session.scalar(_OLDEST, {"now": now}))


async def own_buckets(
    session: Session, *, step: str, since: datetime, until: datetime
) -> dict[datetime, tuple[int, str]]:
    asked = {"step": step, "since": since, "until": until}
    rows = await session.execute(_BUCKETS, asked)
    return {row["minute"]: (row["count"], row["digest"]) for row in rows}


async def own_ids(session: Session, *, minute: datetime) -> dict[UUID, int]:
    rows = await session.execute(_IDS, {"minute": minute})
    return {row.inquiry_id: row.times for row in rows}


async def young_ids(session: Session, ids: list[UUID], *, cutoff: datetime) -> set[UUID]:
    """Those normalised so lately that the others need not know them yet."""
    return set((await session.execute(_YOUNG, {"ids": ids, "cutoff": cutoff})).scalars())


async def latest_result(session: Session) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] | None = await session.scalar(select(conservation.c.result))
    return found


async def keep_result(session: Session, result: str, *, now: datetime) -> None:
    await session.execute(_KEEP, {"now": now, "result": result})
