"""Plan against fact as rows of a table."""

from typing import Self

from pydantic import BaseModel

from services.kpi.domain.plan.control import Control
from services.kpi.domain.plan.nodes import Measure
from services.kpi.domain.plan.terms import Terms
from services.kpi.domain.working_days import DaysBy
from services.kpi.schemas.plan_control import ControlOut
from services.kpi.use_cases.plan.control import Row
from shared.contracts.inquiry import Amount


class PlanControlRow(BaseModel):
    """The members of the report's own rows; `due_by_now` is its `due`."""

    value: str | None
    label: str | None
    plan: Amount
    fact: Amount
    difference: Amount
    due_by_now: Amount
    attainment: Amount | None
    pace: Amount | None
    days_left: Amount
    required: Amount | None
    days_by: DaysBy
    country: str | None

    @classmethod
    def of(cls, row: Row, terms: Terms, measure: Measure) -> Self:
        return cls._of(row.control, terms, measure, value=row.value, label=row.label)

    @classmethod
    def whole(cls, control: Control, terms: Terms, measure: Measure) -> Self:
        return cls._of(control, terms, measure, value=None, label=None)

    @classmethod
    def _of(
        cls,
        control: Control,
        terms: Terms,
        measure: Measure,
        *,
        value: str | None,
        label: str | None,
    ) -> Self:
        members = dict(ControlOut.of(control, terms, measure))
        due = members.pop("due")
        return cls(value=value, label=label, due_by_now=due, **members)
