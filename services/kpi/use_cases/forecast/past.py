"""The past of an indicator, of the company or of one value of an axis, and its season."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from services.kpi.domain.forecast.past import OF_MONEY, Measure, Past, past_of, whole_steps
from services.kpi.domain.forecast.seasonality import Seasonality, seasonality_of
from services.kpi.domain.periods import Period, PeriodError
from services.kpi.repository.forecast.past import facts_by_step
from services.kpi.repository.reports.figures import take_snapshot
from services.kpi.repository.rollups.counters import COMPANY
from shared.database import Session
from shared.errors import InvalidError

_OF_IDS: Final = frozenset({"source", "manager"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PastWish:
    """Which indicator, of what, by which steps of which days; `currency` may be left out while
    there is one only.
    """

    measure: Measure
    step: str
    span: Period
    currency: str | None = None
    axis: str = COMPANY
    key: str | None = None


@dataclass(frozen=True, slots=True)
class PastView:
    """The past and what it is of; `currency` is None for what is no money."""

    past: Past
    currency: str | None
    key: str | None


async def read_past(session: Session, wish: PastWish, *, now: datetime) -> PastView:
    """The past up to the last step that is over. Raises InvalidError that names the parameter."""
    key = require_key(wish.axis, wish.key)
    try:
        steps = whole_steps(wish.span, wish.step, now)
    except PeriodError as error:
        errors = [(f"/{error.field}", error.detail)]
        raise InvalidError("The period is not one.", errors=errors) from error
    await take_snapshot(session)
    facts = await facts_by_step(session, steps.bounds, wish.axis, key)
    currency = None
    if wish.measure in OF_MONEY:
        currency = wish.currency or only_currency([name for name in facts if name])
    past = past_of(wish.measure, wish.step, steps.days, facts.get(currency or "", {}))
    return PastView(past, currency, None if wish.axis == COMPANY else key)


def require_key(axis: str, key: str | None) -> str:
    """The value of the axis as it is stored. Raises InvalidError."""
    if axis == COMPANY:
        if key:
            raise InvalidError("The company has no values.", errors=[("/key", "needs an axis")])
        return ""
    if key is None:
        raise InvalidError("Say which one.", errors=[("/key", f"which {axis} it is of")])
    if axis not in _OF_IDS or not key:
        return key
    try:
        return str(UUID(key))
    except ValueError as error:
        raise InvalidError("It is no id.", errors=[("/key", f"is the id of a {axis}")]) from error


def only_currency(currencies: Collection[str]) -> str | None:
    """The currency of the money. Raises InvalidError where there are several."""
    if len(currencies) > 1:
        names = ", ".join(sorted(currencies))
        raise InvalidError("Say in which currency.", errors=[("/currency", f"is one of: {names}")])
    return next(iter(currencies), None)


def show_seasonality(past: Past, holidays: Collection[date]) -> Seasonality:
    """Indices of the past; of nothing, none."""
    return seasonality_of(past.series, holidays)
