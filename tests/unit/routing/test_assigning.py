"""The decision itself: least relative load, within capacity, and the same every time."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from services.routing.domain.assigning import (
    Candidate,
    Member,
    Parked,
    Waiting,
    can_be_served,
    decide_batch,
    line_up,
    on_duty,
)

from services.routing.domain.decision_records import (
    candidates_of,
    snapshot_of,
    waiting_of,
    waiting_record,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def uid(number: int) -> UUID:
    return UUID(int=number)


def candidate(number: int, **more: object) -> Candidate:
    members: dict[str, object] = {
        "capacity_milli": 10_000,
        "reserved_milli": 0,
        "on_duty": True,
        "skills": {},
        "turn": 0,
    }
    return Candidate(manager_id=uid(number), **{**members, **more})  # type: ignore[arg-type]


def waiting(number: int, **more: object) -> Waiting:
    members: dict[str, object] = {"units_milli": 1000, "round": 1}
    return Waiting(lead_id=uid(number), **{**members, **more})  # type: ignore[arg-type]


skill_names = st.sampled_from(["ru", "en", "b2b"])
candidates_of_any_kind = st.lists(
    st.builds(
        Candidate,
        manager_id=st.integers(1, 12).map(uid),
        capacity_milli=st.integers(1, 6000),
        reserved_milli=st.integers(0, 6000),
        on_duty=st.booleans(),
        skills=st.dictionaries(skill_names, st.floats(0, 3), max_size=3),
        turn=st.integers(0, 4),
    ),
    max_size=8,
    unique_by=lambda found: found.manager_id,
)
leads_of_any_kind = st.lists(
    st.builds(
        Waiting,
        lead_id=st.integers(100, 10_000).map(uid),
        units_milli=st.integers(1, 3000),
        round=st.integers(1, 3),
        skills=st.dictionaries(skill_names, st.floats(0, 3), max_size=2),
        passed_over=st.frozensets(st.integers(1, 12).map(uid), max_size=6),
    ),
    max_size=20,
    unique_by=lambda found: found.lead_id,
)


@given(leads=leads_of_any_kind, candidates=candidates_of_any_kind)
def test_nobody_above_capacity_and_nobody_waits_who_could_be_served(
    leads: list[Waiting], candidates: list[Candidate]
) -> None:
    """Replayed naively: each choice is the best of those who were allowed at that moment."""
    load = {found.manager_id: found.reserved_milli for found in candidates}
    by_id = {found.manager_id: found for found in candidates}
    since = {found.manager_id: (0, found.turn) for found in candidates}
    for turn, (lead, choice) in enumerate(zip(leads, decide_batch(leads, candidates), strict=True)):
        able = [
            found
            for found in candidates
            if found.on_duty
            and all(found.skills.get(name, -1) >= level for name, level in lead.skills.items())
        ]
        fresh = [found for found in able if found.manager_id not in lead.passed_over]
        again = bool(able) and not fresh
        assert choice.round == lead.round + again
        allowed = [
            found
            for found in (able if again else fresh)
            if load[found.manager_id] + lead.units_milli <= found.capacity_milli
        ]
        if choice.manager_id is None:
            assert not allowed
            continue
        best = min(
            allowed,
            key=lambda found: (
                load[found.manager_id] / found.capacity_milli,
                since[found.manager_id],
                found.manager_id,
            ),
        )
        assert choice.manager_id == best.manager_id
        load[choice.manager_id] += lead.units_milli
        since[choice.manager_id] = (1, turn)
        assert load[choice.manager_id] <= by_id[choice.manager_id].capacity_milli


@given(leads=leads_of_any_kind, candidates=candidates_of_any_kind, shuffle=st.randoms())
def test_the_record_decides_again_in_any_order_of_candidates(
    leads: list[Waiting], candidates: list[Candidate], shuffle: object
) -> None:
    decided = decide_batch(leads, candidates)
    recalled = candidates_of(
        json.loads(snapshot_of(candidates).records),
        [found.reserved_milli for found in candidates],
        [found.turn for found in candidates],
    )
    asked = [waiting_of(lead.lead_id, waiting_record(lead)) for lead in leads]
    assert (recalled, asked) == (candidates, leads)
    shuffle.shuffle(recalled)  # type: ignore[attr-defined]
    assert decide_batch(asked, recalled) == decided


@given(leads=leads_of_any_kind, candidates=candidates_of_any_kind)
def test_leads_that_are_left_out_of_the_record_change_nothing(
    leads: list[Waiting], candidates: list[Candidate]
) -> None:
    """Leads that go on waiting are not recorded again: the others must come out the same."""
    decided = decide_batch(leads, candidates)
    kept = [
        (lead, choice)
        for lead, choice in zip(leads, decided, strict=True)
        if choice.manager_id is not None
    ]
    again = decide_batch([lead for lead, _ in kept], candidates)
    assert again == [choice for _, choice in kept]


def test_relative_load_counts_not_the_number_of_leads() -> None:
    big = candidate(1, capacity_milli=20_000, reserved_milli=4000)
    small = candidate(2, capacity_milli=5000, reserved_milli=2000)
    assert decide_batch([waiting(9)], [small, big])[0].manager_id == uid(1)


def member(number: int, **more: object) -> Member:
    members: dict[str, object] = {
        "capacity_milli": 10_000,
        "reserved_milli": 0,
        "status": "online",
        "status_until": None,
        "skills": {},
        "last_assigned_at": None,
    }
    return Member(manager_id=uid(number), **{**members, **more})  # type: ignore[arg-type]


def test_equal_loads_go_to_whoever_has_waited_longest_then_to_the_smallest_id() -> None:
    waited = member(3, last_assigned_at=NOW - timedelta(hours=2))
    recent = member(1, last_assigned_at=NOW - timedelta(hours=1))

    def chosen(*members: Member) -> UUID | None:
        return decide_batch([waiting(9)], line_up(members, at=NOW))[0].manager_id

    assert chosen(recent, waited) == uid(3)
    assert chosen(recent, waited, member(5)) == uid(5)
    assert chosen(member(7), member(6)) == uid(6)


def test_a_line_up_stands_in_the_order_of_ids_and_numbers_who_has_waited() -> None:
    moments = {1: NOW, 2: None, 3: NOW - timedelta(hours=1), 4: NOW}
    members = [member(number, last_assigned_at=at) for number, at in moments.items()]
    standing = line_up(reversed(members), at=NOW)
    assert [found.manager_id for found in standing] == [uid(number) for number in moments]
    assert [found.turn for found in standing] == [2, 0, 1, 2]


@given(leads=leads_of_any_kind, candidates=candidates_of_any_kind)
def test_a_queue_can_be_served_if_any_single_lead_of_it_can(
    leads: list[Waiting], candidates: list[Candidate]
) -> None:
    singles = [decide_batch([lead], candidates)[0].manager_id for lead in leads]
    assert can_be_served(leads, candidates) == any(found is not None for found in singles)


def test_equal_candidates_share_a_snapshot_whatever_they_are_loaded_with() -> None:
    plain = snapshot_of([candidate(1), candidate(2)])
    loaded = [candidate(1, reserved_milli=9000, turn=1), candidate(2, turn=2)]
    assert snapshot_of(loaded).snapshot_id == plain.snapshot_id
    for other in (
        [candidate(1), candidate(2, on_duty=False)],
        [candidate(1), candidate(2, capacity_milli=1)],
        [candidate(1), candidate(2, skills={"ru": 1})],
        [candidate(1), candidate(3)],
        [candidate(1)],
    ):
        assert snapshot_of(other).snapshot_id != plain.snapshot_id


def test_a_batch_is_spread_evenly() -> None:
    desks = [candidate(number, capacity_milli=100_000) for number in range(1, 5)]
    choices = decide_batch([waiting(100 + number) for number in range(40)], desks)
    assert Counter(choice.manager_id for choice in choices) == {
        uid(number): 10 for number in range(1, 5)
    }


def test_reasons_for_waiting() -> None:
    lead = waiting(9, skills={"en": 2.0})
    away, unskilled = candidate(1, on_duty=False), candidate(2, skills={"en": 1.0})
    full = candidate(3, skills={"en": 3.0}, reserved_milli=10_000)

    def reason(*found: Candidate) -> str:
        return decide_batch([lead], list(found))[0].reason

    assert reason() == Parked.NO_MEMBERS
    assert reason(away) == Parked.NOBODY_ON_DUTY
    assert reason(away, unskilled) == Parked.NOBODY_SKILLED
    assert reason(away, unskilled, full) == Parked.NO_ROOM


def test_a_status_past_its_term_is_not_on_duty() -> None:
    assert on_duty(member(1, status_until=NOW + timedelta(seconds=1)), at=NOW)
    assert not on_duty(member(1, status_until=NOW), at=NOW)
    assert not on_duty(member(1, status="away"), at=NOW)


def test_when_everybody_had_it_the_next_round_begins() -> None:
    both = frozenset({uid(1), uid(2)})
    desks = [candidate(1, reserved_milli=5000), candidate(2)]
    choice = decide_batch([waiting(9, passed_over=both)], desks)[0]
    assert (choice.round, choice.manager_id) == (2, uid(2))


def test_whoever_has_not_had_it_is_waited_for() -> None:
    desks = [candidate(1), candidate(2, reserved_milli=10_000)]
    choice = decide_batch([waiting(9, passed_over=frozenset({uid(1)}))], desks)[0]
    assert (choice.round, choice.manager_id, choice.reason) == (1, None, Parked.NO_ROOM)
