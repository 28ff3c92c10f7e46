"""The score of a candidate: load + fairness - fit - plan, each times its weight; the least wins."""

from collections.abc import Iterable
from typing import NamedTuple

from services.routing.domain.deciding.candidates import Candidate
from services.routing.domain.lead import MILLI
from services.routing.domain.policies import PLAN_LIMIT, ScoreWeights


class Scale(NamedTuple):
    """What received work is measured by, of all candidates and fixed at the beginning of a batch:
    the sums of weights and of received work, and the size of what is shared.
    """

    weight_milli: int
    received_milli: int
    size_milli: int


class Parts(NamedTuple):
    """The parts of a score before they are weighed."""

    load: float
    fairness: float
    fit: float
    plan: float


def scale_of(
    weights_milli: Iterable[int], received_milli: Iterable[int], capacities_milli: Iterable[int]
) -> Scale:
    received = sum(received_milli)
    # While less has been received than all can hold, a share of that little says nothing yet.
    return Scale(sum(weights_milli), received, max(received, sum(capacities_milli), 1))


def fairness(*, received_milli: int, weight_milli: int, scale: Scale) -> float:
    """How far somebody is above their share of the received work, per share; below it negative.

    With T received by all, r by one whose weight is w of W, cal.com gives to the largest shortfall
    `T * w/W - r`. Here is that shortfall turned around and divided by the share `w/W`:
    `r * W/w - T`, over the size of what is shared. Whoever gets a lead raises their own r, and T
    for all alike: so, with T as it was at the beginning of the batch, a choice changes the score
    of the chosen one alone, and the order of the others stands.
    """
    return (received_milli * scale.weight_milli / weight_milli - scale.received_milli) / (
        scale.size_milli
    )


def plan(attainment_milli: int | None) -> float:
    """How far somebody is behind their plan, as a share of it, 1 at most; ahead of it negative."""
    return 0.0 if attainment_milli is None else _within((MILLI - attainment_milli) / MILLI, 1.0)


def plan_help(behind: float, weights: ScoreWeights) -> float:
    """What is taken off the score of somebody who is so far behind their plan, so that they catch
    up; never more than `PLAN_LIMIT` either way.
    """
    return _within(weights.plan * behind, PLAN_LIMIT)


def _within(value: float, limit: float) -> float:
    if -limit <= value <= limit:
        return value
    return limit if value > 0 else -limit


def parts_of(candidate: Candidate, *, fit: float, scale: Scale) -> Parts:
    return Parts(
        load=candidate.reserved_milli / candidate.capacity_milli,
        fairness=fairness(
            received_milli=candidate.received_milli,
            weight_milli=candidate.weight_milli,
            scale=scale,
        ),
        fit=fit,
        plan=plan(candidate.attainment_milli),
    )


def score(parts: Parts, weights: ScoreWeights) -> float:
    return (
        weights.load * parts.load
        + weights.fairness * parts.fairness
        - plan_help(parts.plan, weights)
        - weights.fit * parts.fit
    )


def bases(
    rows: Iterable[tuple[int, int, int, int, float]], weights: ScoreWeights, scale: Scale
) -> list[float]:
    """Scores without the fit, of rows of reserved, capacity, received, weight and help. The same
    sums as in `score`, written out: they are run for every candidate and every lead.
    """
    load_counts, fairness_counts = weights.load, weights.fairness
    weight_of_all, received_by_all, size = scale
    return [
        load_counts * (reserved / capacity)
        + fairness_counts * ((received * weight_of_all / weight - received_by_all) / size)
        - plan_helps
        for reserved, capacity, received, weight, plan_helps in rows
    ]
