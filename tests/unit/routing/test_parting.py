"""What opens again when contacts part, and where the rest of what was merged ends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.lead_matching import (
    Group,
    MergedLead,
    OpenLead,
    Reopening,
    home,
    merge_plan,
    reopen_plan,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PEOPLE = 4


def uid(number: int) -> UUID:
    return UUID(int=number)


def group(person: int, pipeline: str = "default") -> Group:
    return Group(uid(person), pipeline, is_test=False)


def lead(number: int, person: int, *, accepted: bool = False, minute: int = 0) -> OpenLead:
    return OpenLead(uid(number), group(person), NOW + timedelta(minutes=minute), accepted)


def merged(number: int, person: int, *, into: int, minute: int = 0) -> MergedLead:
    return MergedLead(uid(number), group(person), NOW + timedelta(minutes=minute), uid(into))


def test_what_belongs_to_the_same_person_stays_merged() -> None:
    assert reopen_plan([lead(1, 1)], [merged(2, 1, into=1)]) == Reopening({}, {}, {})


def test_the_eldest_opens_and_the_others_end_in_it() -> None:
    plan = reopen_plan(
        [lead(1, 1)], [merged(2, 2, into=1, minute=5), merged(3, 2, into=1, minute=1)]
    )
    assert plan == Reopening(
        reopened={uid(3): uid(2)}, merged={uid(2): uid(3)}, homes={(uid(1), group(2)): uid(3)}
    )


def test_where_a_lead_is_open_nothing_opens_beside_it() -> None:
    for accepted in (False, True):
        plan = reopen_plan([lead(1, 1), lead(4, 2, accepted=accepted)], [merged(2, 2, into=1)])
        assert plan == Reopening(
            reopened={}, merged={uid(2): uid(4)}, homes={(uid(1), group(2)): uid(4)}
        )


@st.composite
def parted(draw: st.DrawFn) -> tuple[list[OpenLead], list[MergedLead]]:
    """Open leads, and what was merged into them, each in whatever group it is in by now."""
    groups = st.builds(group, st.integers(1, PEOPLE), st.sampled_from(("default", "service")))
    minutes = st.integers(0, 5).map(lambda minute: NOW + timedelta(minutes=minute))
    leads = [
        OpenLead(uid(number), draw(groups), draw(minutes), draw(st.booleans()))
        for number in range(1, draw(st.integers(1, 6)) + 1)
    ]
    swallowed = []
    for number in range(10, 10 + draw(st.integers(0, 8))):
        into = draw(st.sampled_from(leads))
        person = uid(draw(st.integers(1, PEOPLE)))
        of = into.group._replace(canonical_id=person)
        swallowed.append(MergedLead(uid(number), of, draw(minutes), into.lead_id))
    return leads, swallowed


@given(case=parted(), shuffle=st.randoms())
def test_after_parting_and_merging_each_lead_ends_with_its_own_person(
    case: tuple[list[OpenLead], list[MergedLead]], shuffle: object
) -> None:
    leads, swallowed = case
    plan = reopen_plan(leads, swallowed)
    by_id = {item.lead_id: item for item in swallowed}
    opened = [
        OpenLead(lead_id, by_id[lead_id].group, by_id[lead_id].received_at, accepted=False)
        for lead_id in plan.reopened
    ]
    assert all(plan.reopened[item.lead_id] == item.group.canonical_id for item in opened)
    assert len({item.group for item in opened}) == len(opened)
    assert not {item.group for item in opened} & {item.group for item in leads}

    present = {item.lead_id: item for item in [*leads, *opened]}
    intos = {item.lead_id: plan.merged.get(item.lead_id, item.into) for item in swallowed}
    for lead_id in by_id.keys() - plan.reopened.keys():
        assert present[intos[lead_id]].group == by_id[lead_id].group
    for (_, of), lead_id in plan.homes.items():
        assert present[lead_id] == home(item for item in present.values() if item.group == of)

    merges = {item.lead_id: item.into for item in merge_plan(present.values())}
    waiting = [
        item.group for item in present.values() if not (item.accepted or item.lead_id in merges)
    ]
    assert len(set(waiting)) == len(waiting)
    assert not set(plan.homes.values()) & merges.keys()

    mixed = [replace(item) for item in swallowed]
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    assert reopen_plan(leads, mixed) == plan
