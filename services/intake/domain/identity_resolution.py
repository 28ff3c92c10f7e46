"""Which contact an inquiry belongs to, worked out in memory for a whole batch.

Invariant: the same people and the same inquiries in the same order give the same contacts. One
inquiry merges two people at most, and only if its source may; otherwise it proposes them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from services.intake.domain.contact_matching import (
    Approach,
    ContactMatch,
    KnownPair,
    Merge,
    People,
    Person,
    PointFacts,
    Proposal,
    completed,
    limited_to,
    survivor,
)
from services.intake.domain.keys import (
    LIMITS,
    ContactPoint,
    birth_contact_id,
    contact_points,
    names_too_many,
)
from services.intake.domain.shared_points import is_shared, leads_further, people_with
from shared.contracts.inquiry import ContactDetails

MAX_MERGED_PEOPLE = 2  # people that one inquiry may make one without a supervisor
MAX_CONTACTS = 4  # contacts that become one person without a supervisor, by however many inquiries


def resolve(state: People, approach: Approach) -> ContactMatch:
    """Find or create the contact of one approach; merge or propose the others that it names."""
    points = {
        point: _shared(state, point, approach.details)
        for point in contact_points(approach.details, channel=approach.channel)
    }
    keys = [point for point, shared in points.items() if not shared]
    owners = {point: owner for point in keys if (owner := state.owners.get(point))}
    if owners:
        # The contact that first gave the first point: after a split the inquiry stays with it.
        birth_id = next(iter(owners.values()))
        person = _known_person(state, approach, owners)
    elif (thread_id := approach.thread_contact_id) is not None and thread_id in state.canonical:
        birth_id = thread_id
        person = state.people[state.canonical_of(birth_id)]
    else:
        birth_id = birth_contact_id(approach.origin_id)
        person = Person(birth_id, approach.at)
        state.new_contacts.add(birth_id)
    person = _with_points(state, person, birth_id, [p for p in keys if p not in owners])
    was_known = person.has_inquiry
    own = _own_details(state, person, approach.details, points)
    details = completed(person.details, own)
    if details != person.details:
        state.changed_contacts.add(person.contact_id)
    person = replace(person, details=details, has_inquiry=was_known or approach.counts)
    state.people[person.contact_id] = person
    state.touched_contacts.add(person.contact_id)
    return ContactMatch(birth_id, is_repeat=was_known)


def _shared(state: People, point: ContactPoint, contact: ContactDetails) -> bool:
    """Whether the point joins nobody. Adds whoever gives it now to the facts of the point."""
    facts = state.points.get(point, PointFacts())
    people = people_with(facts.people, point, contact)
    if people != facts.people:
        state.points[point] = replace(facts, people=people)
        state.points_to_write.add(point)
    return leads_further(point, contact) or is_shared(people, verdict=facts.shared)


def _known_person(state: People, approach: Approach, owners: Mapping[ContactPoint, UUID]) -> Person:
    """The person of the first point, merged with the other one if the approach may do that."""
    contact_ids = list(dict.fromkeys(state.canonical_of(owner) for owner in owners.values()))
    if len(contact_ids) == 1:
        return state.people[contact_ids[0]]
    if _may_merge(state, approach, contact_ids):
        return _merged(state, contact_ids, approach)
    for other in contact_ids[1:]:
        pair = frozenset({contact_ids[0], other})
        points = frozenset(p for p, owner in owners.items() if state.canonical_of(owner) in pair)
        known_pairs = [*state.pairs, *map(_as_known, state.proposals.values())]
        if not any(_is_answered(state, known_pair, pair, points) for known_pair in known_pairs):
            proposal = Proposal(pair, points, approach.origin_id, approach.source_id)
            state.proposals[pair] = proposal
    return state.people[contact_ids[0]]


def _may_merge(state: People, approach: Approach, contact_ids: Sequence[UUID]) -> bool:
    contacts = sum(state.people[contact_id].contacts for contact_id in contact_ids)
    return (
        approach.may_merge
        and len(contact_ids) <= MAX_MERGED_PEOPLE
        and contacts <= MAX_CONTACTS
        and not names_too_many(approach.details)
        and state.merges_left.get(approach.source_id, 0) > 0
        and not any(
            known_pair.declined
            and {state.canonical_of(one) for one in known_pair.pair} == set(contact_ids)
            for known_pair in state.pairs
        )
    )


def _as_known(proposal: Proposal) -> KnownPair:
    return KnownPair(proposal.pair, declined=False, points=proposal.points)


def _is_answered(
    state: People, known_pair: KnownPair, pair: frozenset[UUID], points: frozenset[ContactPoint]
) -> bool:
    same_pair = {state.canonical_of(one) for one in known_pair.pair} == pair
    return same_pair and (not known_pair.declined or points <= known_pair.points)


def _merged(state: People, contact_ids: Sequence[UUID], approach: Approach) -> Person:
    members = [state.people[contact_id] for contact_id in contact_ids]
    winner = survivor(members)
    for person in members:
        if person.contact_id != winner.contact_id:
            state.merges[person.contact_id] = Merge(
                person.contact_id, winner.contact_id, approach.origin_id, approach.source_id
            )
            state.merges_left[approach.source_id] -= 1
    if winner.details != state.people[winner.contact_id].details:
        state.changed_contacts.add(winner.contact_id)
    state.people[winner.contact_id] = winner
    return winner


def _with_points(
    state: People, person: Person, birth_id: UUID, points: Sequence[ContactPoint]
) -> Person:
    """The person with as many of these ownerless points as they still have room for."""
    counts = {kind: person.points.get(kind, 0) for kind in LIMITS}
    for point in points:
        if counts[point.kind] < LIMITS[point.kind]:
            counts[point.kind] += 1
            state.owners[point] = state.new_owners[point] = birth_id
    return replace(person, points=counts)


def _own_details(
    state: People, person: Person, details: ContactDetails, points: Mapping[ContactPoint, bool]
) -> ContactDetails:
    """The details with this person's own points and shared ones only."""

    def is_own(point: ContactPoint) -> bool:
        owner = state.owners.get(point)
        return owner is not None and state.canonical_of(owner) == person.contact_id

    # With other people's points our managers would call strangers.
    own = {point for point, shared in points.items() if shared or is_own(point)}
    return limited_to(details, own)
