"""Which lead an inquiry joins, and what is merged when contacts meet."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.lead_matching import (
    Arrival,
    Group,
    LeadMerge,
    OpenLead,
    falling_plan,
    lead_id_for,
    merge_plan,
    newest_links,
    place,
    siblings,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def uid(number: int) -> UUID:
    return UUID(int=number)


def group(number: int = 1, pipeline: str = "default", *, is_test: bool = False) -> Group:
    return Group(uid(number), pipeline, is_test)


def lead(
    number: int, *, accepted: bool = False, minute: int = 0, of: Group | None = None
) -> OpenLead:
    return OpenLead(uid(number), of or group(), NOW + timedelta(minutes=minute), accepted)


def arrival(number: int, of: Group | None = None) -> Arrival:
    return Arrival(uid(number), of or group(), NOW)


def test_the_first_inquiry_opens_and_the_next_ones_join() -> None:
    first, second = place([arrival(1), arrival(2)], [])
    assert (first.opens, second.opens) == (True, False)
    assert first.lead_id == second.lead_id == lead_id_for(uid(1), "default")


def test_pipelines_and_tests_stay_apart() -> None:
    groups = [group(), group(pipeline="service"), group(is_test=True), group(2)]
    placements = place([arrival(number, of) for number, of in enumerate(groups)], [])
    assert all(placement.opens for placement in placements)
    assert len({placement.lead_id for placement in placements}) == 4


def test_an_inquiry_joins_the_accepted_lead_before_one_that_waits() -> None:
    found = place([arrival(9)], [lead(1, minute=0), lead(2, accepted=True, minute=5)])
    assert found[0].lead_id == uid(2)


def test_the_younger_waiting_lead_is_merged_into_the_elder() -> None:
    assert merge_plan([lead(1, minute=5), lead(2, minute=1)]) == [LeadMerge(uid(1), uid(2))]


def test_a_waiting_lead_is_merged_into_the_accepted_one_whatever_its_age() -> None:
    assert merge_plan([lead(1, minute=0), lead(2, accepted=True, minute=9)]) == [
        LeadMerge(uid(1), uid(2))
    ]


def test_accepted_leads_all_stay_and_are_siblings() -> None:
    both = [lead(1, accepted=True, minute=3), lead(2, accepted=True, minute=1)]
    assert merge_plan(both) == []
    assert siblings(both) == [(uid(2), uid(1))]
    assert siblings([lead(1, accepted=True), lead(2)]) == []


leads_of_any_kind = st.lists(
    st.builds(
        OpenLead,
        lead_id=st.integers(1, 99).map(uid),
        group=st.integers(1, 3).map(group),
        received_at=st.integers(0, 5).map(lambda minute: NOW + timedelta(minutes=minute)),
        accepted=st.booleans(),
    ),
    max_size=12,
    unique_by=lambda found: found.lead_id,
)


@given(leads=leads_of_any_kind, shuffle=st.randoms())
def test_after_merging_at_most_one_lead_of_a_contact_waits(
    leads: list[OpenLead], shuffle: object
) -> None:
    merges = merge_plan(leads)
    merged = {merge.lead_id for merge in merges}
    left = [found for found in leads if found.lead_id not in merged]
    assert {merge.into for merge in merges} <= {found.lead_id for found in left}
    for of in {found.group for found in leads}:
        stay = [found for found in left if found.group == of]
        assert stay
        assert sum(not found.accepted for found in stay) <= 1
        if any(found.accepted for found in stay):
            assert all(found.accepted for found in stay)
    assert all(found.accepted is False for found in leads if found.lead_id in merged)
    mixed = list(leads)
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    assert set(merge_plan(mixed)) == set(merges)


@given(leads=leads_of_any_kind, places=st.sets(st.integers(0, 11)))
def test_leads_that_fall_back_leave_one_that_waits(leads: list[OpenLead], places: set[int]) -> None:
    falling = {leads[at].lead_id for at in places if at < len(leads)}
    merged = {merge.lead_id for merge in falling_plan(leads, falling)}
    for of in {found.group for found in leads if found.lead_id in falling}:
        waits = [
            found.lead_id
            for found in leads
            if found.group == of
            and found.lead_id not in merged
            and (not found.accepted or found.lead_id in falling)
        ]
        assert len(waits) == 1
        assert waits[0] in falling


@given(
    links=st.lists(
        st.tuples(st.integers(1, 3).map(uid), st.integers(1, 3).map(uid), st.integers(1, 9)),
        unique_by=lambda link: (link[0], link[2]),
    ),
    shuffle=st.randoms(),
)
def test_the_highest_version_of_a_link_wins_in_any_order_and_grouping(
    links: list[tuple[UUID, UUID, int]], shuffle: object
) -> None:
    at_once = newest_links(links, {})
    mixed = list(links)
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    one_by_one: dict[UUID, tuple[UUID, int]] = {}
    for link in mixed:
        known = {contact_id: version for contact_id, (_, version) in one_by_one.items()}
        one_by_one |= newest_links([link], known)
    assert one_by_one == at_once
