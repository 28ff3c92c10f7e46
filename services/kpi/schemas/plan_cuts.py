"""The single cuts of a plan with their errors, as they are answered."""

from typing import Self

from pydantic import BaseModel

from services.kpi.domain.plan.nodes import Measure, PartAxis
from services.kpi.domain.plan.terms import Terms
from services.kpi.schemas.fields import ratio_number
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
        # Absolute percentage errors, as Hyndman and Koehler have them (Another look at measures of
        # forecast accuracy, 2006), with what was said below as plans are judged.
        difference, unit = cut.difference, terms.unit(measure)
        return cls(
            month=terms.month_of(cut.month).isoformat()[:7],
            value=cut.value,
            label=row.label,
            is_planned=cut.is_planned,
            plan=cut.plan * unit,
            fact=cut.fact * unit,
            difference=difference * unit,
            absolute_error=abs(difference) * unit,
            relative_error=ratio_number(abs(difference), cut.plan),
            bias=ratio_number(difference, cut.plan),
            forecast=None if forecast is None else forecast * unit,
            forecast_relative_error=(
                None if forecast is None else ratio_number(abs(cut.fact - forecast), forecast)
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
