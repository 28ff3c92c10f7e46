"""What came of a forecast: its error, bias and score by the steps that are over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from typing import Final, NamedTuple

# Numbers of the database are far shorter: no sum is rounded.
_EXACT: Final = Context(prec=500)
_ZERO: Final = Decimal(0)


class Foretold(NamedTuple):
    """One step of a forecast, by its first day."""

    day: date
    p10: Decimal
    p50: Decimal
    p90: Decimal


class Happened(NamedTuple):
    """A step that is over, as it was foretold, and its fact; None where nothing can be said."""

    foretold: Foretold
    fact: Decimal | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """`error` is the sum of the differences, each without its sign, by that of the facts (WAPE);
    `bias` that of the differences, positive where too much was foretold; `within` the share of
    facts within the band of 80 %. None where there is nothing to divide by.

    R. J. Hyndman, A. B. Koehler: Another look at measures of forecast accuracy (2006).
    """

    steps: Sequence[Happened]
    error: Fraction | None
    bias: Fraction | None
    within: Fraction | None

    @property
    def score(self) -> Fraction | None:
        """One less the error, at least 0, as plans have it."""
        return None if self.error is None else max(Fraction(0), 1 - self.error)


class Misses(NamedTuple):
    """What the likeliest values of steps with a fact missed: how many steps, the sums of the
    differences without and with their signs and of the facts, and how many facts lie in the band.
    """

    steps: int = 0
    amount: Decimal = _ZERO
    difference: Decimal = _ZERO
    facts: Decimal = _ZERO
    hits: int = 0


def misses_of(steps: Iterable[Happened]) -> Misses:
    number = hits = 0
    amount = difference = facts = _ZERO
    with localcontext(_EXACT):
        for foretold, fact in steps:
            if fact is None:
                continue
            miss = foretold.p50 - fact
            number += 1
            amount += abs(miss)
            difference += miss
            facts += fact
            hits += foretold.p10 <= fact <= foretold.p90
    return Misses(number, amount, difference, facts, hits)


def together(parts: Sequence[Misses]) -> Misses:
    """Of all steps of these."""
    with localcontext(_EXACT):
        return Misses(*(sum(each) for each in zip(*parts, strict=True))) if parts else Misses()


def outcome_of(steps: Sequence[Happened], misses: Misses | None = None) -> Outcome:
    """By the likeliest values of the steps with a fact; what they missed, if that is known."""
    sums = misses_of(steps) if misses is None else misses
    error, bias = (_quotient(amount, sums.facts) for amount in (sums.amount, sums.difference))
    return Outcome(steps, error, bias, Fraction(sums.hits, sums.steps) if sums.steps else None)


def _quotient(amount: Decimal, total: Decimal) -> Fraction | None:
    """Of whole numbers, which is several times as fast as of two fractions."""
    if not total:
        return None
    upper, lower = amount.as_integer_ratio()
    other_upper, other_lower = total.as_integer_ratio()
    return Fraction(upper * other_lower, lower * other_upper)
