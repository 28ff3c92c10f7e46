"""What came of a forecast: its error, bias and score by the steps that are over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal, localcontext
from math import prod
from typing import Final, NamedTuple

# Numbers of the database are far shorter: no sum is rounded.
_EXACT: Final = Context(prec=500)
_DIGITS: Final = 6
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
    `bias` that of the differences, positive where too much was foretold; `score` one less the
    error, at least 0, as plans have it; `within` the share of facts within the band of 80 %. Each
    is the number next to it that a float holds. None where there is nothing to divide by.

    R. J. Hyndman, A. B. Koehler: Another look at measures of forecast accuracy (2006).
    """

    steps: Sequence[Happened]
    error: float | None
    bias: float | None
    score: float | None
    within: float | None


class Misses(NamedTuple):
    """What the likeliest values of steps with a fact missed: how many steps, the sums of the
    differences without and with their signs and of the facts, and how many facts lie in the band.
    """

    steps: int = 0
    amount: Decimal = _ZERO
    difference: Decimal = _ZERO
    facts: Decimal = _ZERO
    hits: int = 0


def misses_of(groups: Iterable[Iterable[Happened]]) -> list[Misses]:
    """Of the steps of each group."""
    with localcontext(_EXACT):
        return list(map(_misses, groups))


def _misses(steps: Iterable[Happened]) -> Misses:
    number = hits = 0
    amount = difference = facts = _ZERO
    for (_, low, middle, high), fact in steps:
        if fact is None:
            continue
        miss = middle - fact
        number += 1
        amount += abs(miss)
        difference += miss
        facts += fact
        hits += low <= fact <= high
    return Misses(number, amount, difference, facts, hits)


def together(parts: Sequence[Misses]) -> Misses:
    """Of all steps of these."""
    with localcontext(_EXACT):
        return Misses(*(sum(each) for each in zip(*parts, strict=True))) if parts else Misses()


def outcome_of(steps: Sequence[Happened], misses: Misses | None = None) -> Outcome:
    """By the likeliest values of the steps with a fact; what they missed, if that is known."""
    sums = misses_of([steps])[0] if misses is None else misses
    within = sums.hits / sums.steps if sums.steps else None
    if not sums.facts:
        return Outcome(steps, None, None, None, within)
    amount, difference, facts = _whole(sums.amount, sums.difference, sums.facts)
    score = max(0, facts - amount) / facts
    return Outcome(steps, amount / facts, difference / facts, score, within)


def _whole(*amounts: Decimal) -> list[int]:
    """Whole numbers in the same proportions, the last of them positive: they are divided many times
    as fast as fractions.
    """
    sign = -1 if amounts[-1] < 0 else 1
    millionths = [amount.scaleb(_DIGITS, _EXACT) for amount in amounts]
    whole = list(map(int, millionths))
    if whole == millionths:  # as forecasts and money nearly always are
        return [sign * number for number in whole]
    ratios = [amount.as_integer_ratio() for amount in amounts]
    unit = prod(lower for _, lower in ratios)
    return [sign * upper * (unit // lower) for upper, lower in ratios]
