"""Who an inquiry belongs to, worked out in memory for a whole batch: born, recognised, merged.

Its law: given the same people and the same inquiries in order, the same contacts come out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.intake.domain.identity import (
    ContactPoint,
    KnownContact,
    birth_contact_id,
    canonical,
    contact_points,
)
from shared.contracts.inquiry import ContactDetails

MAX_DETAILS = 100  # numbers, addresses or other ways kept of one contact


@dataclass(frozen=True, slots=True)
class Person:
    """A canonical contact; `has_inquiry` tells whether the next inquiry is a repeat."""

    contact_id: UUID
    created_at: datetime
    has_inquiry: bool = False
    details: ContactDetails = field(default_factory=ContactDetails)


@dataclass(frozen=True, slots=True)
class Approach:
    """What identity needs of an inquiry or an observed call, whose id is `born_of`."""

    born_of: UUID
    at: datetime
    details: ContactDetails
    counts: bool


@dataclass(frozen=True, slots=True)
class Joined:
    contact_id: UUID
    is_repeat: bool


@dataclass(frozen=True, slots=True)
class Merge:
    """`loser` is from now on `winner`; `cause` is the inquiry that joined them."""

    loser: UUID
    winner: UUID
    cause: UUID


@dataclass(eq=False)
class People:
    """The contacts a batch touches. `owners` are contact points with the canonical contact each."""

    people: dict[UUID, Person]
    owners: dict[ContactPoint, UUID]
    born: set[UUID] = field(default_factory=set)
    changed: set[UUID] = field(default_factory=set)
    touched: set[UUID] = field(default_factory=set)
    merges: dict[UUID, Merge] = field(default_factory=dict)
    claimed: dict[ContactPoint, UUID] = field(default_factory=dict)

    def now_called(self, contact_id: UUID) -> UUID:
        """The canonical contact of one that may have been merged away in this batch."""
        while contact_id in self.merges:
            contact_id = self.merges[contact_id].winner
        return contact_id


def join(state: People, approach: Approach) -> Joined:
    """Find, create or merge the contact of one approach. Its id is the contact's at this moment."""
    points = contact_points(approach.details)
    owners = {state.now_called(owner) for point in points if (owner := state.owners.get(point))}
    if len(owners) > 1:
        person = _merged(state, owners, cause=approach.born_of)
    elif owners:
        person = state.people[owners.pop()]
    else:
        person = Person(birth_contact_id(approach.born_of), approach.at)
        state.born.add(person.contact_id)
    was_known = person.has_inquiry
    details = completed(person.details, approach.details)
    if details != person.details:
        state.changed.add(person.contact_id)
    person = replace(person, details=details, has_inquiry=was_known or approach.counts)
    state.people[person.contact_id] = person
    state.touched.add(person.contact_id)
    for point in points:
        if point not in state.owners:
            state.owners[point] = state.claimed[point] = person.contact_id
    return Joined(person.contact_id, is_repeat=was_known)


def flattened(state: People) -> Mapping[UUID, Merge]:
    """The batch's merges by loser, each pointing at the contact that is canonical at the end."""
    return {
        loser: replace(merge, winner=state.now_called(loser))
        for loser, merge in state.merges.items()
    }


def _merged(state: People, owners: Iterable[UUID], *, cause: UUID) -> Person:
    joined = [state.people[owner] for owner in owners]
    winner_id = canonical(KnownContact(person.contact_id, person.created_at) for person in joined)
    winner = state.people[winner_id]
    for person in sorted(joined, key=lambda found: (found.created_at, found.contact_id)):
        if person.contact_id != winner_id:
            winner = replace(
                winner,
                details=completed(winner.details, person.details),
                has_inquiry=winner.has_inquiry or person.has_inquiry,
            )
            state.merges[person.contact_id] = Merge(person.contact_id, winner_id, cause)
    if winner.details != state.people[winner_id].details:
        state.changed.add(winner_id)
    state.people[winner_id] = winner
    return winner


def completed(known: ContactDetails, told: ContactDetails) -> ContactDetails:
    """What is known, completed by what is told: a name once given is not overwritten."""
    found = ContactDetails(
        name=known.name or told.name,
        first_name=known.first_name or told.first_name,
        last_name=known.last_name or told.last_name,
        middle_name=known.middle_name or told.middle_name,
        company=known.company or told.company,
        phones=_both(known.phones, told.phones),
        emails=_both(known.emails, told.emails),
        other=dict(list({**told.other, **known.other}.items())[:MAX_DETAILS]),
    )
    return known if found == known else found


def _both(known: Sequence[str], told: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*known, *told)))[:MAX_DETAILS]
