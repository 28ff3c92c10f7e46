"""Who is joined by what: caps, sources that may not, chains, shared points; and taking it back."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.contact_matching import (
    Approach,
    ContactMatch,
    KnownPair,
    People,
    Person,
)
from services.intake.domain.identity_resolution import MAX_CONTACTS, resolve
from services.intake.domain.keys import MAX_EMAILS, MAX_PHONES, ContactPoint, contact_points
from services.intake.domain.merging import Edge, canonicals, plan_split
from services.intake.domain.shared_points import PEOPLE_OF_A_POINT
from shared.contracts.inquiry import ContactDetails
from shared.ids import derived_id

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SOURCE = derived_id("source", 1)
PHONES = [f"+7916000000{number}" for number in range(10)]
EMAILS = [f"клиент{number}@пример.рф" for number in range(5)]


class World:
    """People as a normaliser knows them, one inquiry after the other."""

    def __init__(self, *, merges_left: int = 100) -> None:
        self.state = People({}, {}, merges_left={SOURCE: merges_left})
        self.numbers = count(1)

    def ask(
        self,
        phones: Sequence[str] = (),
        emails: Sequence[str] = (),
        *,
        name: str | None = None,
        may_merge: bool = True,
        channel: str = "form",
    ) -> ContactMatch:
        number = next(self.numbers)
        details = ContactDetails(name=name, phones=tuple(phones), emails=tuple(emails))
        at = MORNING + timedelta(minutes=number)
        origin_id = derived_id("inquiry", number)
        return resolve(
            self.state,
            Approach(origin_id, at, details, counts=True, source_id=SOURCE, channel=channel,
                     may_merge=may_merge),
        )  # fmt: skip

    def person(self, match: ContactMatch) -> UUID:
        return self.state.canonical_of(match.contact_id)

    def customers(self, phones: Sequence[str]) -> list[UUID]:
        return [self.ask([phone]).contact_id for phone in phones]


def test_the_first_three_of_a_kind_identify() -> None:
    details = ContactDetails(phones=tuple(PHONES[::-1] + PHONES), emails=tuple(EMAILS))
    points = contact_points(details)
    assert [point.value for point in points] == [*PHONES[:-4:-1], *EMAILS[:3]]
    assert (MAX_PHONES, MAX_EMAILS) == (3, 3)


def test_a_mail_is_its_senders_before_anybodys_in_it() -> None:
    world = World()
    sender = world.ask(emails=[EMAILS[0]])
    world.customers(PHONES[:1])
    match = world.ask(PHONES[:1], EMAILS[:1], may_merge=False, channel="email")
    assert match.contact_id == sender.contact_id


def test_two_people_are_joined_by_a_source_that_may() -> None:
    world = World()
    first, second = world.customers(PHONES[:2])
    world.ask(PHONES[:2])
    assert world.state.canonical_of(second) == first
    assert not world.state.proposals


def test_three_people_are_proposed_never_joined() -> None:
    world = World()
    first, second, third = world.customers(PHONES[:3])
    assert world.ask(PHONES[:3]).contact_id == first
    assert not world.state.merges
    assert set(world.state.proposals) == {frozenset({first, second}), frozenset({first, third})}


def test_an_inquiry_that_names_a_list_joins_nobody() -> None:
    """A list begins with one point more than a person has; the same point again is no further."""
    world = World()
    world.customers(PHONES[:2])
    world.ask(PHONES[: MAX_PHONES + 1])
    world.ask(PHONES[:2], EMAILS[: MAX_EMAILS + 1])
    world.ask(PHONES)
    assert not world.state.merges
    world.ask(PHONES[:2] * MAX_PHONES)
    assert len(world.state.merges) == 1


def test_a_source_that_may_not_only_proposes_and_tells_nobodys_card_of_others() -> None:
    world = World()
    first, second = world.customers(PHONES[:2])
    assert world.ask(PHONES[:2], may_merge=False).contact_id == first
    assert list(world.state.proposals) == [frozenset({first, second})]
    assert world.state.people[first].details.phones == (PHONES[0],)


def test_a_chain_of_inquiries_builds_no_giant() -> None:
    world = World()
    births = world.customers(PHONES)
    for first, second in pairwise(PHONES):
        world.ask([first, second])
    people = [world.state.canonical_of(birth) for birth in births]
    assert max(map(people.count, people)) == MAX_CONTACTS
    assert world.state.proposals


def test_a_chain_of_unknown_points_claims_no_more_than_one_form_could() -> None:
    world = World()
    chain = [f"+7917{number:07d}" for number in range(30)]
    for first, second in pairwise(chain):
        world.ask([first, second], may_merge=False)
    owners = [world.state.owners.get(ContactPoint("phone", phone)) for phone in chain]
    assert max(owners.count(owner) for owner in owners if owner) == MAX_PHONES


def test_a_source_joins_so_many_within_the_window() -> None:
    world = World(merges_left=1)
    world.customers(PHONES[:4])
    world.ask(PHONES[:2])
    world.ask(PHONES[2:4])
    assert len(world.state.merges) == len(world.state.proposals) == 1


def test_a_declined_pair_is_neither_joined_nor_proposed_by_the_same_points() -> None:
    world = World()
    first, second = world.customers(PHONES[:2])
    points = frozenset(ContactPoint("phone", phone) for phone in PHONES[:2])
    pair = KnownPair(frozenset({first, second}), declined=True, points=points)
    world.state.pairs = [pair]
    world.ask(PHONES[:2])
    assert not world.state.merges
    assert not world.state.proposals
    world.ask([PHONES[0]], [EMAILS[0]])
    world.ask([PHONES[1]], [EMAILS[0]])
    assert not world.state.merges, "not the same stays not the same"
    assert list(world.state.proposals) == [frozenset({first, second})], "other points ask again"


def test_a_switchboard_stops_joining() -> None:
    world = World()
    line = "+74950000000"
    people = [
        world.ask([line], [f"person{number}@example.com"], name=f"Человек {'абвгд'[number]}")
        for number in range(PEOPLE_OF_A_POINT + 3)
    ]
    late = people[PEOPLE_OF_A_POINT:]
    assert len({world.person(match) for match in late}) == len(late)
    alone = world.ask([line])
    assert world.person(alone) not in {world.person(match) for match in people}
    again = world.ask([line], ["person4@example.com"])
    assert again.contact_id == late[-1].contact_id, "by what is their own they are known"
    assert line in world.state.people[late[-1].contact_id].details.phones


def test_one_person_with_many_spellings_shares_nothing() -> None:
    world = World()
    names = ["Анна Петрова", "петрова  АННА", "Anna P.", "Анна", "А. П."]
    contacts = {world.ask(PHONES[:1], EMAILS[:1], name=name).contact_id for name in names}
    assert len(contacts) == 1


INQUIRIES = st.tuples(
    st.lists(st.sampled_from(PHONES), max_size=6), st.lists(st.sampled_from(EMAILS), max_size=5)
)


@given(inquiries=st.lists(INQUIRIES, max_size=25))
def test_a_source_that_may_not_never_joins_anybody(
    inquiries: list[tuple[list[str], list[str]]],
) -> None:
    world = World()
    customers = world.customers(PHONES[:5])
    for phones, emails in inquiries:
        world.ask(phones, emails, may_merge=False)
    assert not world.state.merges
    assert len({world.state.canonical_of(birth) for birth in customers}) == len(customers)


@given(inquiries=st.lists(INQUIRIES, max_size=25))
def test_one_inquiry_joins_two_people_at_most(
    inquiries: list[tuple[list[str], list[str]]],
) -> None:
    world = World()
    world.customers(PHONES[:5])
    for phones, emails in inquiries:
        before = len(world.state.merges)
        world.ask(phones, emails)
        assert len(world.state.merges) - before <= 1
    sizes = [person.contacts for person in world.state.people.values()]
    assert max(sizes, default=0) <= MAX_CONTACTS


@given(pairs=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=12), data=st.data())
def test_splitting_is_the_inverse_of_merging(
    pairs: list[tuple[int, int]], data: st.DataObject
) -> None:
    contacts = [Person(derived_id("c", n), MORNING + timedelta(minutes=n)) for n in range(8)]
    ids = [contact.contact_id for contact in contacts]
    edges = [Edge(derived_id("e", n), ids[a], ids[b]) for n, (a, b) in enumerate(pairs)]
    before = canonicals(contacts, edges)
    edge_to_undo = Edge(derived_id("e", "new"), *data.draw(st.permutations(ids))[:2])
    assert canonicals(contacts, [*edges, edge_to_undo][:-1]) == before, "undoing gives what was"
    people = canonicals(contacts, [*edges, edge_to_undo])
    group = [c for c in contacts if people[c.contact_id] == people[edge_to_undo.loser_id]]
    parted = {c.contact_id for c in group if before[c.contact_id] == before[edge_to_undo.loser_id]}
    if parted == {c.contact_id for c in group}:
        return
    plan = plan_split(group, [*edges, edge_to_undo], parted)
    assert plan.removals == (edge_to_undo,)
    assert not plan.bridges
    remaining_edges = [edge for edge in (*edges, edge_to_undo) if edge not in plan.removals]
    assert canonicals(contacts, remaining_edges) == before


@given(st.sets(st.integers(0, 5), min_size=1, max_size=5))
def test_whoever_is_parted_and_whoever_stays_are_one_person_each(numbers: set[int]) -> None:
    contacts = [Person(derived_id("c", n), MORNING + timedelta(minutes=n)) for n in range(6)]
    hub = contacts[3].contact_id
    edges = [Edge(derived_id("e", c), c.contact_id, hub) for c in contacts if c.contact_id != hub]
    parted = {contacts[number].contact_id for number in numbers}
    plan = plan_split(contacts, edges, parted)
    edges_after = [edge for edge in edges if edge not in plan.removals]
    edges_after += [Edge(derived_id("b", *pair), *pair) for pair in plan.bridges]
    mapping = canonicals(contacts, edges_after)
    leaver_ids = {mapping[contact_id] for contact_id in parted}
    other_ids = {mapping[c.contact_id] for c in contacts if c.contact_id not in parted}
    assert (len(leaver_ids), len(other_ids)) == (1, 1)
    assert leaver_ids.isdisjoint(other_ids)
