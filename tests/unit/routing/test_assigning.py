"""The decision itself: least relative load, within capacity, and the same every time."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain import assigning
from services.routing.domain.assigning import Candidate, Parked, Waiting, decide_batch
from services.routing.domain.records import (
    candidate_of,
    candidate_record,
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
        "status": "online",
        "status_until": None,
        "skills": {},
        "last_assigned_at": None,
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
        status=st.sampled_from(["online", "online", "busy", "away", "offline"]),
        status_until=st.none() | st.integers(-5, 5).map(lambda m: NOW + timedelta(minutes=m)),
        skills=st.dictionaries(skill_names, st.floats(0, 3), max_size=3),
        last_assigned_at=st.none() | st.integers(0, 99).map(lambda s: NOW - timedelta(seconds=s)),
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
    since = {
        found.manager_id: (-1.0 if found.last_assigned_at is None
                           else found.last_assigned_at.timestamp(), 0)
        for found in candidates
    }  # fmt: skip
    for turn, (lead, choice) in enumerate(
        zip(leads, decide_batch(leads, candidates, at=NOW), strict=True)
    ):
        able = [
            found
            for found in candidates
            if found.status == "online"
            and (found.status_until is None or found.status_until > NOW)
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
        since[choice.manager_id] = (NOW.timestamp(), turn + 1)
        assert load[choice.manager_id] <= by_id[choice.manager_id].capacity_milli


@given(leads=leads_of_any_kind, candidates=candidates_of_any_kind, shuffle=st.randoms())
def test_the_record_decides_again_in_any_order_of_candidates(
    leads: list[Waiting], candidates: list[Candidate], shuffle: object
) -> None:
    decided = decide_batch(leads, candidates, at=NOW)
    recalled = [candidate_of(candidate_record(found)) for found in candidates]
    asked = [waiting_of(lead.lead_id, waiting_record(lead)) for lead in leads]
    assert (recalled, asked) == (candidates, leads)
    shuffle.shuffle(recalled)  # type: ignore[attr-defined]
    assert decide_batch(asked, recalled, at=NOW) == decided


@given(leads=leads_of_any_kind, candidates=candidates_of_any_kind)
def test_leads_that_are_left_out_of_the_record_change_nothing(
    leads: list[Waiting], candidates: list[Candidate]
) -> None:
    """Leads that go on waiting are not recorded again: the others must come out the same."""
    decided = decide_batch(leads, candidates, at=NOW)
    kept = [
        (lead, choice)
        for lead, choice in zip(leads, decided, strict=True)
        if choice.manager_id is not None
    ]
    again = decide_batch([lead for lead, _ in kept], candidates, at=NOW)
    assert again == [choice for _, choice in kept]


def test_relative_load_counts_not_the_number_of_leads() -> None:
    big = candidate(1, capacity_milli=20_000, reserved_milli=4000)
    small = candidate(2, capacity_milli=5000, reserved_milli=2000)
    assert decide_batch([waiting(9)], [small, big], at=NOW)[0].manager_id == uid(1)


def test_equal_loads_go_to_whoever_has_waited_longest_then_to_the_smallest_id() -> None:
    waited = candidate(3, last_assigned_at=NOW - timedelta(hours=2))
    recent = candidate(1, last_assigned_at=NOW - timedelta(hours=1))
    assert decide_batch([waiting(9)], [recent, waited], at=NOW)[0].manager_id == uid(3)
    never = candidate(5)
    assert decide_batch([waiting(9)], [recent, waited, never], at=NOW)[0].manager_id == uid(5)
    assert decide_batch([waiting(9)], [candidate(7), candidate(6)], at=NOW)[0].manager_id == uid(6)


def test_a_batch_is_spread_evenly() -> None:
    desks = [candidate(number, capacity_milli=100_000) for number in range(1, 5)]
    choices = decide_batch([waiting(100 + number) for number in range(40)], desks, at=NOW)
    assert Counter(choice.manager_id for choice in choices) == {
        uid(number): 10 for number in range(1, 5)
    }


def test_reasons_for_waiting() -> None:
    lead = waiting(9, skills={"en": 2.0})
    away, unskilled = candidate(1, status="away"), candidate(2, skills={"en": 1.0})
    full = candidate(3, skills={"en": 3.0}, reserved_milli=10_000)

    def reason(*found: Candidate) -> str:
        return decide_batch([lead], list(found), at=NOW)[0].reason

    assert reason() == Parked.NO_MEMBERS
    assert reason(away) == Parked.NOBODY_ON_DUTY
    assert reason(away, unskilled) == Parked.NOBODY_SKILLED
    assert reason(away, unskilled, full) == Parked.NO_ROOM


def test_a_status_past_its_term_is_not_on_duty() -> None:
    assert assigning.on_duty(candidate(1, status_until=NOW + timedelta(seconds=1)), at=NOW)
    assert not assigning.on_duty(candidate(1, status_until=NOW), at=NOW)


def test_when_everybody_had_it_the_next_round_begins() -> None:
    both = frozenset({uid(1), uid(2)})
    desks = [candidate(1, reserved_milli=5000), candidate(2)]
    choice = decide_batch([waiting(9, passed_over=both)], desks, at=NOW)[0]
    assert (choice.round, choice.manager_id) == (2, uid(2))


def test_whoever_has_not_had_it_is_waited_for() -> None:
    desks = [candidate(1), candidate(2, reserved_milli=10_000)]
    choice = decide_batch([waiting(9, passed_over=frozenset({uid(1)}))], desks, at=NOW)[0]
    assert (choice.round, choice.manager_id, choice.reason) == (1, None, Parked.NO_ROOM)
