"""The people that a batch of inquiries touches, and their changes before they are written."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.intake.domain.keys import LIMITS, ContactPoint, canonical
from shared.contracts.inquiry import ContactDetails, Mentioned

MAX_DETAILS = 100  # numbers, addresses or other ways kept of one contact
_NOTHING = ContactDetails()
_NOBODY = Mentioned()


@dataclass(frozen=True, slots=True)
class Person:
    """A canonical contact; `has_inquiry` tells whether the next inquiry is a repeat.

    `contacts` are how many it is made of, `points` how many of each kind are theirs.
    """

    contact_id: UUID
    created_at: datetime
    has_inquiry: bool = False
    details: ContactDetails = field(default_factory=ContactDetails)
    contacts: int = 1
    points: Mapping[str, int] = field(default_factory=dict)


def survivor(people: Sequence[Person]) -> Person:
    """The canonical one of these people, with what is known of all of them."""
    winner_id = canonical(people)
    winner = next(person for person in people if person.contact_id == winner_id)
    for person in people:
        if person.contact_id != winner_id:
            winner = replace(
                winner,
                details=completed(winner.details, person.details),
                has_inquiry=winner.has_inquiry or person.has_inquiry,
                contacts=winner.contacts + person.contacts,
                points={k: winner.points.get(k, 0) + person.points.get(k, 0) for k in LIMITS},
            )
    return winner


@dataclass(frozen=True, slots=True)
class Approach:
    """The part of an inquiry or observed call that identity needs; `origin_id` is its id.

    `thread_contact_id` is whose it is when its own points name nobody.
    """

    origin_id: UUID
    at: datetime
    details: ContactDetails
    counts: bool
    source_id: UUID
    channel: str = "form"
    may_merge: bool = True
    thread_contact_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ContactMatch:
    """The contact of one approach, as it is named at birth; `is_repeat`: it had asked before."""

    contact_id: UUID
    is_repeat: bool


@dataclass(frozen=True, slots=True)
class Merge:
    """`loser` is from now on `winner`; `cause` is the inquiry that joined them."""

    loser: UUID
    winner: UUID
    cause: UUID
    source_id: UUID


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two people that one inquiry named by these points and did not join."""

    pair: frozenset[UUID]
    points: frozenset[ContactPoint]
    cause: UUID
    source_id: UUID


@dataclass(frozen=True, slots=True)
class PointFacts:
    """Who gave a point, and whether an operator has marked it as shared; None leaves it open."""

    people: tuple[str, ...] = ()
    shared: bool | None = None


@dataclass(frozen=True, slots=True)
class KnownPair:
    """A pair that was proposed before and is open or declined.

    An open pair is not proposed again, a declined one only for points that are not among these. An
    inquiry never joins a declined pair.
    """

    pair: frozenset[UUID]
    declined: bool
    points: frozenset[ContactPoint]


@dataclass(eq=False)
class People:
    """The contacts a batch touches, and what it changes of them.

    `owners`: point → the contact that first gave it. `canonical`: contact → canonical contact.
    `merges_left`: source → how many merges its inquiries may still cause. `new_owners` are the
    points that get their first owner in this batch, `points_to_write` those with a new giver.
    """

    people: dict[UUID, Person]
    owners: dict[ContactPoint, UUID]
    canonical: Mapping[UUID, UUID] = field(default_factory=dict)
    points: dict[ContactPoint, PointFacts] = field(default_factory=dict)
    pairs: Sequence[KnownPair] = ()
    merges_left: dict[UUID, int] = field(default_factory=dict)
    new_contacts: set[UUID] = field(default_factory=set)
    changed_contacts: set[UUID] = field(default_factory=set)
    touched_contacts: set[UUID] = field(default_factory=set)
    merges: dict[UUID, Merge] = field(default_factory=dict)
    new_owners: dict[ContactPoint, UUID] = field(default_factory=dict)
    points_to_write: set[ContactPoint] = field(default_factory=set)
    proposals: dict[frozenset[UUID], Proposal] = field(default_factory=dict)

    def canonical_of(self, contact_id: UUID) -> UUID:
        """The canonical contact of one that may have been merged away, also in this batch."""
        contact_id = self.canonical.get(contact_id, contact_id)
        while contact_id in self.merges:
            contact_id = self.merges[contact_id].winner
        return contact_id


def flattened(state: People) -> Mapping[UUID, Merge]:
    """The batch's merges by loser, each pointing at the contact that is canonical at the end."""
    return {
        loser: replace(merge, winner=state.canonical_of(loser))
        for loser, merge in state.merges.items()
    }


def limited_to(details: ContactDetails, points: Collection[ContactPoint]) -> ContactDetails:
    """Details without the phones and addresses that are not among these points.

    What an inquiry merely mentions is left out as well.
    """

    def among(kind: str, values: Sequence[str]) -> tuple[str, ...]:
        return tuple(
            value for value in dict.fromkeys(values) if ContactPoint(kind, value) in points
        )

    phones, emails = among("phone", details.phones), among("email", details.emails)
    if (phones, emails, _NOBODY) == (details.phones, details.emails, details.mentioned):
        return details
    extensions = {
        phone: extension for phone, extension in details.extensions.items() if phone in phones
    }
    return details.model_copy(
        update={
            "phones": phones,
            "emails": emails,
            "extensions": extensions,
            "mentioned": _NOBODY,
        }
    )


def completed(details: ContactDetails, addition: ContactDetails) -> ContactDetails:
    """The details with what the addition knows beyond them; nothing in `details` is overwritten."""
    if details == _NOTHING and _is_short(addition):
        return addition
    phones = _both(details.phones, addition.phones)
    extensions = {**addition.extensions, **details.extensions}
    union = ContactDetails(
        name=details.name or addition.name,
        first_name=details.first_name or addition.first_name,
        last_name=details.last_name or addition.last_name,
        middle_name=details.middle_name or addition.middle_name,
        company=details.company or addition.company,
        phones=phones,
        emails=_both(details.emails, addition.emails),
        extensions={phone: extensions[phone] for phone in phones if phone in extensions},
        other=dict(list({**addition.other, **details.other}.items())[:MAX_DETAILS]),
    )
    return details if union == details else union


def _is_short(details: ContactDetails) -> bool:
    return all(len(part) <= MAX_DETAILS for part in (details.phones, details.emails, details.other))


def _both(values: Sequence[str], more: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*values, *more)))[:MAX_DETAILS]
