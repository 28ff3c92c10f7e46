"""Policies of pools: work units and skills; touches."""

from datetime import UTC, datetime, timedelta

import pytest

from services.routing.domain.lead import is_answered_call, is_touch, rank
from services.routing.domain.policies import Policy
from shared.contracts.inquiry import Call


def test_policy() -> None:
    policy = Policy(accept_seconds=60, touch_seconds=120, units={"call": 2.5})
    assert (policy.units_milli("call"), policy.units_milli("form")) == (2500, 1000)
    at = datetime(2026, 3, 2, tzinfo=UTC)
    assert policy.deadlines(at) == (at + timedelta(seconds=60), at + timedelta(seconds=120))
    bilingual = Policy(skills={"b2b": 2}, match_language=True)
    assert bilingual.skills_for("en") == {"b2b": 2, "en": 0.0}
    assert bilingual.skills_for(None) == {"b2b": 2}


def test_priority_ranks() -> None:
    assert rank("high") < rank("normal") < rank("low")
    assert rank("vip") == rank("normal")


@pytest.mark.parametrize(
    ("kind", "direction", "outcome", "found"),
    [
        ("call", "outgoing", None, True),
        ("call", None, None, True),
        ("mail", "outgoing", None, True),
        ("meeting", None, None, True),
        ("call", "incoming", "answered", True),
        ("call", "incoming", "missed", False),
        ("mail", "incoming", None, False),
        ("note", None, None, False),
        ("task", "outgoing", None, False),
    ],
)
def test_what_reaches_the_customer(
    kind: str, direction: str | None, outcome: str | None, found: bool
) -> None:
    assert is_touch(kind=kind, direction=direction, facts={"outcome": outcome}) is found


def test_answered_calls() -> None:
    assert is_answered_call(Call(direction="incoming", outcome="answered"))
    assert not is_answered_call(Call(direction="incoming", outcome="missed"))
    assert not is_answered_call(None)
