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
_ONE: Final = ord("1")


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


def baskets_of(numbers: Mapping[str, Sequence[int]], most_products: int) -> Baskets:
    """Pairs of at least so many people as rules tell of, of the products with the most buyers.
    `numbers` are those of each product's buyers, who may stand there several times.

    A product is a number with a bit for each buyer: who bought both is told by `and`, whatever
    millions of pairs people have bought.
    """
    everybody = set().union(*numbers.values()) if numbers else set()
    buyers = {product: len(set(people)) for product, people in numbers.items()}
    many = sorted(
        (product for product, count in buyers.items() if count >= LEAST_PEOPLE),
        key=lambda product: (-buyers[product], product),
    )[:most_products]
    size = max(everybody, default=-1) + 1
    bits = {product: _bits(numbers[product], size) for product in sorted(many)}
    pairs = [
        Pair(one, other, both)
        for (one, ours), (other, theirs) in combinations(bits.items(), 2)
        if (both := (ours & theirs).bit_count()) >= LEAST_PEOPLE
    ]
    return Baskets(len(everybody), {product: buyers[product] for product in many}, pairs)


def _bits(people: Iterable[int], size: int) -> int:
    digits = bytearray(b"0") * size
    for number in people:
        digits[number] = _ONE
    return int(digits, 2)


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
    return both >= LEAST_PEOPLE and Fraction(both, people) >= least_support


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
