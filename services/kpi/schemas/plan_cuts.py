"""The single cuts of a plan with their errors, as they are answered."""

from typing import Self

from pydantic import BaseModel

from services.kpi.domain.plan.cuts import error_of
from services.kpi.domain.plan.nodes import Measure, PartAxis
from services.kpi.domain.plan.terms import Terms
from services.kpi.schemas.fields import share_number
from services.kpi.schemas.plan_nodes import PlanNodeOut
from services.kpi.use_cases.plan.cuts import CutRow
from shared.contracts.inquiry import Amount


class PlanCutOut(BaseModel):
    """A value of the axis in a month that is over; not `is_planned` where only sales know it.
    `difference` is the fact less the plan, `absolute_error` that without its sign; `relative_error`
    and `bias` are the two by the plan, null without one. `forecast` is the likeliest value of the
    latest forecast of the same that was made before the month was over, null without one, and
    `forecast_relative_error` how far the fact lay off it, by the forecast.
    """

    month: str
    value: str
    label: str | None
    is_planned: bool
    plan: Amount
    fact: Amount
    difference: Amount
    absolute_error: Amount
    relative_error: Amount | None
    bias: Amount | None
    forecast: Amount | None
    forecast_relative_error: Amount | None

    @classmethod
    def of(cls, row: CutRow, terms: Terms, measure: Measure) -> Self:
        cut, forecast = row.cut, row.forecast
        return cls(
            month=f"{terms.month_of(cut.month):%Y-%m}",
            value=cut.value,
            label=row.label,
            is_planned=cut.is_planned,
            plan=terms.amount(measure, cut.plan),
            fact=terms.amount(measure, cut.fact),
            difference=terms.amount(measure, cut.difference),
            absolute_error=terms.amount(measure, abs(cut.difference)),
            relative_error=share_number(cut.relative_error),
            bias=share_number(cut.bias),
            forecast=None if forecast is None else terms.amount(measure, forecast),
            forecast_relative_error=(
                None if forecast is None else share_number(error_of(forecast, cut.fact))
            ),
        )


class PlanCutPage(BaseModel):
    """The largest `absolute_error` first, then by month and value. `unit` is the currency, or null
    for a quantity.
    """

    measure: Measure
    unit: str | None
    node: PlanNodeOut
    axis: PartAxis | None
    items: list[PlanCutOut]
    next_cursor: str | None
