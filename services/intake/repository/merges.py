"""The record of merges, and the locks and changes of contacts when merges are undone."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.intake.domain.merging import Edge
from services.intake.tables import contact_merge
from shared.contracts.inquiry import ContactDetails
from shared.database import Row, Session
from shared.ids import new_id
from shared.statements import among

INQUIRIES_READ = 100  # of a contact, the first ones, when its details are written anew

_ADD = """
INSERT INTO contact_merge
    (merge_id, batch_id, loser_id, winner_id, reason, inquiry_id, source_id, at)
SELECT n.*, :now FROM unnest(CAST(:ids AS uuid[]), CAST(:batches AS uuid[]),
    CAST(:losers AS uuid[]), CAST(:winners AS uuid[]), CAST(:reasons AS text[]),
    CAST(:inquiries AS uuid[]), CAST(:sources AS uuid[])) AS n
"""
_COUNT_SINCE = """
SELECT source_id, count(*) AS merges FROM contact_merge
WHERE source_id = ANY(CAST(:sources AS uuid[])) AND at > :since GROUP BY source_id
"""
# Merged contacts before the one they are merged into, in the order of `lock_people`.
_LOCK_MEMBERS = """
SELECT contact_id, canonical_id, created_at, details FROM contact
WHERE canonical_id = ANY(CAST(:ids AS uuid[]))
ORDER BY contact_id = canonical_id, contact_id FOR NO KEY UPDATE
"""
_PERSONS = """
SELECT DISTINCT canonical_id FROM contact WHERE contact_id = ANY(CAST(:ids AS uuid[]))
"""
_EDGES = """
SELECT merge_id, loser_id, winner_id FROM contact_merge
WHERE undone_at IS NULL AND loser_id = ANY(CAST(:ids AS uuid[])) ORDER BY merge_id
"""
_UNDO = """
UPDATE contact_merge SET undone_at = :now, undone_by = :by, undone_reason = :reason
WHERE merge_id = ANY(CAST(:ids AS uuid[])) AND undone_at IS NULL
"""
_REPOINT = """
UPDATE contact AS c SET canonical_id = n.canonical_id, changed_at = :now
FROM unnest(CAST(:ids AS uuid[]), CAST(:canonicals AS uuid[])) AS n(contact_id, canonical_id)
WHERE c.contact_id = n.contact_id
"""
_FIRST_DETAILS = f"""
SELECT contact_id, details, is_test FROM (
    SELECT contact_id, content -> 'contact' AS details, received_at, inquiry_id,
        coalesce(CAST(content ->> 'is_test' AS boolean), false) AS is_test,
        row_number() OVER (PARTITION BY contact_id ORDER BY received_at, inquiry_id) AS place
    FROM inquiry WHERE contact_id = ANY(CAST(:ids AS uuid[]))
) AS i WHERE place <= {INQUIRIES_READ} ORDER BY received_at, inquiry_id
"""
_MATCHING = """
SELECT DISTINCT batch_id FROM contact_merge
WHERE source_id = :source AND at >= :since AND at < :until AND undone_at IS NULL
ORDER BY batch_id
"""


@dataclass(frozen=True, slots=True)
class NewMerge:
    """`inquiry_id` and `source_id` are None for what a supervisor has joined."""

    loser_id: UUID
    winner_id: UUID
    batch_id: UUID
    reason: str
    inquiry_id: UUID | None = None
    source_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A locked contact of a person."""

    contact_id: UUID
    created_at: datetime
    canonical_id: UUID
    details: ContactDetails


@dataclass(frozen=True, slots=True)
class InquiryContact:
    """The contact details of one inquiry."""

    contact_id: UUID
    details: ContactDetails
    is_test: bool


async def add_merges(session: Session, merges: Sequence[NewMerge], *, now: datetime) -> None:
    await session.execute(
        _ADD,
        {
            "ids": [new_id() for _ in merges],
            "batches": [merge.batch_id for merge in merges],
            "losers": [merge.loser_id for merge in merges],
            "winners": [merge.winner_id for merge in merges],
            "reasons": [merge.reason for merge in merges],
            "inquiries": [merge.inquiry_id for merge in merges],
            "sources": [merge.source_id for merge in merges],
            "now": now,
        },
    )


async def count_merges(
    session: Session, source_ids: Collection[UUID], *, since: datetime
) -> dict[UUID, int]:
    """How many merges the inquiries of each source have caused since then, undone or not."""
    params = {"sources": list(source_ids), "since": since}
    return {row.source_id: row.merges for row in await session.execute(_COUNT_SINCE, params)}


async def lock_members(session: Session, canonical_ids: Collection[UUID]) -> list[Member]:
    """Lock all contacts of these persons: until the commit nobody joins or leaves them."""
    params = {"ids": list(canonical_ids)}
    await session.execute(_LOCK_MEMBERS, params)
    # The second query sees contacts that joined while the first one waited for a lock.
    rows = await session.execute(_LOCK_MEMBERS, params)
    return [
        Member(
            row.contact_id,
            row.created_at,
            row.canonical_id,
            ContactDetails.model_validate(row.details),
        )
        for row in rows
    ]


async def list_standing_edges(session: Session, contact_ids: Collection[UUID]) -> list[Edge]:
    """The merges of these contacts that are not undone."""
    return [Edge(**row) for row in await session.execute(_EDGES, {"ids": list(contact_ids)})]


async def undo_merges(
    session: Session, edges: Sequence[Edge], *, by: str, reason: str, now: datetime
) -> None:
    ids = [edge.merge_id for edge in edges]
    await session.execute(_UNDO, {"ids": ids, "by": by, "reason": reason, "now": now})


async def repoint_contacts(
    session: Session, targets: Mapping[UUID, UUID], *, now: datetime
) -> None:
    """Contact → canonical contact."""
    params = {"ids": list(targets), "canonicals": list(targets.values()), "now": now}
    await session.execute(_REPOINT, params)


async def list_first_details(
    session: Session, contact_ids: Collection[UUID]
) -> list[InquiryContact]:
    """The contact details of the first inquiries of each contact, oldest first."""
    return [
        InquiryContact(
            row["contact_id"], ContactDetails.model_validate(row["details"] or {}), row["is_test"]
        )
        for row in await session.execute(_FIRST_DETAILS, {"ids": list(contact_ids)})
    ]


async def persons_of(session: Session, contact_ids: Collection[UUID]) -> set[UUID]:
    """The canonical contacts behind some contacts."""
    params = {"ids": list(contact_ids)}
    return set((await session.execute(_PERSONS, params)).scalars())


async def list_merges_of_batches(session: Session, batch_ids: Collection[UUID]) -> list[Row]:
    query = select(contact_merge).where(among(contact_merge.c.batch_id, batch_ids))
    return await session.execute(query.order_by(contact_merge.c.merge_id))


async def list_standing_batches(
    session: Session, source_id: UUID, *, since: datetime, until: datetime
) -> list[UUID]:
    """Batches of the source from `since` to before `until` that are not undone."""
    params = {"source": source_id, "since": since, "until": until}
    return (await session.execute(_MATCHING, params)).scalars()


@dataclass(frozen=True, slots=True)
class MergeFilter:
    """Conditions on merges; None is no condition, `until` is exclusive."""

    source_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    undone: bool | None = None


async def list_merges(
    session: Session, criteria: MergeFilter, *, after: UUID | None, limit: int
) -> list[Row]:
    """Newest first, one more than `limit`."""
    columns = contact_merge.c
    conditions: list[Any] = []
    if after is not None:
        conditions.append(columns.merge_id < after)
    if criteria.source_id is not None:
        conditions.append(columns.source_id == criteria.source_id)
    if criteria.since is not None:
        conditions.append(columns.at >= criteria.since)
    if criteria.until is not None:
        conditions.append(columns.at < criteria.until)
    if criteria.undone is not None:
        conditions.append(
            columns.undone_at.is_not(None) if criteria.undone else columns.undone_at.is_(None)
        )
    query = (
        select(contact_merge).where(*conditions).order_by(columns.merge_id.desc()).limit(limit + 1)
    )
    return await session.execute(query)
