"""Intake's ledgers and counts, and the latest result of their comparison."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from services.intake.domain.states import SubmissionState
from services.intake.repository.queue import WAITING
from services.intake.repository.submissions import PENDING
from services.intake.tables import reconciliation_result
from shared.database import Session
from shared.reconciliation.digests import Account, Ledger

# Every inquiry that intake has emitted, in one place each.
INQUIRIES = Ledger(
    "inquiries",
    (
        Account(
            "inquiries",
            "SELECT inquiry_id FROM inquiry WHERE received_at >= {since} AND received_at < {until}",
        ),
    ),
)

# A submission counts in the minute of its id: the primary key serves it, so that inserts at the
# door need no other index.
_FIRST_ID = (
    "CAST(lpad(to_hex(CAST(extract(epoch FROM {moment}) * 1000 AS bigint)), 12, '0')"
    " || repeat('0', 20) AS uuid)"
)
_OF_MINUTE = (
    f"submission_id >= {_FIRST_ID.format(moment='{since}')}"
    f" AND submission_id < {_FIRST_ID.format(moment='{until}')}"
)
_IN_STATE = {
    state: Account(
        state, f"SELECT submission_id FROM submission WHERE state = '{state}' AND {_OF_MINUTE}"
    )
    for state in SubmissionState
}
RECEIVED = Account(
    "received", f"SELECT submission_id FROM submission WHERE {_OF_MINUTE}", grows=True
)
# What was told later of a call names the inquiry that an earlier submission became.
PROMISED = Account(
    "promised",
    f"SELECT i.inquiry_id FROM submission CROSS JOIN unnest(inquiry_ids) AS i(inquiry_id)"
    f" WHERE state = '{SubmissionState.NORMALISED}' AND {_OF_MINUTE} AND NOT EXISTS ("
    "SELECT FROM inquiry AS k WHERE k.inquiry_id = i.inquiry_id"
    " AND k.submission_id <> submission.submission_id)",
)
# An inquiry outlives its submission only where an older backup was restored.
KEPT = Account(
    "kept",
    f"SELECT inquiry_id FROM inquiry WHERE {_OF_MINUTE} AND EXISTS ("
    "SELECT FROM submission AS s WHERE s.submission_id = inquiry.submission_id)",
)
SUBMISSIONS = Ledger("submissions", (*_IN_STATE.values(), RECEIVED, PROMISED, KEPT))

# What waits for a provider's document is late by no fault of ours; its age is the fetcher's matter.
_PENDING = f"""
SELECT count(*) AS number, count(*) FILTER (WHERE lane = {WAITING}) AS fetching,
    coalesce(extract(epoch FROM :now - min(coalesce(repaired_at, received_at))
        FILTER (WHERE lane <> {WAITING})), 0) AS age
FROM submission WHERE {PENDING}
"""
_YOUNG = """
SELECT inquiry_id FROM inquiry
WHERE inquiry_id = ANY(CAST(:ids AS uuid[])) AND normalised_at >= :cutoff
"""
_WRITE_RESULT = """
INSERT INTO reconciliation_result AS r (single, computed_at, result)
VALUES (true, :now, CAST(:result AS json))
ON CONFLICT (single) DO UPDATE SET computed_at = excluded.computed_at, result = excluded.result
WHERE r.computed_at <= excluded.computed_at
"""


class PendingCounts(NamedTuple):
    """How many submissions are pending, how many of these wait for a document of their provider,
    and the age in seconds of the oldest of the others.
    """

    number: int
    fetching: int
    oldest_seconds: float


async def count_pending(session: Session, *, now: datetime) -> PendingCounts:
    row = (await session.execute(_PENDING, {"now": now})).one()
    return PendingCounts(row["number"], row["fetching"], max(0.0, float(row["age"])))


async def find_young_inquiries(
    session: Session, ids: Collection[UUID], *, cutoff: datetime
) -> set[UUID]:
    """Those normalised since `cutoff`, which the other services need not have consumed yet."""
    return set((await session.execute(_YOUNG, {"ids": list(ids), "cutoff": cutoff})).scalars())


async def find_result(session: Session) -> Mapping[str, Any] | None:
    result: Mapping[str, Any] | None = await session.scalar(select(reconciliation_result.c.result))
    return result


async def write_result(session: Session, result: str, *, now: datetime) -> None:
    await session.execute(_WRITE_RESULT, {"now": now, "result": result})
