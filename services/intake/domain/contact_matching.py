"""The people that a batch of inquiries touches, and what comes of them, before it is written."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.intake.domain.keys import ContactPoint
from shared.contracts.inquiry import ContactDetails

MAX_DETAILS = 100  # numbers, addresses or other ways kept of one contact
_NOTHING = ContactDetails()


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


@dataclass(frozen=True, slots=True)
class Approach:
    """What identity needs of an inquiry or an observed call, whose id is `born_of`."""

    born_of: UUID
    at: datetime
    details: ContactDetails
    counts: bool
    source_id: UUID
    channel: str = "form"
    may_merge: bool = True


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
    source_id: UUID


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two people whom one inquiry named by these points, and did not join."""

    pair: frozenset[UUID]
    points: frozenset[ContactPoint]
    cause: UUID
    source_id: UUID


@dataclass(frozen=True, slots=True)
class PointFacts:
    """Who gave a point, and the operator's word on whether it is shared."""

    people: tuple[str, ...] = ()
    shared: bool | None = None


@dataclass(frozen=True, slots=True)
class KnownPair:
    """A pair proposed before: while `open`, or for points among these, it is not proposed again;
    one that was declined is never joined by an inquiry.
    """

    pair: frozenset[UUID]
    declined: bool
    points: frozenset[ContactPoint]


@dataclass(eq=False)
class People:
    """The contacts a batch touches. `owners` are points with the contact that first gave each,
    `canonical` whom that contact stands for, `merges_left` what each source may still join.
    """

    people: dict[UUID, Person]
    owners: dict[ContactPoint, UUID]
    canonical: Mapping[UUID, UUID] = field(default_factory=dict)
    points: dict[ContactPoint, PointFacts] = field(default_factory=dict)
    pairs: Sequence[KnownPair] = ()
    merges_left: dict[UUID, int] = field(default_factory=dict)
    born: set[UUID] = field(default_factory=set)
    changed: set[UUID] = field(default_factory=set)
    touched: set[UUID] = field(default_factory=set)
    merges: dict[UUID, Merge] = field(default_factory=dict)
    claimed: dict[ContactPoint, UUID] = field(default_factory=dict)
    given: set[ContactPoint] = field(default_factory=set)
    proposals: dict[frozenset[UUID], Proposal] = field(default_factory=dict)

    def now_called(self, contact_id: UUID) -> UUID:
        """The canonical contact of one that may have been merged away, also in this batch."""
        contact_id = self.canonical.get(contact_id, contact_id)
        while contact_id in self.merges:
            contact_id = self.merges[contact_id].winner
        return contact_id


def flattened(state: People) -> Mapping[UUID, Merge]:
    """The batch's merges by loser, each pointing at the contact that is canonical at the end."""
    return {
        loser: replace(merge, winner=state.now_called(loser))
        for loser, merge in state.merges.items()
    }


def limited_to(told: ContactDetails, points: Collection[ContactPoint]) -> ContactDetails:
    """Details without the phones and addresses that are not among these points."""

    def among(kind: str, values: Sequence[str]) -> tuple[str, ...]:
        return tuple(
            value for value in dict.fromkeys(values) if ContactPoint(kind, value) in points
        )

    phones, emails = among("phone", told.phones), among("email", told.emails)
    if (phones, emails) == (told.phones, told.emails):
        return told
    return told.model_copy(update={"phones": phones, "emails": emails})


def completed(known: ContactDetails, told: ContactDetails) -> ContactDetails:
    """What is known, completed by what is told: a name once given is not overwritten."""
    if known == _NOTHING and _is_short(told):
        return told
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


def _is_short(told: ContactDetails) -> bool:
    return all(len(part) <= MAX_DETAILS for part in (told.phones, told.emails, told.other))


def _both(known: Sequence[str], told: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*known, *told)))[:MAX_DETAILS]
