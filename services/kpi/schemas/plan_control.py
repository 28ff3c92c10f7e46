"""Plan against fact, and the quality of planning, as they are answered."""

from decimal import Decimal
from fractions import Fraction
from typing import Self

from pydantic import BaseModel

from services.kpi.domain.plan.control import Control, Quality
from services.kpi.domain.plan.nodes import AxisName, Measure
from services.kpi.domain.plan.terms import Terms
from services.kpi.domain.working_days import DaysBy
from services.kpi.schemas.fields import days_number, share_number
from services.kpi.schemas.plan_nodes import PlanNodeOut
from services.kpi.use_cases.plan.control import Row
from shared.contracts.inquiry import Amount


class ControlOut(BaseModel):
    """`due` is what the plan asks for by now, `required` what each of the `days_left` working days
    has to bring. `attainment` is fact by plan, `pace` fact by what is due; null without one.
    `days_by` tells whose working days these are: of the one `manager`, of the `company` (the mean
    of its managers), or those of the usual week without the holidays of a `country`, or with them
    (`weekdays`).
    """

    plan: Amount
    fact: Amount
    difference: Amount
    due: Amount
    attainment: Amount | None
    pace: Amount | None
    days_left: Amount
    required: Amount | None
    days_by: DaysBy
    country: str | None

    @classmethod
    def of(cls, item: Control, terms: Terms, measure: Measure) -> Self:
        def amount(cells: Fraction | None) -> Decimal | None:
            return None if cells is None else terms.amount(measure, round(cells))

        return cls(
            plan=terms.amount(measure, item.plan),
            fact=terms.amount(measure, item.fact),
            difference=terms.amount(measure, item.fact - item.plan),
            due=terms.amount(measure, round(item.due)),
            attainment=share_number(item.attainment),
            pace=share_number(item.pace),
            days_left=days_number(item.days_left),
            required=amount(item.required),
            days_by=item.days_by,
            country=item.country,
        )


class ControlRowOut(BaseModel):
    """One value of the axis; not `is_planned` where only sales know it."""

    value: str
    label: str | None
    is_planned: bool
    figures: ControlOut

    @classmethod
    def of(cls, row: Row, terms: Terms, measure: Measure) -> Self:
        return cls(
            value=row.value,
            label=row.label,
            is_planned=row.is_planned,
            figures=ControlOut.of(row.control, terms, measure),
        )


class ControlViewOut(BaseModel):
    """`totals` are of the whole node."""

    measure: Measure
    unit: str | None
    node: PlanNodeOut
    axis: AxisName | None
    totals: ControlOut
    items: list[ControlRowOut]
    next_cursor: str | None


class QualityOut(BaseModel):
    """A month that is over: `error` is the sum of all differences by the plan, `bias` the
    difference of the sums by the plan, `score` one less the error, at least 0.
    """

    month: str
    plan: Amount
    fact: Amount
    error: Amount | None
    bias: Amount | None
    score: Amount | None

    @classmethod
    def of(cls, item: Quality, terms: Terms, measure: Measure) -> Self:
        return cls(
            month=f"{terms.month_of(item.month):%Y-%m}",
            plan=terms.amount(measure, item.plan),
            fact=terms.amount(measure, item.fact),
            error=share_number(item.error),
            bias=share_number(item.bias),
            score=share_number(item.score),
        )


class QualityViewOut(BaseModel):
    """By month, in their order, over the values of the axis."""

    measure: Measure
    axis: AxisName | None
    items: list[QualityOut]
