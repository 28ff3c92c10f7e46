"""Coordination: what lies beyond a threshold, and which steps follow one another."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.plan.coordination import STATES, State, Steps, Threshold, flaws_of

TODAY = date(2026, 3, 2)
AGREED: dict[str, Any] = {
    "state": "agreed", "cause": "ушёл продавец", "action": "нанять", "owner": "Борис",
    "due": date(2026, 4, 1),
}  # fmt: skip
DONE = {**AGREED, "state": "done", "result": "нанят"}


def threshold(percent: int = 10, least: int = 0) -> Threshold:
    return Threshold(measure="revenue", axes=["whole"], percent=percent, least=least)


@pytest.mark.parametrize(
    ("plan", "fact", "is_exceeded"),
    [
        (100, 110, False), (100, 111, True), (100, 90, False), (100, 89, True),
        (0, 1, True), (0, 0, False),
    ],
)  # fmt: skip
def test_a_threshold_is_exceeded_upwards_and_downwards(
    plan: int, fact: int, is_exceeded: bool
) -> None:
    assert threshold().is_exceeded(plan, fact) == is_exceeded


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(1, 100), st.integers(0, 500))
def test_little_is_never_beyond_it(plan: int, fact: int, percent: int, least: int) -> None:
    is_exceeded = threshold(percent, least).is_exceeded(plan, fact)
    assert not is_exceeded or abs(fact - plan) >= least
    assert not is_exceeded or threshold(percent).is_exceeded(plan, fact)


@pytest.mark.parametrize(
    ("present", "follow"),
    [
        ("open", {"open", "agreed", "cancelled"}),
        ("agreed", {"agreed", "done", "cancelled"}),
        ("done", set()),
        ("cancelled", set()),
    ],
)
def test_states_follow_one_another(present: State, follow: set[State]) -> None:
    whole = {"open": {"state": "open"}, "cancelled": {"state": "cancelled"}, "agreed": AGREED,
             "done": DONE}  # fmt: skip
    possible = {
        state
        for state in STATES
        if not flaws_of(Steps(state=present), Steps(**whole[state]), TODAY)
    }
    assert possible == follow


@pytest.mark.parametrize(
    ("steps", "members"),
    [
        ({**AGREED, "cause": None, "owner": None}, ["cause", "owner"]),
        ({**AGREED, "action": None, "due": None}, ["action", "due"]),
        ({**AGREED, "result": "рано"}, ["result"]),
        ({**DONE, "result": None}, ["result"]),
        ({**AGREED, "due": date(2026, 3, 1)}, ["due"]),
    ],
)
def test_a_flaw_names_its_member(steps: dict[str, Any], members: list[str]) -> None:
    present = Steps(**AGREED)
    assert [flaw.member for flaw in flaws_of(present, Steps(**steps), TODAY)] == members


def test_a_day_that_is_over_may_stay() -> None:
    late = Steps(**{**AGREED, "due": date(2026, 2, 1)})
    assert flaws_of(late, Steps(**{**DONE, "due": date(2026, 2, 1)}), TODAY) == []
    assert late.is_overdue(TODAY)
    assert not Steps(**{**DONE, "due": date(2026, 2, 1)}).is_overdue(TODAY)
    assert not Steps(**{**AGREED, "due": TODAY}).is_overdue(TODAY)
