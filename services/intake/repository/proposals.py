"""Pairs of contacts that may be one person, for a supervisor to decide. One row for each pair."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from services.intake.domain.contact_matching import KnownPair, Proposal
from services.intake.domain.keys import ContactPoint
from services.intake.tables import contact_proposal, dropped_proposal_count
from shared.database import Row, Session
from shared.errors import NotFoundError
from shared.ids import new_id

MAX_OPEN_PROPOSALS = 200  # of one source; more are counted and left out until some are settled
_SEPARATOR = "\x1f"

_KNOWN_PAIRS = """
SELECT l.canonical_id AS low_id, h.canonical_id AS high_id, p.state, p.points
FROM contact AS l
JOIN contact_proposal AS p ON p.low_id = l.contact_id AND p.state <> 'accepted'
JOIN contact AS h ON h.contact_id = p.high_id
WHERE l.canonical_id = ANY(CAST(:ids AS uuid[])) AND h.canonical_id = ANY(CAST(:ids AS uuid[]))
"""
_COUNT_OPEN = """
SELECT source_id, count(*) AS open FROM contact_proposal
WHERE state = 'open' AND source_id = ANY(CAST(:sources AS uuid[])) GROUP BY source_id
"""
_WRITE = """
INSERT INTO contact_proposal AS p
    (proposal_id, low_id, high_id, points, inquiry_id, source_id, state, created_at, settled_at,
    settled_by)
SELECT proposal_id, low_id, high_id, string_to_array(points, chr(31)), inquiry_id, source_id,
    CAST(:state AS text), :now, CASE WHEN :state <> 'open' THEN CAST(:now AS timestamptz) END,
    CAST(:by AS text)
FROM unnest(CAST(:ids AS uuid[]), CAST(:lows AS uuid[]), CAST(:highs AS uuid[]),
    CAST(:points AS text[]), CAST(:inquiries AS uuid[]), CAST(:sources AS uuid[]))
    AS n(proposal_id, low_id, high_id, points, inquiry_id, source_id)
ORDER BY low_id, high_id
ON CONFLICT (low_id, high_id) DO UPDATE SET state = excluded.state,
    points = ARRAY(SELECT DISTINCT unnest(p.points || excluded.points) ORDER BY 1),
    inquiry_id = coalesce(excluded.inquiry_id, p.inquiry_id),
    source_id = coalesce(excluded.source_id, p.source_id), settled_at = excluded.settled_at,
    settled_by = excluded.settled_by
WHERE p.state <> excluded.state OR NOT excluded.points <@ p.points
"""
_ADD_DROPPED = """
INSERT INTO dropped_proposal_count AS o (source_id, dropped) VALUES (:source, :dropped)
ON CONFLICT (source_id) DO UPDATE SET dropped = o.dropped + excluded.dropped
"""
_ACCEPT_JOINED = """
UPDATE contact_proposal AS p SET state = 'accepted', settled_at = :now, settled_by = :by
FROM contact AS l, contact AS h
WHERE p.state = 'open' AND l.contact_id = p.low_id AND h.contact_id = p.high_id
    AND l.canonical_id = h.canonical_id AND l.canonical_id = ANY(CAST(:ids AS uuid[]))
"""


async def list_known_pairs(session: Session, canonical_ids: Collection[UUID]) -> list[KnownPair]:
    """The open and declined pairs among all contacts of these persons."""
    rows = await session.execute(_KNOWN_PAIRS, {"ids": list(canonical_ids)})
    return [
        KnownPair(
            frozenset({row.low_id, row.high_id}),
            row.state == "declined",
            frozenset(point_of(text) for text in row.points),
        )
        for row in rows
    ]


async def count_open_proposals(session: Session, source_ids: Collection[UUID]) -> dict[UUID, int]:
    rows = await session.execute(_COUNT_OPEN, {"sources": list(source_ids)})
    return {row.source_id: row.open for row in rows}


async def propose_pairs(session: Session, proposals: Sequence[Proposal], *, now: datetime) -> None:
    """Propose pairs; one that was declined is proposed again for its new points."""
    await _write(
        session,
        [(*sorted(item.pair), item.points) for item in proposals],
        inquiries=[item.cause for item in proposals],
        sources=[item.source_id for item in proposals],
        state="open",
        by=None,
        now=now,
    )


async def decline_pairs(
    session: Session,
    pairs: Mapping[frozenset[UUID], Collection[ContactPoint]],
    *,
    by: str,
    now: datetime,
) -> None:
    """Remember that these contacts are not the same person, whatever was proposed before."""
    nothing: list[UUID | None] = [None] * len(pairs)
    await _write(
        session,
        [(*sorted(pair), points) for pair, points in pairs.items()],
        inquiries=nothing,
        sources=nothing,
        state="declined",
        by=by,
        now=now,
    )


async def _write(
    session: Session,
    pairs: Sequence[Any],
    *,
    inquiries: Sequence[UUID | None],
    sources: Sequence[UUID | None],
    state: str,
    by: str | None,
    now: datetime,
) -> None:
    await session.execute(
        _WRITE,
        {
            "ids": [new_id() for _ in pairs],
            "lows": [low for low, _, _ in pairs],
            "highs": [high for _, high, _ in pairs],
            "points": [_SEPARATOR.join(sorted(map(text_of, points))) for _, _, points in pairs],
            "inquiries": inquiries,
            "sources": sources,
            "state": state,
            "by": by,
            "now": now,
        },
    )


async def add_dropped(session: Session, counts: Mapping[UUID, int]) -> None:
    for source_id, count in sorted(counts.items()):
        await session.execute(_ADD_DROPPED, {"source": source_id, "dropped": count})


async def count_dropped(session: Session, source_id: UUID | None) -> int:
    """How many proposals were left out, of one source or of all."""
    query = select(func.coalesce(func.sum(dropped_proposal_count.c.dropped), 0))
    if source_id is not None:
        query = query.where(dropped_proposal_count.c.source_id == source_id)
    return int(await session.scalar(query))


async def accept_joined_proposals(
    session: Session, canonical_ids: Collection[UUID], *, by: str, now: datetime
) -> None:
    """Accept the open proposals of contacts that have become one person."""
    await session.execute(_ACCEPT_JOINED, {"ids": list(canonical_ids), "by": by, "now": now})


async def get_proposal(session: Session, proposal_id: UUID, *, lock: bool = False) -> Row:
    """Raises NotFoundError."""
    query = select(contact_proposal).where(contact_proposal.c.proposal_id == proposal_id)
    row = (await session.execute(query.with_for_update() if lock else query)).first()
    if row is None:
        raise NotFoundError("There is no such proposal.")
    return row


async def settle_proposal(
    session: Session, proposal_id: UUID, *, state: str, by: str, now: datetime
) -> None:
    query = update(contact_proposal).where(contact_proposal.c.proposal_id == proposal_id)
    await session.execute(query.values(state=state, settled_at=now, settled_by=by))


@dataclass(frozen=True, slots=True)
class ProposalFilter:
    """Conditions on proposals; None is no condition."""

    state: str | None = None
    source_id: UUID | None = None


async def list_proposals(
    session: Session, criteria: ProposalFilter, *, after: UUID | None, limit: int
) -> list[Row]:
    """Newest first, one more than `limit`."""
    columns = contact_proposal.c
    query = select(contact_proposal).order_by(columns.proposal_id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(columns.proposal_id < after)
    if criteria.state is not None:
        query = query.where(columns.state == criteria.state)
    if criteria.source_id is not None:
        query = query.where(columns.source_id == criteria.source_id)
    return await session.execute(query)


def text_of(point: ContactPoint) -> str:
    return f"{point.kind}:{point.value}"


def point_of(text: str) -> ContactPoint:
    kind, _, value = text.partition(":")
    return ContactPoint(kind, value)
