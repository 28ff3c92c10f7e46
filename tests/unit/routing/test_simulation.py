"""The simulation on cases small enough to be worked out by hand."""

import pytest

from services.routing.domain.policies import Policy
from services.routing.domain.simulation.algorithms import ALGORITHMS
from services.routing.domain.simulation.figures import figures_of, jain, percentile
from services.routing.domain.simulation.scenario import (
    HOUR,
    MINUTE,
    Presence,
    Reaction,
    Task,
    after_working,
)
from tests.unit.routing.scenarios import LONG, agent, lead, owners, play, scenario

ALL = tuple(ALGORITHMS)


@pytest.mark.parametrize("algorithm", ALL)
def test_one_manager_works_one_lead_after_the_other(algorithm: str) -> None:
    story = scenario([agent(1)], [lead(1, 0), lead(2, 10)])
    ledger = play(story, algorithm)

    first, second = ledger.cases
    assert (first.touched_at, first.closed_at) == (0, HOUR)
    # A scheduled job comes every quarter of an hour.
    assert second.accepted_at == (15 if algorithm == "daily_quota" else 10) * MINUTE
    assert second.touched_at == first.closed_at


def test_two_managers_share_by_load() -> None:
    ledger = play(scenario([agent(1), agent(2)], [lead(n, n) for n in range(4)]))

    assert sorted(place for [place] in owners(ledger)) == [0, 0, 1, 1]
    assert [case.arrival.at for case in ledger.cases if case.owners == ledger.cases[0].owners] == [
        0,
        2 * MINUTE,
    ]


def test_nothing_is_given_above_a_capacity_and_the_queue_follows_in_order() -> None:
    # One unit each: the second lead waits until the first is closed, the third after it.
    story = scenario([agent(1, capacity_milli=1000)], [lead(n, n) for n in range(3)])
    ledger = play(story)
    figures = figures_of(ledger)

    assert [case.assigned_at for case in ledger.cases] == [0, HOUR, 2 * HOUR]
    assert figures.over_capacity_minutes == 0
    assert figures.parked_minutes == (60 - 1) + (120 - 2)
    assert figures.wait_p95 == (120 - 2) * 60


def test_others_load_above_a_capacity_and_it_is_counted() -> None:
    story = scenario([agent(1, capacity_milli=1000)], [lead(n, 0) for n in range(3)])
    figures = figures_of(play(story, "least_open"))

    # Three leads of one unit each, worked one after the other: two hours with more than one.
    assert figures.over_capacity_minutes == 120


def test_a_lease_that_nobody_accepts_goes_to_somebody_else() -> None:
    slow = (Reaction(2 * HOUR), Reaction(MINUTE))
    ledger = play(scenario([agent(1), agent(2)], [lead(1, 0, reactions=slow)]))
    [case] = ledger.cases

    assert len(set(case.owners)) == 2
    assert case.accepted_at == 6 * MINUTE
    assert ledger.endings == {"accept_expired": 1}
    assert figures_of(ledger).accept_breaches == 1


def test_a_lease_that_ends_at_a_moment_ends_before_a_lead_comes_in_at_it() -> None:
    policy = Policy(accept_seconds=600, touch_seconds=8 * 3600, sticky=False)
    never = lead(1, 0, reactions=(Reaction(LONG), Reaction(0)))
    agents = [agent(number, capacity_milli=1000) for number in (1, 2)]
    rest = [lead(2, 0), lead(3, 10)]
    ledger = play(scenario(agents, [never, *rest], policy=policy))
    first, other, late = ledger.cases

    # Whoever let it lapse has room again at the tenth minute, for the lead that comes in then.
    assert ledger.endings["accept_expired"] == 1
    assert late.owners == [first.owners[0]]
    assert late.assigned_at == 10 * MINUTE
    assert first.assigned_at == other.closed_at


def test_an_algorithm_without_leases_leaves_it_where_it_is() -> None:
    slow = (Reaction(2 * HOUR), Reaction(MINUTE))
    ledger = play(scenario([agent(1), agent(2)], [lead(1, 0, reactions=slow)]), "round_robin")

    assert len(ledger.cases[0].owners) == 1
    assert ledger.cases[0].touched_at == 2 * HOUR


def test_who_declines_is_passed_over() -> None:
    answers = (Reaction(0, declines=True), Reaction(0))
    for algorithm in ("product", "round_robin", "shortfall"):
        ledger = play(scenario([agent(1), agent(2)], [lead(1, 0, reactions=answers)]), algorithm)
        assert sorted(ledger.cases[0].owners) == [0, 1], algorithm


def test_once_all_have_had_a_lead_the_round_begins_again() -> None:
    answers = (Reaction(0, declines=True), Reaction(0, declines=True), Reaction(0))
    ledger = play(scenario([agent(1), agent(2)], [lead(1, 0, reactions=answers)]))
    [case] = ledger.cases

    assert len(case.owners) == 3
    assert case.round == 2
    assert case.closed_at == HOUR


def test_a_lead_waits_for_the_first_who_comes() -> None:
    presences = [Presence(2 * HOUR, 1, "shift", "online"), Presence(3 * HOUR, 0, "shift", "online")]
    ledger = play(scenario([agent(1), agent(2)], [lead(1, 0)], presences=presences))
    figures = figures_of(ledger)

    assert ledger.cases[0].assigned_at == 2 * HOUR
    assert (figures.wait_p95, figures.business_p95) == (2 * 3600, 0)


def test_what_is_not_begun_waits_for_its_owner_where_nothing_takes_it_back() -> None:
    presences = [
        Presence(0, 0, "shift", "online"),
        Presence(30 * MINUTE, 0, "off", "offline"),
        Presence(5 * HOUR, 0, "shift", "online"),
    ]
    story = scenario([agent(1)], [lead(1, 0), lead(2, 20)], presences=presences)
    ledger = play(story, "round_robin")

    assert ledger.cases[0].closed_at == HOUR  # what is begun is finished
    assert ledger.cases[1].touched_at == 5 * HOUR


def test_offline_gives_back_what_is_not_accepted_after_a_grace() -> None:
    presences = [
        Presence(0, 0, "shift", "online"),
        Presence(MINUTE, 0, "shift", "offline"),
        Presence(2 * MINUTE, 1, "shift", "online"),
    ]
    policy = Policy(accept_seconds=3600, offline_grace_seconds=300)
    story = scenario(
        [agent(1), agent(2)],
        [lead(1, 0, reactions=(Reaction(30 * MINUTE), Reaction(0)))],
        presences=presences,
        policy=policy,
    )
    ledger = play(story)

    assert owners(ledger) == [[0, 1]]
    assert ledger.cases[0].accepted_at == 6 * MINUTE
    assert ledger.endings == {"offline": 1}


def test_nobody_on_shift_means_on_call_and_else_the_supervisor() -> None:
    on_call, supervisor = Presence(0, 1, "on_call", "online"), Presence(0, 2, "off", "online")
    people = [agent(1), agent(2), agent(3)]
    for presences, place, tier in (
        ([on_call, supervisor], 1, "on_call"),
        ([supervisor], 2, "supervisor"),
    ):
        story = scenario(people, [lead(1, 0)], presences=presences, supervisors=(2,))
        ledger = play(story)
        assert (owners(ledger), ledger.tiers) == ([[place]], {tier: 1})


def test_without_room_a_lead_goes_to_the_next_tier_in_time() -> None:
    presences = [Presence(0, 0, "shift", "online"), Presence(0, 1, "on_call", "online")]
    people = [agent(1, capacity_milli=1000), agent(2)]
    ledger = play(scenario(people, [lead(1, 0), lead(2, 5)], presences=presences))

    assert owners(ledger) == [[0], [1]]
    assert ledger.cases[1].assigned_at == (5 + 15) * MINUTE


def test_terms_run_in_working_time() -> None:
    worker = agent(1, shifts=((0, HOUR), (3 * HOUR, 4 * HOUR)))

    assert after_working(worker, 30 * MINUTE, 20 * MINUTE) == 50 * MINUTE
    assert after_working(worker, 30 * MINUTE, HOUR) == 3 * HOUR + 30 * MINUTE
    assert after_working(worker, 2 * HOUR, 10 * MINUTE) == 3 * HOUR + 10 * MINUTE
    assert after_working(worker, 3 * HOUR, 2 * HOUR) == 5 * HOUR  # planned no further
    assert after_working(agent(2), HOUR, HOUR) == 2 * HOUR


def test_a_returning_customer_goes_to_their_own_manager() -> None:
    same = lead(9, 0).contact_id
    story = scenario(
        [agent(1), agent(2)],
        [
            lead(1, 0, contact_id=same, tasks=(Task(0, 3 * HOUR),)),
            lead(2, 10),
            lead(3, 20, contact_id=same),
        ],
    )
    first, _, third = owners(play(story))

    assert third == first


def test_limits_of_inflow_hold_and_end() -> None:
    story = scenario([agent(1, hourly_limit=1)], [lead(1, 0), lead(2, 5)])
    ledger = play(story)

    assert ledger.cases[1].assigned_at == pytest.approx(HOUR, abs=MINUTE)


def test_indices() -> None:
    assert jain([1, 1, 1]) == 1
    assert jain([1, 0]) == 0.5
    assert jain([]) == jain([0, 0]) == 1
    assert percentile([1, 2, 3, 4], 0.5) == 3
    assert percentile([], 0.5) == 0
