"""Whoever comes back, or begins, is neither flooded nor left out: their received work stands as far
from the mean as it did.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.absence import Balance, Worker, fading, settle

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
SALES = frozenset({"sales"})


def uid(number: int) -> UUID:
    return UUID(int=number)


def worker(number: int, received: float = 0.0, **more: object) -> Worker:
    members: dict[str, object] = {
        "pools": SALES,
        "weight_milli": 1000,
        "received_as_of": NINE,
        "lead_over_mean_milli": None,
        "last_assigned_at": NINE + timedelta(hours=1),
        "on_duty": True,
        "half_life": WEEK,
    }
    return Worker(manager_id=uid(number), received_milli=received, **{**members, **more})  # type: ignore[arg-type]


def only(balances: list[Balance]) -> Balance:
    (balance,) = balances
    return balance


def test_received_work_counts_half_after_each_half_life() -> None:
    assert fading(since=NINE, at=NINE + 2 * WEEK, half_life=WEEK) == 0.25
    assert fading(since=None, at=NINE, half_life=WEEK) == 1.0
    assert fading(since=NINE, at=NINE - WEEK, half_life=WEEK) == 1.0, "a clock that was set back"
    assert fading(since=NINE, at=NINE + 10_000 * WEEK, half_life=WEEK) == 0.0


def test_on_leaving_it_is_kept_how_far_they_are_above_those_who_stay() -> None:
    workers = [worker(1, 9000, on_duty=False), worker(2, 2000), worker(3, 4000)]
    assert only(settle(workers, {uid(1)}, at=NINE)) == Balance(uid(1), 9000, 6000)


def test_on_coming_back_they_are_as_far_above_the_mean_of_then() -> None:
    """And that difference has faded as everything else."""
    back = worker(1, 9000, lead_over_mean_milli=6000, received_as_of=NINE - WEEK)
    workers = [back, worker(2, 20_000), worker(3, 22_000)]
    assert only(settle(workers, {uid(1)}, at=NINE)) == Balance(uid(1), 24_000, None)


def test_a_break_is_not_made_good() -> None:
    back = worker(1, 9000, lead_over_mean_milli=0.0, received_as_of=NINE - timedelta(hours=23))
    balance = only(settle([back, worker(2, 20_000)], {uid(1)}, at=NINE))
    assert balance.received_milli == pytest.approx(9000 * 0.5 ** (23 / 168))
    assert balance.lead_over_mean_milli is None


def test_a_newcomer_begins_at_the_mean_of_their_weight() -> None:
    new = worker(1, received_as_of=None, weight_milli=500, last_assigned_at=None)
    workers = [new, worker(2, 6000), worker(3, 10_000, weight_milli=2000)]
    assert only(settle(workers, {uid(1)}, at=NINE)) == Balance(uid(1), 2750, None)


def test_whoever_is_alone_begins_at_nothing_and_stays_as_they_are() -> None:
    new = worker(1, received_as_of=None)
    assert only(settle([new], {uid(1)}, at=NINE)) == Balance(uid(1), 0.0, None)
    assert (
        only(settle([worker(1, 7000, on_duty=False)], {uid(1)}, at=NINE)).lead_over_mean_milli == 0
    )
    back = worker(1, 7000, lead_over_mean_milli=0.0)
    assert only(settle([back], {uid(1)}, at=NINE)) == Balance(uid(1), 7000, None)


def test_other_pools_are_no_measure() -> None:
    other = worker(2, 50_000, pools=frozenset({"service"}))
    workers = [worker(1, 3000, on_duty=False), other, worker(3, 1000)]
    assert only(settle(workers, {uid(1)}, at=NINE)).lead_over_mean_milli == 2000


def test_a_night_in_which_nobody_received_anything_changes_nothing() -> None:
    """Though in the morning only some of them are there to compare with."""
    gone = [NINE - timedelta(hours=15)] * 3
    evening = [
        worker(number, received, on_duty=False, received_as_of=at, last_assigned_at=at)
        for number, received, at in zip((1, 2, 3), (10_000, 0, 5000), gone, strict=True)
    ]
    left = settle(evening, {uid(1), uid(2), uid(3)}, at=gone[0])
    assert [item.lead_over_mean_milli for item in left] == [7500, -7500, 0]
    morning = [
        item._replace(lead_over_mean_milli=balance.lead_over_mean_milli, on_duty=number == 0)
        for number, (item, balance) in enumerate(zip(evening, left, strict=True))
    ]
    back = only(settle(morning, {uid(1)}, at=NINE))
    assert back.received_milli == pytest.approx(10_000 * 0.5 ** (15 / 168))


def test_settling_again_changes_nothing() -> None:
    workers = [worker(1, 3000), worker(2, 1000, on_duty=False, lead_over_mean_milli=-2000.0)]
    assert settle(workers, {uid(1), uid(2)}, at=NINE) == []


amounts = st.floats(0, 1e6)
weights = st.integers(1, 5000)


@given(
    own=amounts, weight=weights,
    others=st.lists(st.tuples(amounts, weights), min_size=1, max_size=5),
    more=st.lists(amounts, min_size=5, max_size=5), hours=st.integers(24, 2000),
)  # fmt: skip
def test_an_absence_never_puts_anybody_further_below_the_others(
    *, own: float, weight: int, others: list[tuple[float, int]], more: list[float], hours: int
) -> None:
    """However much these received meanwhile: the burst that follows is bounded by what it would
    have been without the absence.
    """
    there = [worker(n, amount, weight_milli=w) for n, (amount, w) in enumerate(others, start=2)]
    gone = worker(1, own, weight_milli=weight, on_duty=False)
    left = only(settle([gone, *there], {uid(1)}, at=NINE))
    assert left.lead_over_mean_milli is not None
    at = NINE + timedelta(hours=hours)
    later = [
        item._replace(received_milli=item.received_milli + extra, received_as_of=at,
                      last_assigned_at=at)
        for item, extra in zip(there, more, strict=False)
    ]  # fmt: skip
    back = gone._replace(lead_over_mean_milli=left.lead_over_mean_milli, on_duty=True)
    mean = sum(item.received_milli * 1000 / item.weight_milli for item in later) / len(later)
    balance = only(settle([back, *later], {uid(1)}, at=at))
    below = mean - balance.received_milli * 1000 / weight
    assert below <= max(0.0, -left.lead_over_mean_milli) + 1e-6 * max(1.0, mean)
    assert balance.received_milli >= 0
