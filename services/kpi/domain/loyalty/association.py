"""What is bought by those who bought something else: rules between two products.

Support, confidence and lift as in R. Agrawal, T. Imieliński, A. Swami: Mining association rules
between sets of items in large databases, SIGMOD 1993, and S. Brin et al., SIGMOD 1997. A basket is
all that a person bought in the period.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
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
