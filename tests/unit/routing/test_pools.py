"""Rules of pools, work units, skills, touches."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.routing.domain.lead import is_answered_call, is_touch, rank
from services.routing.domain.policies import Policy
from services.routing.domain.pools import Pool, choose_pool, facts_of, matches
from shared.contracts.inquiry import Call

DEFAULT = Pool("default", "Everyone", 1_000_000)
SOURCE = UUID(int=7)


def facts(**more: Any) -> Any:
    members = {
        "source_key": "Site-1",
        "source_id": SOURCE,
        "channel": "form",
        "region": "Москва",
        "language": "ru",
        "priority_class": "normal",
    }
    return facts_of(**{**members, **more})


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ({"channel": ["call", "FORM"]}, True),
        ({"channel": ["call"]}, False),
        ({"region": ["москва"], "language": ["ru"]}, True),
        ({"region": ["москва"], "language": ["en"]}, False),
        ({"source": ["Site-1"]}, True),
        ({"source": ["site-1"]}, False),
        ({"source": [str(SOURCE)]}, True),
        ({"weather": ["sunny"]}, False),
        ({}, False),
    ],
)
def test_every_fact_of_a_rule_must_match(rule: dict[str, list[str]], found: bool) -> None:
    assert matches(rule, facts()) is found


def test_an_unknown_fact_matches_nothing() -> None:
    assert not matches({"region": ["москва"]}, facts(region=None))


def test_pools_are_asked_in_order_then_the_source_then_default() -> None:
    late = Pool("late", "Late", 2, ({"channel": ["form"]},))
    early = Pool("early", "Early", 1, ({"channel": ["call"]}, {"language": ["ru"]}))
    pools = [DEFAULT, late, early]
    assert choose_pool(pools, facts(), source_pool="late").key == "early"
    assert choose_pool(pools, facts(language="en"), source_pool="early").key == "late"
    nothing = facts(language="en", channel="email")
    assert choose_pool(pools, nothing, source_pool="late").key == "late"
    assert choose_pool(pools, nothing, source_pool="unknown").key == "default"
    assert choose_pool(pools, nothing, source_pool=None).key == "default"


def test_rules_of_the_default_pool_claim_nothing() -> None:
    greedy = Pool("default", "Everyone", 0, ({"channel": ["form"]},))
    other = Pool("other", "Other", 5, ({"channel": ["form"]},))
    assert choose_pool([greedy, other], facts(), source_pool=None).key == "other"


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
