"""Who an inquiry belongs to, worked out in memory for a whole batch: born, recognised, merged.

Its law: given the same people and the same inquiries in order, the same contacts come out; one
inquiry joins two people at most, and only where its source may, else it proposes them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from services.intake.domain.contact_matching import (
    Approach,
    Joined,
    KnownPair,
    Merge,
    People,
    Person,
    PointFacts,
    Proposal,
    completed,
    limited_to,
)
from services.intake.domain.keys import (
    LIMITS,
    ContactPoint,
    KnownContact,
    birth_contact_id,
    canonical,
    contact_points,
    names_too_many,
)
from services.intake.domain.shared_points import is_shared, people_with
from shared.contracts.inquiry import ContactDetails

PEOPLE_JOINED = 2  # people that one inquiry may make one without a supervisor
MAX_CONTACTS = 4  # contacts that become one person without a supervisor, by however many inquiries


def join(state: People, approach: Approach) -> Joined:
    """Find or create the contact of one approach, and join or propose who else is named by it.

    Its id is that of the contact which gave the first point: a split parts it with that contact.
    """
    named = contact_points(approach.details, channel=approach.channel)
    points = {point: _shared(state, point, approach.details) for point in named}
    joining = [point for point, shared in points.items() if not shared]
    owners = {point: owner for point in joining if (owner := state.owners.get(point))}
    if owners:
        birth_id = next(iter(owners.values()))
        person = _met(state, approach, owners)
    else:
        birth_id = birth_contact_id(approach.born_of)
        person = Person(birth_id, approach.at)
        state.born.add(birth_id)
    person = _claimed(state, person, birth_id, [p for p in joining if p not in owners])
    was_known = person.has_inquiry
    own = _own_details(state, person, approach.details, points)
    details = completed(person.details, own)
    if details != person.details:
        state.changed.add(person.contact_id)
    person = replace(person, details=details, has_inquiry=was_known or approach.counts)
    state.people[person.contact_id] = person
    state.touched.add(person.contact_id)
    return Joined(birth_id, is_repeat=was_known)


def _shared(state: People, point: ContactPoint, contact: ContactDetails) -> bool:
    """Whether the point joins nobody; notes who gives it now."""
    facts = state.points.get(point, PointFacts())
    people = people_with(facts.people, point, contact)
    if people != facts.people:
        state.points[point] = replace(facts, people=people)
        state.given.add(point)
    return is_shared(people, said=facts.shared)


def _met(state: People, approach: Approach, owners: Mapping[ContactPoint, UUID]) -> Person:
    """The person of the first point, joined with the other one that is named if that may be."""
    named = list(dict.fromkeys(state.now_called(owner) for owner in owners.values()))
    if len(named) == 1:
        return state.people[named[0]]
    if _may_join(state, approach, named):
        return _merged(state, named, approach)
    for other in named[1:]:
        pair = frozenset({named[0], other})
        points = frozenset(p for p, owner in owners.items() if state.now_called(owner) in pair)
        if not any(_is_answered(state, known, pair, points) for known in state.pairs):
            proposal = Proposal(pair, points, approach.born_of, approach.source_id)
            state.proposals.setdefault(pair, proposal)
    return state.people[named[0]]


def _may_join(state: People, approach: Approach, named: Sequence[UUID]) -> bool:
    contacts = sum(state.people[contact_id].contacts for contact_id in named)
    return (
        approach.may_merge
        and len(named) <= PEOPLE_JOINED
        and contacts <= MAX_CONTACTS
        and not names_too_many(approach.details)
        and state.merges_left.get(approach.source_id, 0) > 0
        and not any(
            known.declined and {state.now_called(one) for one in known.pair} == set(named)
            for known in state.pairs
        )
    )


def _is_answered(
    state: People, known: KnownPair, pair: frozenset[UUID], points: frozenset[ContactPoint]
) -> bool:
    same_pair = {state.now_called(one) for one in known.pair} == pair
    return same_pair and (not known.declined or points <= known.points)


def _merged(state: People, named: Sequence[UUID], approach: Approach) -> Person:
    joined = [state.people[contact_id] for contact_id in named]
    winner_id = canonical(KnownContact(person.contact_id, person.created_at) for person in joined)
    winner = state.people[winner_id]
    for person in joined:
        if person.contact_id == winner_id:
            continue
        winner = replace(
            winner,
            details=completed(winner.details, person.details),
            has_inquiry=winner.has_inquiry or person.has_inquiry,
            contacts=winner.contacts + person.contacts,
            points={k: winner.points.get(k, 0) + person.points.get(k, 0) for k in LIMITS},
        )
        state.merges[person.contact_id] = Merge(
            person.contact_id, winner_id, approach.born_of, approach.source_id
        )
        state.merges_left[approach.source_id] -= 1
    if winner.details != state.people[winner_id].details:
        state.changed.add(winner_id)
    state.people[winner_id] = winner
    return winner


def _claimed(
    state: People, person: Person, birth_id: UUID, points: Sequence[ContactPoint]
) -> Person:
    """The person with those of the points, which are nobody's, that they still have room for."""
    counts = {kind: person.points.get(kind, 0) for kind in LIMITS}
    for point in points:
        if counts[point.kind] < LIMITS[point.kind]:
            counts[point.kind] += 1
            state.owners[point] = state.claimed[point] = birth_id
    return replace(person, points=counts)


def _own_details(
    state: People, person: Person, told: ContactDetails, points: Mapping[ContactPoint, bool]
) -> ContactDetails:
    """What an inquiry tells of this person: of the points that identify, whether shared by many or
    not, those that are theirs or shared. Other people's would send our managers to strangers.
    """

    def is_own(point: ContactPoint) -> bool:
        owner = state.owners.get(point)
        return owner is not None and state.now_called(owner) == person.contact_id

    return limited_to(told, {point for point, shared in points.items() if shared or is_own(point)})
