"""Each cut of a plan by itself: how far the plan, and the forecast if there was one, lay off."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from services.kpi.domain.months import later
from services.kpi.domain.plan.cuts import Cut, CutPlace, largest_errors
from services.kpi.domain.plan.terms import Terms
from services.kpi.repository.forecast import quality as forecasts
from services.kpi.repository.rollups.counters import COMPANY
from services.kpi.use_cases.plan.control import Wish, sides_of, told_apart
from services.kpi.use_cases.plan.naming import labels_of
from shared.database import Session

# What forecasts call the axes of plans.
_FORECAST_AXES: Final = {
    "region": "region",
    "product": "product",
    "party": "channel",
    "seller": "manager",
}


@dataclass(frozen=True, slots=True)
class CutRow:
    """`forecast` is what was foretold last before the month was over, in the measure's smallest
    unit; None where nothing was.
    """

    cut: Cut
    label: str | None
    forecast: int | None


async def list_errors(
    session: Session, terms: Terms, wish: Wish, *, after: CutPlace | None, limit: int
) -> list[CutRow]:
    """The cuts of the months that are over, the largest difference first. Raises NotFoundError,
    InvalidError.
    """
    sides = await sides_of(session, terms, wish)
    find = partial(largest_errors, after=after, limit=limit)
    cuts = await asyncio.to_thread(find, sides.plan, sides.fact, sides.months, sides.is_over)
    labels = await labels_of(session, wish.axis)
    foretold = await _foretold(session, terms, wish, cuts)
    return [
        CutRow(cut, labels.get(cut.value), foretold.get((cut.value, cut.month))) for cut in cuts
    ]


async def _foretold(
    session: Session, terms: Terms, wish: Wish, cuts: Sequence[Cut]
) -> dict[tuple[str, int], int]:
    """The likeliest values by value and month."""
    keys = _keys_of(terms, wish, cuts)
    if not keys:
        return {}
    values = {key: value for value, key in keys.items()}
    days = [terms.month_of(cut.month) for cut in cuts]
    span = forecasts.Span(min(days), later(max(days), 1), wish.now)
    steps = await forecasts.steps_of(session, span, list(values))
    unit = terms.unit(wish.place.measure)
    return {
        (values[key], number): round(step.p50 / unit)
        for key, of_key in steps.items()
        for step in of_key
        if (number := terms.number_of(step.day)) is not None
    }


def _keys_of(terms: Terms, wish: Wish, cuts: Sequence[Cut]) -> Mapping[str, forecasts.Cut]:
    """What forecasts of the values are of; of what is within something else nothing is foretold."""
    axis = told_apart(wish)
    within = {name: key for name, key in wish.names.items() if key is not None and name != "month"}
    if len(within) + (axis is not None) > 1:
        return {}
    name, key = (axis, None) if axis else next(iter(within.items()), (None, ""))
    own = COMPANY if name is None else _FORECAST_AXES.get(name)
    if own is None or (name == "party" and terms.party != "channel"):
        return {}
    keys = {cut.value: cut.value if key is None else key for cut in cuts}
    measure = wish.place.measure
    currency = terms.currency if measure == "revenue" else ""
    return {
        value: forecasts.Cut(measure, own, key, currency, "month", wish.zone.key)
        for value, key in keys.items()
    }
