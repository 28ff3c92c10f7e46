"""Identity around the pure rules: lock the points and contacts of a batch, write their changes.

Invariant: points are locked before contacts, both in one order, so that normalisers do not deadlock
and never give one point to two contacts.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from services.intake.domain.contact_matching import Approach, People, Person, Proposal, flattened
from services.intake.domain.keys import ContactPoint, contact_points
from services.intake.repository import contacts, merges, points, proposals
from services.intake.repository.merges import NewMerge
from services.intake.repository.points import LockedPoints
from services.intake.use_cases.events import contact_changed, contact_relinked, merge_batch
from shared.database import Session
from shared.messaging.erased import erased_among
from shared.messaging.outbox.publish import emit

log = structlog.get_logger()
MERGED_BY_INQUIRY = "inquiry_joins_both"
MERGES_AN_HOUR = 30  # that inquiries of one source may cause; the next ones are only proposed
MERGE_WINDOW = timedelta(hours=1)


async def known_people(
    session: Session, approaches: Sequence[Approach], *, locks: LockedPoints, now: datetime
) -> People:
    """Lock the people and points of these inquiries until the commit.

    `locks` are their points if these are locked already; else all of them are locked here.
    """
    rows = locks or await _locked_points(session, approaches)
    owners = {point: owner for point, (owner, _) in rows.items() if owner is not None}
    people: dict[UUID, Person] = {}
    canonical: dict[UUID, UUID] = {}
    threads = {one.thread_contact_id for one in approaches if one.thread_contact_id}
    if owners or threads:
        people, canonical = await contacts.lock_people(session, threads.union(owners.values()))
        # Erased while we waited for the lock: whoever answers in the thread is somebody new.
        for contact_id in await erased_among(session, threads):
            canonical.pop(contact_id, None)
    several = len(people) > 1
    # Where one person is known at most, and each point is named once, nobody can be merged.
    is_shared = sum(len(contact_points(one.details)) for one in approaches) > len(rows)
    return People(
        people,
        owners,
        canonical={contact_id: _followed(canonical, contact_id) for contact_id in canonical},
        points={point: facts for point, (_, facts) in rows.items()},
        pairs=await proposals.list_known_pairs(session, list(people)) if several else (),
        # The people that an inquiry merges are known already or new in the same batch.
        merges_left=await _merges_left(session, approaches, now=now)
        if several or is_shared
        else {},
    )


async def _locked_points(session: Session, approaches: Sequence[Approach]) -> LockedPoints:
    keys = points_named(approaches)
    return await points.lock_points(session, keys) if keys else {}


def points_named(approaches: Iterable[Approach]) -> list[ContactPoint]:
    """The points of these inquiries, in the order in which everybody locks them."""
    return sorted({point for one in approaches for point in contact_points(one.details)})


def _followed(canonical: Mapping[UUID, UUID], contact_id: UUID) -> UUID:
    while canonical[contact_id] != contact_id:
        contact_id = canonical[contact_id]
    return contact_id


async def _merges_left(
    session: Session, approaches: Sequence[Approach], *, now: datetime
) -> dict[UUID, int]:
    source_ids = {one.source_id for one in approaches if one.may_merge}
    if not source_ids:
        return {}
    counts = await merges.count_merges(session, source_ids, since=now - MERGE_WINDOW)
    return {source_id: MERGES_AN_HOUR - counts.get(source_id, 0) for source_id in source_ids}


def emit_contact_changes(session: Session, state: People, *, now: datetime) -> None:
    for contact_id in (
        *sorted(state.new_contacts),
        *sorted(state.touched_contacts - state.new_contacts),
    ):
        if contact_id in state.new_contacts or contact_id in state.changed_contacts:
            emit(session, contact_changed(state.people[contact_id], now=now), now=now)


async def change_known(
    session: Session,
    state: People,
    *,
    now: datetime,
    traceparents: Mapping[UUID, str | None],
) -> None:
    """Write the changes of people who existed before: details, merges and proposals."""
    people = [
        state.people[contact_id]
        for contact_id in sorted(state.touched_contacts - state.new_contacts)
    ]
    if people:
        await contacts.change_people(session, people, now=now)
    # Proposals first: whom a later inquiry of the batch has merged, the merge settles.
    if state.proposals:
        await _propose(session, list(state.proposals.values()), now=now)
    if state.merges:
        await _relink(session, state, now=now, traceparents=traceparents)


async def _relink(
    session: Session,
    state: People,
    *,
    now: datetime,
    traceparents: Mapping[UUID, str | None],
) -> None:
    flat = flattened(state)
    record = [
        NewMerge(
            loser_id=merge.loser,
            winner_id=merge.winner,
            batch_id=merge_batch(merge.cause),
            reason=MERGED_BY_INQUIRY,
            inquiry_id=merge.cause,
            source_id=merge.source_id,
        )
        for merge in state.merges.values()
    ]
    await merges.add_merges(session, record, now=now)
    winners = {loser: merge.winner for loser, merge in flat.items()}
    for contact_id, loser, winner in await contacts.relink_contacts(session, winners, now=now):
        cause = flat[loser].cause
        event = contact_relinked(
            contact_id, winner, batch_id=merge_batch(cause), reason=MERGED_BY_INQUIRY, now=now
        )
        emit(session, event, now=now, traceparent=traceparents.get(cause))
    await proposals.accept_joined_proposals(
        session, set(winners.values()), by=MERGED_BY_INQUIRY, now=now
    )


async def _propose(session: Session, candidates: Sequence[Proposal], *, now: datetime) -> None:
    """Write proposals for a supervisor, up to MAX_OPEN_PROPOSALS of each source."""
    counts = await proposals.count_open_proposals(session, {item.source_id for item in candidates})
    open_proposals: list[Proposal] = []
    overflow: dict[UUID, int] = {}
    for item in candidates:
        counts[item.source_id] = counts.get(item.source_id, 0) + 1
        if counts[item.source_id] <= proposals.MAX_OPEN_PROPOSALS:
            open_proposals.append(item)
        else:
            overflow[item.source_id] = overflow.get(item.source_id, 0) + 1
    if open_proposals:
        await proposals.propose_pairs(session, open_proposals, now=now)
    for source_id, count in overflow.items():
        log.warning("identity.proposals_dropped", source_id=str(source_id), count=count)
    await proposals.add_dropped(session, overflow)
