"""What came of a forecast: its error, bias and score by the steps that are over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from typing import Final

# Numbers of the database are far shorter: no sum is rounded.
_EXACT: Final = Context(prec=500)


@dataclass(frozen=True, slots=True)
class Foretold:
    """One step of a forecast, by its first day."""

    day: date
    p10: Decimal
    p50: Decimal
    p90: Decimal


@dataclass(frozen=True, slots=True)
class Happened:
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


def outcome_of(steps: Sequence[Happened]) -> Outcome:
    """By the likeliest values of the steps with a fact."""
    pairs = [(one.foretold, one.fact) for one in steps if one.fact is not None]
    with localcontext(_EXACT):
        differences = [foretold.p50 - fact for foretold, fact in pairs]
        total = Fraction(sum(fact for _, fact in pairs))
        amounts = sum(map(abs, differences)), sum(differences)
    hits = sum(foretold.p10 <= fact <= foretold.p90 for foretold, fact in pairs)
    error, bias = (Fraction(amount) / total if total else None for amount in amounts)
    return Outcome(steps, error, bias, Fraction(hits, len(pairs)) if pairs else None)
