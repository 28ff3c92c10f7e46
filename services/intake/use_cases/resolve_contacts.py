"""Identity around the pure rules: lock what a batch touches, write back what came of it.

Its law: points first, then contacts, each in one order: two normalisers cannot deadlock for long,
and cannot give one point to two contacts.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from services.intake.domain.contact_matching import Approach, People, Person, Proposal, flattened
from services.intake.domain.keys import ContactPoint, contact_points
from services.intake.repository import contacts, merges, points, proposals
from services.intake.repository.merges import NewMerge
from services.intake.repository.normalised import PeopleWritten
from services.intake.repository.points import LockedPoints
from services.intake.use_cases.events import contact_changed, contact_relinked, merge_batch
from shared.database import Session
from shared.messaging.outbox.publish import emit

log = structlog.get_logger()
MERGED_BY_INQUIRY = "inquiry_joins_both"
MERGES_AN_HOUR = 30  # that inquiries of one source may cause; the next ones are only proposed
MERGE_WINDOW = timedelta(hours=1)


async def known_people(
    session: Session, approaches: Sequence[Approach], *, locked: LockedPoints, now: datetime
) -> People:
    """Everybody whom these inquiries point at, locked until the commit, as their points are. If
    none are `locked` yet, all are.
    """
    rows = locked or await _locked_points(session, approaches)
    owners = {point: owner for point, (owner, _) in rows.items() if owner is not None}
    people: dict[UUID, Person] = {}
    canonical: dict[UUID, UUID] = {}
    if owners:
        people, canonical = await contacts.lock_people(session, set(owners.values()))
    several = len(people) > 1
    return People(
        people,
        owners,
        canonical={contact_id: _followed(canonical, contact_id) for contact_id in canonical},
        points={point: facts for point, (_, facts) in rows.items()},
        pairs=await proposals.known_pairs(session, list(people)) if several else (),
        # One inquiry joins people who are known already, or are born of others beside it.
        merges_left=await _merges_left(session, approaches, now=now)
        if several or len(approaches) > 1
        else {},
    )


async def _locked_points(session: Session, approaches: Sequence[Approach]) -> LockedPoints:
    named = points_named(approaches)
    return await points.lock_points(session, named) if named else {}


def points_named(approaches: Iterable[Approach]) -> list[ContactPoint]:
    """In the order in which everybody locks them."""
    return sorted({point for one in approaches for point in contact_points(one.details)})


def _followed(canonical: Mapping[UUID, UUID], contact_id: UUID) -> UUID:
    while canonical[contact_id] != contact_id:
        contact_id = canonical[contact_id]
    return contact_id


async def _merges_left(
    session: Session, approaches: Sequence[Approach], *, now: datetime
) -> dict[UUID, int]:
    joining = {one.source_id for one in approaches if one.may_merge}
    if not joining:
        return {}
    counts = await merges.count_merges(session, joining, since=now - MERGE_WINDOW)
    return {source_id: MERGES_AN_HOUR - counts.get(source_id, 0) for source_id in joining}


def say_who_changed(session: Session, state: People, *, now: datetime) -> None:
    for contact_id in (
        *sorted(state.new_contacts),
        *sorted(state.touched_contacts - state.new_contacts),
    ):
        if contact_id in state.new_contacts or contact_id in state.changed_contacts:
            emit(session, contact_changed(state.people[contact_id], now=now), now=now)


def people_written(state: People) -> PeopleWritten:
    """What is written of them with the inquiries that they have made."""
    return PeopleWritten(
        born=[state.people[contact_id] for contact_id in sorted(state.new_contacts)],
        points=[
            (point, state.new_owners.get(point), state.points[point].people)
            for point in sorted({*state.new_owners, *state.points_to_write})
        ],
    )


async def change_known(
    session: Session,
    state: People,
    *,
    now: datetime,
    traceparents: Mapping[UUID, str | None],
) -> None:
    """Write what has come of people who were there before: changes, merges and proposals."""
    known = [
        state.people[contact_id]
        for contact_id in sorted(state.touched_contacts - state.new_contacts)
    ]
    if known:
        await contacts.change_people(session, known, now=now)
    if state.merges:
        await _relink(session, state, now=now, traceparents=traceparents)
    if state.proposals:
        await _propose(session, list(state.proposals.values()), now=now)


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
    for contact_id, loser, winner in await contacts.relink(session, winners, now=now):
        cause = flat[loser].cause
        relinked = contact_relinked(
            contact_id, winner, batch_id=merge_batch(cause), reason=MERGED_BY_INQUIRY, now=now
        )
        emit(session, relinked, now=now, traceparent=traceparents.get(cause))
    await proposals.settle_joined(session, set(winners.values()), by=MERGED_BY_INQUIRY, now=now)


async def _propose(session: Session, wanted: Sequence[Proposal], *, now: datetime) -> None:
    """Write down what a supervisor should decide; a source that proposes without end is capped."""
    counts = await proposals.count_open(session, {item.source_id for item in wanted})
    kept: list[Proposal] = []
    dropped: dict[UUID, int] = {}
    for item in wanted:
        counts[item.source_id] = counts.get(item.source_id, 0) + 1
        if counts[item.source_id] <= proposals.MAX_OPEN_PROPOSALS:
            kept.append(item)
        else:
            dropped[item.source_id] = dropped.get(item.source_id, 0) + 1
    if kept:
        await proposals.put_open(session, kept, now=now)
    for source_id, count in dropped.items():
        log.warning("identity.proposals_dropped", source_id=str(source_id), count=count)
    await proposals.count_dropped(session, dropped)
