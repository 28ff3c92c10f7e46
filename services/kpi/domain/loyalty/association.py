"""What is bought by those who bought something else: rules between two products.

Support, confidence and lift as in R. Agrawal, T. Imieliński, A. Swami: Mining association rules
between sets of items in large databases, SIGMOD 1993, and S. Brin et al., SIGMOD 1997. A basket is
all that a person bought in the period.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Final, NamedTuple

LEAST_PEOPLE: Final = 10  # a rule never tells of fewer, whatever support is asked for


class Pair(NamedTuple):
    """How many people bought both products."""

    first: str
    second: str
    people: int


@dataclass(frozen=True, slots=True)
class Baskets:
    """`people` bought something that has a name; `buyers` of each product, and `pairs` of products
    with the people who bought both.
    """

    people: int
    buyers: dict[str, int]
    pairs: Sequence[Pair]


def pairs_of(bits: Mapping[str, int]) -> list[Pair]:
    """Of products, each a number with a bit for each buyer: who bought both is told by `and`,
    whatever millions of pairs people have bought. Pairs of too few people are left out.
    """
    return [
        Pair(one, other, both)
        for (one, ours), (other, theirs) in combinations(bits.items(), 2)
        if (both := (ours & theirs).bit_count()) >= LEAST_PEOPLE
    ]


class Rule(NamedTuple):
    """Of `people` who bought both: `support` is their share in all buyers, `confidence` in those
    who bought `product`, and `lift` by how much that exceeds the share of `next_product` among all.
    """

    product: str
    next_product: str
    people: int
    support: Fraction
    confidence: Fraction
    lift: Fraction


def rules_of(
    pairs: Iterable[Pair], buyers: Mapping[str, int], people: int, least_support: Fraction
) -> list[Rule]:
    """Both directions of each pair with enough people, the highest lift first. `buyers` are the
    people of each product, `people` all who bought anything that has a name.
    """
    rules = [
        _rule(one, other, pair.people, buyers, people)
        for pair in pairs
        if is_told(pair.people, people, least_support)
        for one, other in ((pair.first, pair.second), (pair.second, pair.first))
    ]
    return sorted(
        rules, key=lambda rule: (-rule.lift, -rule.people, rule.product, rule.next_product)
    )


def is_told(both: int, people: int, least_support: Fraction) -> bool:
    """Whether a pair has enough support, and too many people for one to be guessed."""
    return (
        both >= LEAST_PEOPLE
        and both * least_support.denominator >= people * least_support.numerator
    )


def _rule(product: str, other: str, both: int, buyers: Mapping[str, int], people: int) -> Rule:
    confidence = Fraction(both, buyers[product])
    return Rule(
        product,
        other,
        both,
        Fraction(both, people),
        confidence,
        confidence / Fraction(buyers[other], people),
    )
