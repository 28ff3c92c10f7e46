"""Estimates of how many a filter finds lie where the number is, and say how sure they are."""

import random

from hypothesis import given
from hypothesis import strategies as st

from services.history.domain.segments.estimating import Block, Estimate, estimate

BLOCKS = st.lists(
    st.integers(1, 20).flatmap(
        lambda persons: st.builds(Block, st.just(persons), st.integers(0, persons))
    ),
    max_size=60,
)


@given(BLOCKS, st.integers(0, 2_000_000))
def test_an_estimate_is_never_less_than_what_was_seen(blocks: list[Block], total: int) -> None:
    result = estimate(blocks, total=total)
    persons = sum(block.persons for block in blocks)
    fitting = sum(block.fitting for block in blocks)
    assert 0 <= result.at_least <= result.count <= result.at_most <= max(total, persons)
    assert result.at_least >= fitting
    assert result.at_most <= max(total, persons) - (persons - fitting)


def test_nineteen_of_twenty_estimates_hold_what_is_so() -> None:
    chance, held = random.Random(7), 0
    for _ in range(400):
        # Blocks are of persons who are alike: in some nearly all fit, in others nearly none.
        table = [
            Block(10, sum(chance.random() < share for _ in range(10)))
            for share in (chance.choice([0.05, 0.9]) for _ in range(2_000))
        ]
        number = sum(block.fitting for block in table)
        result = estimate(chance.sample(table, 100), total=20_000)
        held += result.at_least <= number <= result.at_most
        assert abs(result.count - number) < 6_000
    assert held >= 360


def test_where_nobody_was_found_there_may_be_some_all_the_same() -> None:
    assert estimate([Block(10, 0)] * 100, total=1_000_000) == Estimate(0, 0, 3_000)
    assert estimate([Block(10, 10)] * 100, total=1_000_000) == Estimate(
        1_000_000, 997_000, 1_000_000
    )
    assert estimate([], total=7) == Estimate(0, 0, 7)
