"""Plans and their versions as they are answered."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.kpi.domain.plan.terms import PartyKind
from services.kpi.repository.plan.plans import KeptPlan, Version
from services.kpi.use_cases.plan.foretold import BandEdge


class PlanVersionOut(BaseModel):
    """`revision` is the number for `If-Match`; `from` the version that it began as."""

    number: int
    state: Literal["draft", "approved"]
    revision: int
    made_from: Annotated[int | None, Field(serialization_alias="from")]
    made_at: datetime
    made_by: str
    approved_at: datetime | None
    approved_by: str | None

    @classmethod
    def of(cls, item: Version) -> Self:
        return cls.model_validate(item, from_attributes=True)


class PlanExtendedOut(BaseModel):
    """How many combinations are new, and the draft's revision after it."""

    revision: int
    added: int


class PlanContractOut(BaseModel):
    customer: UUID
    first: date
    last: date


class GuaranteeOut(BaseModel):
    least_gaps: int
    tolerance_percent: int
    contracts: list[PlanContractOut]


class PlanStartOut(BaseModel):
    """What the first draft was made from; `value` is which edge of the forecast's band."""

    kind: Literal["past", "forecast", "values"]
    years: int | None = None
    growth_percent: int | None = None
    forecast_id: UUID | None = None
    value: BandEdge | None = None


class PlanOut(BaseModel):
    """What a plan is about, how it began, and by which rule sales are guaranteed in it."""

    plan_id: UUID
    name: str
    currency: str
    first_month: str
    months: int
    party: PartyKind
    rule: GuaranteeOut
    start: PlanStartOut
    created_at: datetime
    created_by: str

    @classmethod
    def of(cls, item: KeptPlan, **more: Any) -> Self:
        terms = item.terms
        return cls(
            plan_id=terms.plan_id,
            name=terms.name,
            currency=terms.currency,
            first_month=f"{terms.first_month:%Y-%m}",
            months=terms.months,
            party=terms.party,
            rule=GuaranteeOut.model_validate(terms.rule, from_attributes=True),
            start=PlanStartOut(**item.begun_as),
            created_at=item.created_at,
            created_by=item.created_by,
            **more,
        )


class WholePlanOut(PlanOut):
    """`cells` is how many one measure has, in the latest version."""

    versions: list[PlanVersionOut]
    cells: int
