"""Preparing the rules of all pools changes nothing but how long a choice takes."""

import sys
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from types import FrameType
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.facts import TEXTS, Facts
from services.routing.domain.pools import Pool
from services.routing.domain.prepared_rules import in_order, prepare
from services.routing.domain.rules import matches
from services.routing.domain.week import DAYS
from tests.unit.routing.test_pool_rules import DEFAULT, NOON, facts, week

WORDS = st.sampled_from(["a", "A", "b", "a b", "ж", "Ж  b", "c-d", ""])
CLOCK = st.sampled_from(["00:00", "06:30", "12:00", "23:59"])
WINDOWS = st.builds(
    lambda days, begin, end, zone: week(*days, begin=begin, end=end, zone=zone),
    st.lists(st.sampled_from(DAYS), min_size=1, unique=True),
    CLOCK,
    st.sampled_from(["06:30", "12:00", "24:00"]),
    st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu"]),
)
AMOUNTS = st.builds(
    lambda least, limit, currency: {
        name: value
        for name, value in (("from", least), ("to", limit), ("currency", currency))
        if value is not None
    },
    st.sampled_from([None, 0, 10]),
    st.sampled_from([None, 10, 20.5]),
    st.sampled_from([None, "RUB", "EUR"]),
)
NAMES = ("source", "channel", "product")
PARTS: Mapping[str, st.SearchStrategy[Any]] = {
    **{name: st.lists(WORDS.filter(bool), min_size=1, max_size=2) for name in NAMES},
    "amount": AMOUNTS,
    "week": st.lists(WINDOWS, min_size=1, max_size=2),
}
PARTIAL = st.fixed_dictionaries({}, optional=dict(PARTS))
RULES = st.builds(
    lambda rule, refused: {**rule, **({"not": refused} if refused is not None else {})},
    PARTIAL,
    st.none() | PARTIAL,
)
POOLS = st.lists(st.lists(RULES, max_size=2), max_size=3).map(
    lambda lists: [
        Pool(f"p{place}", "P", place % 2, tuple(rules)) for place, rules in enumerate(lists)
    ]
)
FACTS = st.builds(
    lambda texts, at, amount, currency: Facts(
        {**dict.fromkeys(TEXTS, ()), **texts}, at, amount, currency
    ),
    st.fixed_dictionaries({name: st.lists(WORDS, max_size=2) for name in NAMES}),
    st.integers(0, 14 * 24 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes)),
    st.sampled_from([None, Decimal(0), Decimal(10), Decimal("20.5")]),
    st.sampled_from([None, "RUB"]),
)


@given(POOLS, FACTS)
def test_prepared_rules_choose_as_rules_tried_one_by_one(pools: list[Pool], asked: Facts) -> None:
    choice = prepare([DEFAULT, *pools]).choose(asked, source_pool=None)
    first = next(
        (
            (pool.key, place)
            for pool in in_order(pools)
            for place, rule in enumerate(pool.rules)
            if matches(rule, asked)
        ),
        ("default", None),
    )
    assert (choice.pool.key, choice.rule) == first


def _calls(pools: int) -> int:
    """How many functions run to choose among so many pools of 20 rules."""
    kinds: list[Mapping[str, Any]] = [
        {"channel": ["call"], "region": ["тверь"]},
        {"product": ["kitchen"], "not": {"city": ["новгород"]}},
        {"amount": {"from": 10, "to": 20, "currency": "RUB"}},
        {"week": [week("sun", zone="Europe/Moscow")]},
    ]
    rules = prepare(
        [
            DEFAULT,
            *(
                Pool(f"p{place}", "P", 1, tuple(kinds[rule % 4] for rule in range(20)))
                for place in range(pools)
            ),
        ]
    )
    asked = facts()
    rules.choose(asked, source_pool=None)  # values are remembered from now on
    count = 0

    def note(_frame: FrameType, _event: str, _argument: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(note)
    try:
        choice = rules.choose(asked, source_pool=None)
    finally:
        sys.setprofile(None)
    assert choice.by == "default"
    return count


def test_the_work_does_not_grow_with_the_number_of_rules() -> None:
    assert _calls(100) == _calls(1) < 200
