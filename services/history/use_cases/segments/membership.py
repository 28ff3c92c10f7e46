"""Who enters and leaves segments: as cards change, and as time goes on.

A person's memberships follow their card in the transaction that writes it. A segment that was
changed is swept: all cards in slices, each a transaction. One with relative dates is swept again,
of those whose moments its edges have passed; where these are many, or not to be found, of all.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.history.domain.segments.moving import passed
from services.history.domain.segments.reading import read_filter
from services.history.repository.cards.definitions import list_field_definitions
from services.history.repository.segments import members, segments
from services.history.repository.segments.conditions import Moment, condition
from services.history.repository.segments.members import Membership
from services.history.repository.segments.segments import Segment
from shared.contracts.segments import SegmentEntered, SegmentLeft
from shared.database import Database, Session, transaction
from shared.messaging.decoding import ReceivedEvent
from shared.messaging.outbox.publish import emit

SLICE = 2_000  # persons of one transaction of a sweep
SWEEP_EVERY = timedelta(minutes=10)  # a segment of relative dates
CHANGED, MERGED, DELETED = "changed", "merged", "deleted"


async def follow(session: Session, person_ids: Collection[UUID], *, now: datetime) -> None:
    """Bring the memberships of these persons to what their cards say, and emit what changes."""
    live = await segments.list_live(session)
    if live:
        custom_types = await _custom_types(session)
        for segment in live:
            await _update(session, segment, person_ids, custom_types=custom_types, now=now)
    lost = await members.list_lost(session, person_ids)
    await members.remove_members(
        session, [Membership(item.segment_id, item.person_id) for item in lost]
    )
    for item in lost:
        _emit_left(session, item.person_id, item.segment_id, item.version, MERGED, now=now)


async def sweep(database: Database, *, now: datetime) -> bool:
    """Look at one slice of the persons for one segment. Whether there was one to sweep."""
    async with transaction(database) as session:
        segment = await segments.lock_next_to_sweep(session, before=now - SWEEP_EVERY)
        if segment is None:
            return False
        if segment.deleted_at is not None:
            await _empty(session, segment, now=now)
            return True
        custom_types = await _custom_types(session)
        moved = await _moved(session, segment, custom_types=custom_types, now=now)
        if moved is not None:
            await _update(session, segment, moved, custom_types=custom_types, now=now)
            await segments.note_sweep(session, segment.segment_id, now=now)
            return True
        person_ids = await members.list_next_persons(session, after=segment.swept_to, limit=SLICE)
        await _update(session, segment, person_ids, custom_types=custom_types, now=now)
        if len(person_ids) < SLICE:
            await segments.note_sweep(session, segment.segment_id, now=now)
        else:
            await segments.note_slice(
                session,
                segment.segment_id,
                swept_to=person_ids[-1],
                count=len(person_ids),
                now=now,
            )
    return True


async def _moved(
    session: Session, segment: Segment, *, custom_types: Mapping[str, str], now: datetime
) -> Sequence[UUID] | None:
    """The persons whom time may have brought in or out since the segment was swept; None if all
    have to be looked at.
    """
    is_whole = segment.swept_to is None and segment.swept_version == segment.version
    if not is_whole or segment.swept_at is None:
        return None
    node = read_filter(segment.filter, custom_types=custom_types)
    spans = passed(node, before=segment.swept_at, now=now, zone=ZoneInfo(segment.time_zone))
    return None if spans is None else await members.list_passed(session, spans, limit=SLICE)


async def _custom_types(session: Session) -> Mapping[str, str]:
    return {item.key: item.type for item in await list_field_definitions(session)}


async def _update(
    session: Session,
    segment: Segment,
    person_ids: Collection[UUID],
    *,
    custom_types: Mapping[str, str],
    now: datetime,
) -> None:
    """Bring the membership of these persons, who have cards or none, to what the filter says."""
    node = read_filter(segment.filter, custom_types=custom_types)
    fits = condition(node, Moment(now, ZoneInfo(segment.time_zone)))
    before = await members.members_among(session, segment.segment_id, person_ids)
    after = await members.fitting_among(session, fits, person_ids)
    entering, leaving = sorted(after - before), sorted(before - after)
    # Who has no card any more was merged into somebody, which `follow` tells of.
    await _enter(session, segment, entering, now=now)
    with_card = await members.with_cards(session, leaving) if leaving else frozenset()
    await _leave(
        session, segment, [item for item in leaving if item in with_card], reason=CHANGED, now=now
    )


async def _enter(
    session: Session, segment: Segment, person_ids: Sequence[UUID], *, now: datetime
) -> None:
    if person_ids:
        rows = [(segment.segment_id, person_id, now) for person_id in person_ids]
        await members.add_members(session, rows)
    for person_id in person_ids:
        event = SegmentEntered(
            contact_id=person_id,
            segment_id=segment.segment_id,
            segment_version=segment.version,
            at=now,
        )
        emit(session, event, now=now)


async def _leave(
    session: Session, segment: Segment, person_ids: Sequence[UUID], *, reason: str, now: datetime
) -> None:
    if person_ids:
        rows = [Membership(segment.segment_id, person_id) for person_id in person_ids]
        await members.remove_members(session, rows)
    for person_id in person_ids:
        _emit_left(session, person_id, segment.segment_id, segment.version, reason, now=now)


def _emit_left(
    session: Session, person_id: UUID, segment_id: UUID, version: int, reason: str, *, now: datetime
) -> None:
    event = SegmentLeft(
        contact_id=person_id, segment_id=segment_id, segment_version=version, at=now, reason=reason
    )
    emit(session, event, now=now)


async def _empty(session: Session, segment: Segment, *, now: datetime) -> None:
    """The next members of a deleted segment leave."""
    person_ids = await members.list_next_members(session, segment.segment_id, limit=SLICE)
    await _leave(session, segment, person_ids, reason=DELETED, now=now)
    if len(person_ids) < SLICE:
        await segments.note_sweep(session, segment.segment_id, now=now)


async def restore_members(session: Session, events: Sequence[ReceivedEvent]) -> None:
    """Bring memberships to what these events say; those of a person stand in their order."""
    entered: dict[Membership, datetime | None] = {}
    for item in events:
        event = item.event
        if isinstance(event, SegmentEntered | SegmentLeft):
            key = Membership(event.segment_id, event.contact_id)
            entered[key] = event.at if isinstance(event, SegmentEntered) else None
    inside = [(*key, at) for key, at in entered.items() if at is not None]
    await members.add_members(session, inside)
    await members.remove_members(session, [key for key, at in entered.items() if at is None])
