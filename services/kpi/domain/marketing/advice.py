"""How a total is best spent over channels, as far as their curves tell.

At the best split the next unit of spend brings the same everywhere (R. Dorfman, P. O. Steiner,
American Economic Review 44 (1954), 826-836). No channel is moved beyond what was ever tried: there
its curve is a guess.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Final, NamedTuple

from services.kpi.domain.forecast.quantiles import quartile
from services.kpi.domain.marketing.curves import Curve, Fit, Month, fit, telling

ROUNDS: Final = 200
_STEPS: Final = 100  # halvings: more than a double tells apart
_LOW, _HIGH = 0.1, 0.9
_LEAST_ROUNDS: Final = ROUNDS // 2


class Span(NamedTuple):
    """The least and the most that is suggested for a channel: what was spent in some month."""

    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Shift:
    """`suggested` a month instead of `present`, and the deciles of what other months as likely as
    these would have suggested; None where too many of them tell nothing.
    """

    present: float
    suggested: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Advice:
    """By channel the shift and how its curve was found; a channel without a curve is not moved. The
    results are of a month, of the channels that have curves.
    """

    fits: Mapping[str, Fit]
    shifts: Mapping[str, Shift]
    total: float
    present_result: float
    suggested_result: float


def span_of(months: Sequence[Month]) -> Span:
    spends = [month.spend for month in telling(months)]
    return Span(min(spends), max(spends))


def split(curves: Mapping[str, Curve], spans: Mapping[str, Span], total: float) -> dict[str, float]:
    """The best split of the total within the spans. Where the total lies beyond what they allow
    together, all are at that end.
    """
    low = min(curve.marginal(spans[name].most) for name, curve in curves.items())
    high = max(curve.marginal(spans[name].least) for name, curve in curves.items())
    bottom, top = log(low), log(high)
    for _ in range(_STEPS):
        middle = (bottom + top) / 2
        if sum(_at(curves[name], spans[name], middle) for name in curves) > total:
            bottom = middle
        else:
            top = middle
    return {name: _at(curves[name], spans[name], top) for name in curves}


def _at(curve: Curve, span: Span, log_marginal: float) -> float:
    """The spend at which the next unit brings that much, within the span."""
    place = (log(curve.elasticity * curve.scale) - log_marginal) / (1 - curve.elasticity)
    return exp(min(max(place, log(span.least)), log(span.most)))


def advise(
    months: Mapping[str, Sequence[Month]], present: Mapping[str, float], seed: int
) -> Advice:
    """Move what is spent in a month, `present`, between the channels that have curves. The same
    seed gives the same advice.
    """
    fits = {name: fit(rows) for name, rows in months.items()}
    curves = {name: one.curve for name, one in fits.items() if one.curve and present.get(name)}
    spans = {name: _with(span_of(months[name]), present[name]) for name in curves}
    total = sum(present[name] for name in curves)
    if len(curves) < 2:
        return Advice(fits, {}, total, 0.0, 0.0)
    best = split(curves, spans, total)
    dice = random.Random(seed)  # noqa: S311  a draw that can be made again
    rounds = _rounds(dice, {name: months[name] for name in curves}, spans, total)
    return Advice(
        fits,
        {name: _shift(present[name], best[name], rounds[name]) for name in curves},
        total,
        sum(curve.result(present[name]) for name, curve in curves.items()),
        sum(curve.result(best[name]) for name, curve in curves.items()),
    )


def _with(span: Span, spend: float) -> Span:
    return Span(min(span.least, spend), max(span.most, spend))


def _shift(present: float, suggested: float, values: Sequence[float]) -> Shift:
    if len(values) < _LEAST_ROUNDS:
        return Shift(present, suggested, None, None)
    ordered = sorted(values)
    return Shift(present, suggested, quartile(ordered, _LOW), quartile(ordered, _HIGH))


def _rounds(
    dice: random.Random,
    months: Mapping[str, Sequence[Month]],
    spans: Mapping[str, Span],
    total: float,
) -> dict[str, list[float]]:
    """What months drawn anew from these, with replacement, would suggest (B. Efron, Annals of
    Statistics 7 (1979), 1-26, of pairs); draws of which some channel has no curve say nothing.
    """
    values: dict[str, list[float]] = {name: [] for name in months}
    for _ in range(ROUNDS):
        curves: dict[str, Curve] = {}
        for name, rows in months.items():
            used = telling(rows)
            if (curve := fit(dice.choices(used, k=len(used))).curve) is not None:
                curves[name] = curve
        if curves.keys() == months.keys():
            for name, value in split(curves, spans, total).items():
                values[name].append(value)
    return values
