"""State changes of leads. Each is conditional on the present state and raises the version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from shared.database import Session


class Hop(Enum):
    """What the end of a lease does to the count of leases that ran out one after another."""

    NONE = "none"
    NEXT = "next"
    ANEW = "anew"


@dataclass(frozen=True, slots=True)
class FreedLead:
    """A lead that has just lost its owner, with its new version and count of hops."""

    lead_id: UUID
    version: int
    hops: int
    pool: str
    round: int


_ACCEPT = """
WITH l AS (
    UPDATE lead SET accepted_at = :now, version = version + 1
    WHERE lead_id = :lead_id AND epoch = :epoch AND closed_at IS NULL AND accepted_at IS NULL
    RETURNING lead_id, epoch, version
), a AS (
    UPDATE assignment SET accepted_at = :now
    FROM l WHERE assignment.lead_id = l.lead_id AND assignment.epoch = l.epoch
)
SELECT version FROM l
"""
# num_nonnulls, not IS NOT NULL: on an empty table the index on owner_id would look cheapest.
# A lease that reached the customer ends the count of those that ran out before it.
_HOPS = {
    Hop.NONE: "CASE WHEN l.accepted_at IS NULL THEN l.hops ELSE 0 END",
    Hop.ANEW: "0",
    Hop.NEXT: """CASE WHEN EXISTS (
        SELECT FROM assignment AS a
        WHERE a.lead_id = l.lead_id AND a.epoch = l.epoch AND a.touched_at IS NOT NULL)
        THEN 1 ELSE l.hops + 1 END""",
}
_FREE = {
    hop: f"""
UPDATE lead AS l SET owner_id = NULL, accepted_at = NULL, version = version + 1,
    units_milli = full_units_milli, unowned_since = :now, hops = {hops}
FROM unnest(CAST(:ids AS uuid[]), CAST(:epochs AS integer[])) AS n(lead_id, epoch)
WHERE l.lead_id = n.lead_id AND l.epoch = n.epoch AND l.closed_at IS NULL
    AND num_nonnulls(l.owner_id) = 1
RETURNING l.lead_id, l.version, l.hops, l.pool, l.round
"""
    for hop, hops in _HOPS.items()
}
_MERGE = """
UPDATE lead AS l SET state = 'merged', merged_into = n.into_id, owner_id = NULL,
    accepted_at = NULL, parked_reason = NULL, closed_at = :now, version = version + 1
FROM unnest(CAST(:ids AS uuid[]), CAST(:intos AS uuid[])) AS n(lead_id, into_id)
WHERE l.lead_id = n.lead_id AND l.closed_at IS NULL
RETURNING l.lead_id, l.version
"""
_FLATTEN = """
UPDATE lead AS l SET merged_into = n.into_id
FROM unnest(CAST(:ids AS uuid[]), CAST(:intos AS uuid[])) AS n(lead_id, into_id)
WHERE l.merged_into = n.lead_id
"""
_REOPEN = """
UPDATE lead AS l SET state = 'open', merged_into = NULL, closed_at = NULL,
    units_milli = full_units_milli, canonical_id = n.canonical_id, unowned_since = :now,
    version = version + 1
FROM unnest(CAST(:ids AS uuid[]), CAST(:canonicals AS uuid[])) AS n(lead_id, canonical_id)
WHERE l.lead_id = n.lead_id AND l.state = 'merged'
RETURNING l.lead_id, l.version, l.contact_id
"""
_REDIRECT = """
UPDATE lead AS l SET merged_into = n.into_id
FROM unnest(CAST(:ids AS uuid[]), CAST(:intos AS uuid[])) AS n(lead_id, into_id)
WHERE l.lead_id = n.lead_id AND l.state = 'merged'
RETURNING l.lead_id, l.version, l.contact_id
"""
_PARK = """
UPDATE lead AS l SET parked_reason = n.reason, round = n.round
FROM unnest(CAST(:ids AS uuid[]), CAST(:reasons AS text[]), CAST(:rounds AS integer[]))
    AS n(lead_id, reason, round)
WHERE l.lead_id = n.lead_id AND l.closed_at IS NULL AND l.owner_id IS NULL
"""


async def accept_lead(session: Session, lead_id: UUID, *, epoch: int, now: datetime) -> int | None:
    """The new version, or None if the lead cannot be accepted any more."""
    version: int | None = await session.scalar(
        _ACCEPT, {"lead_id": lead_id, "epoch": epoch, "now": now}
    )
    return version


async def free_leads(
    session: Session, epochs: Mapping[UUID, int], *, hop: Hop, now: datetime
) -> dict[UUID, FreedLead]:
    """Take leads from their owners: lead → epoch that must be the present one."""
    params = {"ids": list(epochs), "epochs": list(epochs.values()), "now": now}
    rows = await session.execute(_FREE[hop], params)
    return {
        row.lead_id: FreedLead(row.lead_id, row.version, row.hops, row.pool, row.round)
        for row in rows
    }


async def merge_leads(
    session: Session, intos: Mapping[UUID, UUID], *, now: datetime
) -> dict[UUID, int]:
    """Merge leads into others: lead → into. Returns lead → new version.

    The database refuses while an inquiry is still attached to a merged lead.
    """
    params = {"ids": list(intos), "intos": list(intos.values())}
    rows = await session.execute(_MERGE, {**params, "now": now})
    await session.execute(_FLATTEN, params)  # `merged_into` always names an unmerged lead
    return {row.lead_id: row.version for row in rows}


async def reopen_leads(
    session: Session, canonicals: Mapping[UUID, UUID], *, now: datetime
) -> dict[UUID, tuple[int, UUID]]:
    """Reopen merged leads: lead → canonical contact. Returns lead → (version, contact)."""
    params = {"ids": list(canonicals), "canonicals": list(canonicals.values()), "now": now}
    rows = await session.execute(_REOPEN, params)
    return {row.lead_id: (row.version, row.contact_id) for row in rows}


async def redirect_merged(
    session: Session, intos: Mapping[UUID, UUID]
) -> dict[UUID, tuple[int, UUID]]:
    """Change what merged leads are merged into: lead → into. Returns lead → (version, contact)."""
    rows = await session.execute(_REDIRECT, {"ids": list(intos), "intos": list(intos.values())})
    return {row.lead_id: (row.version, row.contact_id) for row in rows}


async def park_leads(session: Session, reasons: Sequence[tuple[UUID, str, int]]) -> None:
    """Write why unowned leads wait: (lead, reason, round)."""
    await session.execute(
        _PARK,
        {
            "ids": [lead_id for lead_id, _, _ in reasons],
            "reasons": [reason for _, reason, _ in reasons],
            "rounds": [lead_round for _, _, lead_round in reasons],
        },
    )
