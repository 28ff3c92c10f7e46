"""Contacts become several people again: a supervisor's split, or merges that are undone.

Its law: who is who follows from the merges that still stand, so the order of undoing is nothing;
whoever was parted is remembered as not the same, or the next inquiry would join them again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain import merging
from services.intake.domain.contact_matching import Person, completed, limited_to
from services.intake.domain.keys import ContactPoint, contact_points
from services.intake.domain.merging import Edge
from services.intake.repository import contacts, merges, points, proposals
from services.intake.repository.merges import Member, NewMerge, ToldContact
from services.intake.use_cases.events import contact_changed, contact_relinked
from shared.contracts.contacts import MERGE_UNDONE, SPLIT
from shared.contracts.inquiry import ContactDetails
from shared.database import Session
from shared.errors import ConflictError, InvalidError, NotFoundError
from shared.ids import new_id
from shared.messaging.outbox.publish import emit

BATCHES_AT_ONCE = 50  # merges undone in one transaction, which holds the rows of all their people
MAX_UNDONE = 1000  # merges undone by one call; calling again goes on with the rest


class PersonChangedError(ConflictError):
    """The person was joined or parted by somebody else meanwhile."""


@dataclass(frozen=True, slots=True)
class Parted:
    """`targets` tells of each contact that stands for somebody else now for whom."""

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
    parted: Sequence[UUID],
    *,
    by: str,
    now: datetime,
    note: str | None = None,
) -> Parted:
    """`parted` become one new person, whoever remains stays one.

    Raises NotFoundError, PersonChangedError, and InvalidError that names what cannot be parted.
    """
    row = await contacts.find_contact(session, contact_id)
    if row is None:
        raise NotFoundError("There is no such contact.")
    members = await merges.lock_members(session, [row["canonical_id"]])
    ids = {member.known.contact_id for member in members}
    if contact_id not in ids:
        raise PersonChangedError("The contact was joined or parted meanwhile: look again.")
    _require_part(parted, ids)
    edges = await merges.standing_edges(session, ids)
    plan = merging.parting([member.known for member in members], edges, set(parted))
    batch_id = new_id()
    bridges = [NewMerge(loser, winner, batch_id, SPLIT) for loser, winner in plan.bridges]
    if bridges:
        await merges.add_merges(session, bridges, now=now)
    return await _part(session, members, plan.removals, batch_id, Reason(SPLIT, by, now, note))


def _require_part(parted: Sequence[UUID], ids: set[UUID]) -> None:
    strangers = [
        (f"/contact_ids/{place}", "is no contact of this person")
        for place, contact_id in enumerate(parted)
        if contact_id not in ids
    ]
    if strangers:
        raise InvalidError("Only contacts of the person can be parted.", errors=strangers)
    if not ids - set(parted):
        fault = ("/contact_ids", "names every contact of the person: one has to remain")
        raise InvalidError("Nothing would remain.", errors=[fault])


async def undo_batches(
    session: Session, batch_ids: Collection[UUID], *, by: str, now: datetime
) -> Parted:
    """Part all that these batches joined and that still stands; the rest is as it was."""
    rows = await merges.rows_of_batches(session, batch_ids)
    losers = {row["loser_id"] for row in rows if row["undone_at"] is None}
    batch_id = new_id()
    if not losers:
        return Parted(batch_id, {}, 0)
    members = await merges.lock_members(session, await merges.persons_of(session, losers))
    ids = {member.known.contact_id for member in members}
    if not losers <= ids:
        raise PersonChangedError("The people were joined or parted meanwhile: try again.")
    chosen = {row["merge_id"] for row in rows}
    edges = await merges.standing_edges(session, ids)
    undone = [edge for edge in edges if edge.merge_id in chosen]
    return await _part(session, members, undone, batch_id, Reason(MERGE_UNDONE, by, now))


async def _part(
    session: Session,
    members: Sequence[Member],
    undone: Sequence[Edge],
    batch_id: UUID,
    why: Reason,
) -> Parted:
    note = why.note or why.word
    await merges.mark_undone(session, undone, by=why.by, reason=note, now=why.now)
    ids = [member.known.contact_id for member in members]
    edges = await merges.standing_edges(session, ids)
    before = {member.known.contact_id: member.canonical_id for member in members}
    after = merging.canonicals([member.known for member in members], edges)
    targets = merging.changed(before, after)
    if targets:
        await merges.repoint(session, targets, now=why.now)
    owned = await _points_by_person(session, after)
    await _remember_parted(session, undone, after, owned, why)
    await _rewrite_cards(session, members, after, owned, why)
    for contact_id, canonical_id in sorted(targets.items()):
        relinked = contact_relinked(
            contact_id, canonical_id, batch_id=batch_id, reason=why.word, now=why.now
        )
        emit(session, relinked, now=why.now)
    return Parted(batch_id, targets, len(undone))


async def _points_by_person(
    session: Session, canonicals: Mapping[UUID, UUID]
) -> dict[UUID, set[ContactPoint]]:
    """A point stays with the contact that first gave it, and so goes where that contact goes."""
    owned: dict[UUID, set[ContactPoint]] = {person: set() for person in canonicals.values()}
    for row in await points.points_of(session, list(canonicals)):
        owned[canonicals[row["contact_id"]]].add(ContactPoint(row["kind"], row["value"]))
    return owned


async def _remember_parted(
    session: Session,
    undone: Sequence[Edge],
    after: Mapping[UUID, UUID],
    owned: Mapping[UUID, set[ContactPoint]],
    why: Reason,
) -> None:
    pairs: dict[frozenset[UUID], set[ContactPoint]] = {}
    for edge in undone:
        loser, winner = after[edge.loser_id], after[edge.winner_id]
        if loser != winner:
            pair = frozenset({edge.loser_id, edge.winner_id})
            pairs[pair] = owned[loser] | owned[winner]
    if pairs:
        await proposals.put_declined(session, pairs, by=why.by, now=why.now)


async def _rewrite_cards(
    session: Session,
    members: Sequence[Member],
    after: Mapping[UUID, UUID],
    owned: Mapping[UUID, set[ContactPoint]],
    why: Reason,
) -> None:
    """Write each person's card anew, from what their own inquiries told."""
    told: dict[UUID, list[ToldContact]] = {person: [] for person in owned}
    for item in await merges.told_by(session, list(after)):
        told[after[item.contact_id]].append(item)
    named = {point for items in told.values() for item in items for point in _points(item)}
    shared = await points.shared_among(session, named)
    by_id = {member.known.contact_id: member for member in members}
    cards: dict[UUID, tuple[ContactDetails, bool]] = {}
    for person, items in told.items():
        card = _card(by_id[person].details, items, owned[person], shared)
        cards[person] = card, any(not item.is_test for item in items)
        if card != by_id[person].details:
            told_person = Person(person, by_id[person].known.created_at, details=card)
            emit(session, contact_changed(told_person, now=why.now), now=why.now)
    await merges.rewrite_details(session, cards, now=why.now)


def _points(item: ToldContact) -> tuple[ContactPoint, ...]:
    return contact_points(item.details)


def _card(
    present: ContactDetails,
    items: Iterable[ToldContact],
    own: set[ContactPoint],
    shared: set[ContactPoint],
) -> ContactDetails:
    """`present` tells who somebody is of whom no inquiry is kept, as of a caller who was rung."""
    card = ContactDetails()
    known = False
    for item in items:
        known = True
        named = own | (shared & set(_points(item)))
        card = completed(card, limited_to(item.details, named))
    if not known:
        card = limited_to(present, own | shared)
    rest = ContactDetails(
        phones=tuple(sorted(point.value for point in own if point.kind == "phone")),
        emails=tuple(sorted(point.value for point in own if point.kind == "email")),
    )
    return completed(card, rest)
