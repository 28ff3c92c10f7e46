"""How far a lead may go: further where nobody is able to take it, or after long waiting."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.deciding.candidates import Tier
from services.routing.domain.escalation import next_step_at, reach, tier_name

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
QUARTER = 900


def reached(able: set[int], minutes: float) -> int:
    at = NINE + timedelta(minutes=minutes)
    return reach(able, since=NINE, at=at, escalate_seconds=QUARTER)


@pytest.mark.parametrize(
    ("able", "minutes", "last"),
    [
        ({0, 1, 2}, 0, Tier.SHIFT),
        ({0, 1, 2}, 14.9, Tier.SHIFT),
        ({0, 1, 2}, 15, Tier.ON_CALL),
        ({0, 1, 2}, 30, Tier.SUPERVISOR),
        ({1, 2}, 0, Tier.ON_CALL),
        ({1, 2}, 15, Tier.SUPERVISOR),
        ({0, 2}, 0, Tier.SHIFT),
        ({0, 2}, 15, Tier.SUPERVISOR),
        ({2}, 0, Tier.SUPERVISOR),
        (set(), 0, Tier.SUPERVISOR),
        ({0}, 15, Tier.SUPERVISOR),
        ({0, 1, 2}, -5, Tier.SHIFT),
    ],
)
def test_the_last_tier_that_a_lead_may_go_to(able: set[int], minutes: float, last: Tier) -> None:
    assert reached(able, minutes) == last


@given(
    able=st.sets(st.sampled_from([0, 1, 2])),
    waited=st.integers(0, 4000),
    longer=st.integers(0, 4000),
)
def test_a_lead_reaches_further_at_the_moment_named_and_not_before(
    able: set[int], waited: int, longer: int
) -> None:
    at, later = NINE + timedelta(seconds=waited), NINE + timedelta(seconds=waited + longer)
    terms = {"since": NINE, "escalate_seconds": QUARTER}
    now, then = reach(able, at=at, **terms), reach(able, at=later, **terms)  # type: ignore[arg-type]
    due = next_step_at(able, at=at, **terms)  # type: ignore[arg-type]
    assert then >= now
    gained = {tier for tier in able if now < tier <= then}
    if due is None:
        assert not gained
    else:
        assert due > at
        assert bool(gained) == (due <= later)


def test_names_of_tiers() -> None:
    assert [tier_name(tier) for tier in (None, 0, 1, 2)] == [None, "shift", "on_call", "supervisor"]
