"""Contacts become several people again: a supervisor's split, or merges that are undone.

Invariant: canonical contacts follow from the merges that still stand, so these can be undone in any
order. Split contacts get a declined proposal, or the next inquiry would merge them again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain import merging
from services.intake.domain.contact_matching import Person, completed, limited_to
from services.intake.domain.keys import ContactPoint, contact_points
from services.intake.domain.merging import Edge
from services.intake.domain.shared_points import leads_further
from services.intake.repository import contacts, merges, points, proposals
from services.intake.repository.merges import InquiryContact, Member, NewMerge
from services.intake.use_cases.events import contact_changed, contact_relinked
from shared.contracts.contacts import MERGE_UNDONE, SPLIT
from shared.contracts.inquiry import ContactDetails
from shared.database import Session
from shared.errors import ConflictError, InvalidError
from shared.ids import new_id
from shared.messaging.erased import erased_among
from shared.messaging.outbox.publish import emit

BATCHES_AT_ONCE = 50  # merges undone in one transaction, which holds the rows of all their people
MAX_UNDONE = 1000  # merges undone by one call; calling again goes on with the rest


class PersonChangedError(ConflictError):
    """The person was merged or split by somebody else meanwhile."""


@dataclass(frozen=True, slots=True)
class SplitResult:
    """`targets`: contact → its new canonical contact. `undone` is the number of merges undone."""

    batch_id: UUID
    targets: Mapping[UUID, UUID]
    undone: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why contacts part, by whom and when; `note` is what the supervisor wrote."""

    word: str
    by: str
    now: datetime
    note: str | None = None


async def split_contact(
    session: Session,
    contact_id: UUID,
    leavers: Sequence[UUID],
    *,
    by: str,
    now: datetime,
    note: str | None = None,
) -> SplitResult:
    """Make `leavers` one new person; the others stay one.

    Raises NotFoundError, PersonChangedError, and InvalidError that names what cannot be split off.
    """
    row = await contacts.get_contact(session, contact_id)
    members = await merges.lock_members(session, [row["canonical_id"]])
    ids = {member.contact_id for member in members}
    if note is not None and await erased_among(session, ids):
        note = None  # a word about somebody who was erased
    if contact_id not in ids:
        raise PersonChangedError("The contact was merged or split meanwhile: look again.")
    _require_members(leavers, ids)
    edges = await merges.list_standing_edges(session, ids)
    plan = merging.plan_split(members, edges, set(leavers))
    batch_id = new_id()
    bridges = [NewMerge(loser, winner, batch_id, SPLIT) for loser, winner in plan.bridges]
    if bridges:
        await merges.add_merges(session, bridges, now=now)
    return await _apply(session, members, plan.removals, batch_id, Reason(SPLIT, by, now, note))


def _require_members(leavers: Sequence[UUID], ids: set[UUID]) -> None:
    strangers = [
        (f"/contact_ids/{place}", "is no contact of this person")
        for place, contact_id in enumerate(leavers)
        if contact_id not in ids
    ]
    if strangers:
        raise InvalidError("Only contacts of the person can be split off.", errors=strangers)
    if not ids - set(leavers):
        fault = ("/contact_ids", "names every contact of the person: one has to remain")
        raise InvalidError("Nothing would remain.", errors=[fault])


async def undo_batches(
    session: Session, batch_ids: Collection[UUID], *, by: str, now: datetime
) -> SplitResult:
    """Undo the merges of these batches that still stand. Raises PersonChangedError."""
    rows = await merges.list_merges_of_batches(session, batch_ids)
    losers = {row["loser_id"] for row in rows if row["undone_at"] is None}
    batch_id = new_id()
    if not losers:
        return SplitResult(batch_id, {}, 0)
    members = await merges.lock_members(session, await merges.persons_of(session, losers))
    ids = {member.contact_id for member in members}
    if not losers <= ids:
        raise PersonChangedError("The people were merged or split meanwhile: try again.")
    merge_ids = {row["merge_id"] for row in rows}
    edges = await merges.list_standing_edges(session, ids)
    removals = [edge for edge in edges if edge.merge_id in merge_ids]
    return await _apply(session, members, removals, batch_id, Reason(MERGE_UNDONE, by, now))


async def _apply(
    session: Session,
    members: Sequence[Member],
    removals: Sequence[Edge],
    batch_id: UUID,
    why: Reason,
) -> SplitResult:
    note = why.note or why.word
    await merges.undo_merges(session, removals, by=why.by, reason=note, now=why.now)
    ids = [member.contact_id for member in members]
    edges = await merges.list_standing_edges(session, ids)
    before = {member.contact_id: member.canonical_id for member in members}
    after = merging.canonicals(members, edges)
    targets = merging.changed(before, after)
    if targets:
        await merges.repoint_contacts(session, targets, now=why.now)
    points_by_person = await _points_by_person(session, after)
    await _decline_pairs(session, removals, after, points_by_person, why)
    await _rewrite_details(session, members, after, points_by_person, why)
    for contact_id, canonical_id in sorted(targets.items()):
        event = contact_relinked(
            contact_id, canonical_id, batch_id=batch_id, reason=why.word, now=why.now
        )
        emit(session, event, now=why.now)
    return SplitResult(batch_id, targets, len(removals))


async def _points_by_person(
    session: Session, canonicals: Mapping[UUID, UUID]
) -> dict[UUID, set[ContactPoint]]:
    """Canonical contact → the points of all its contacts."""
    points_by_person: dict[UUID, set[ContactPoint]] = {
        person: set() for person in canonicals.values()
    }
    for row in await points.points_of(session, list(canonicals)):
        points_by_person[canonicals[row["contact_id"]]].add(ContactPoint(row["kind"], row["value"]))
    return points_by_person


async def _decline_pairs(
    session: Session,
    removals: Sequence[Edge],
    after: Mapping[UUID, UUID],
    points_by_person: Mapping[UUID, set[ContactPoint]],
    why: Reason,
) -> None:
    pairs: dict[frozenset[UUID], set[ContactPoint]] = {}
    for edge in removals:
        loser, winner = after[edge.loser_id], after[edge.winner_id]
        if loser != winner:
            pair = frozenset({edge.loser_id, edge.winner_id})
            pairs[pair] = points_by_person[loser] | points_by_person[winner]
    if pairs:
        await proposals.decline_pairs(session, pairs, by=why.by, now=why.now)


async def _rewrite_details(
    session: Session,
    members: Sequence[Member],
    after: Mapping[UUID, UUID],
    points_by_person: Mapping[UUID, set[ContactPoint]],
    why: Reason,
) -> None:
    """Compute each person's details anew from their own inquiries, write and emit them."""
    items_by_person: dict[UUID, list[InquiryContact]] = {person: [] for person in points_by_person}
    for item in await merges.list_first_details(session, list(after)):
        items_by_person[after[item.contact_id]].append(item)
    keys = {
        point for items in items_by_person.values() for item in items for point in _points(item)
    }
    shared = await points.find_shared_points(session, keys)
    by_id = {member.contact_id: member for member in members}
    people: list[Person] = []
    for contact_id, items in items_by_person.items():
        member = by_id[contact_id]
        details = _details(member.details, items, points_by_person[contact_id], shared)
        has_inquiry = any(not item.is_test for item in items)
        person = Person(contact_id, member.created_at, has_inquiry, details)
        people.append(person)
        if details != member.details:
            emit(session, contact_changed(person, now=why.now), now=why.now)
    await contacts.change_people(session, people, now=why.now)


def _points(item: InquiryContact) -> tuple[ContactPoint, ...]:
    return contact_points(item.details)


def _details(
    fallback: ContactDetails,
    items: Iterable[InquiryContact],
    own: set[ContactPoint],
    shared: set[ContactPoint],
) -> ContactDetails:
    """A person's details from their inquiries, limited to their own and shared points.

    `fallback` are the details of somebody without an inquiry, as of a person whom we have called.
    """
    details = ContactDetails()
    has_inquiry = False
    for item in items:
        has_inquiry = True
        points_of_item = _points(item)
        lines = {point for point in points_of_item if leads_further(point, item.details)}
        keys = own | lines | (shared & set(points_of_item))
        details = completed(details, limited_to(item.details, keys))
    if not has_inquiry:
        details = limited_to(fallback, own | shared)
    rest = ContactDetails(
        phones=tuple(sorted(point.value for point in own if point.kind == "phone")),
        emails=tuple(sorted(point.value for point in own if point.kind == "email")),
    )
    return completed(details, rest)
