"""Coordination of plans: what is asked for, and what is answered."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from services.kpi.domain.plan.coordination import Cutting, State, Steps, Threshold
from services.kpi.domain.plan.nodes import Measure
from services.kpi.domain.plan.terms import Terms
from services.kpi.repository.plan.coordination import Change, Record
from services.kpi.repository.plan.thresholds import KeptThreshold
from services.kpi.schemas.fields import Day, Name, Reason, Words
from services.kpi.schemas.plan_bridge import BridgeOut
from services.kpi.schemas.plan_nodes import PlanNodeOut
from services.kpi.schemas.plans import PlanNodeIn
from services.kpi.use_cases.plan.coordination import Opening
from shared.contracts.inquiry import Amount
from shared.errors import InvalidError
from shared.web.fields import Body

MOST_PERCENT = 1_000


def _once_each(axes: list[Cutting]) -> list[Cutting]:
    if len(set(axes)) < len(axes):
        raise ValueError("names an axis twice")
    return axes


class PlanThresholdIn(Body):
    """Coordinated is what is off by more than `percent` of the plan, and by `least` at least.
    `axes`: `whole` is all of a month, another one each of its values in a month.
    """

    measure: Measure = "revenue"
    axes: Annotated[list[Cutting], Field(min_length=1, max_length=6), AfterValidator(_once_each)]
    percent: Annotated[int, Field(ge=1, le=MOST_PERCENT)]
    least: Annotated[Decimal, Field(ge=0, allow_inf_nan=False, max_digits=24)] = Decimal(0)

    def threshold(self, terms: Terms) -> Threshold:
        """Raises InvalidError."""
        try:
            least = terms.cells(self.measure, self.least)
        except ValueError as error:
            raise InvalidError("The threshold is none.", errors=[("/least", str(error))]) from error
        return Threshold(measure=self.measure, axes=self.axes, percent=self.percent, least=least)


class PlanThresholdOut(BaseModel):
    """`version` is the number for `If-Match`."""

    plan_id: UUID
    version: int
    measure: Measure
    axes: list[Cutting]
    percent: int
    least: Amount
    changed_at: datetime
    changed_by: str

    @classmethod
    def of(cls, item: KeptThreshold, terms: Terms) -> Self:
        threshold = item.threshold
        return cls(
            plan_id=item.plan_id,
            version=item.version,
            measure=threshold.measure,
            axes=list(threshold.axes),
            percent=threshold.percent,
            least=terms.amount(threshold.measure, threshold.least),
            changed_at=item.changed_at,
            changed_by=item.changed_by,
        )


class CoordinationOpeningIn(Body):
    """A node of one month that is over, of the latest approved version."""

    measure: Measure = "revenue"
    node: PlanNodeIn
    reason: Reason

    def opening(self) -> Opening:
        return Opening(self.measure, self.node.names(), self.reason)


class CoordinationIn(Body):
    """All steps as they shall be. What is `agreed` has a cause, an action, an owner and a day by
    which it is due; what is `done` a result as well.
    """

    state: State
    cause: Words | None = None
    action: Words | None = None
    owner: Name | None = None
    due: Day | None = None
    result: Words | None = None
    reason: Reason

    def steps(self) -> Steps:
        return Steps(**self.model_dump(exclude={"reason"}))


class CoordinationOut(BaseModel):
    """A cut in a month. `plan`, `fact` and `bridge` are as they were when it was opened, by the
    `watch` or by `hand`; the bridge is of revenue. `version` is the number for `If-Match`.
    """

    coordination_id: UUID
    plan_id: UUID
    number: int
    measure: Measure
    unit: str | None
    node: PlanNodeOut
    seller_name: str | None
    plan: Amount
    fact: Amount
    difference: Amount
    bridge: BridgeOut
    origin: Literal["watch", "hand"]
    opened_at: datetime
    opened_by: str
    version: int
    state: State
    cause: str | None
    action: str | None
    owner: str | None
    due: date | None
    is_overdue: bool
    result: str | None

    @classmethod
    def of(cls, item: Record, terms: Terms, labels: dict[str, str | None], today: date) -> Self:
        return cls.model_validate(members_of(item, terms, labels, today))


def members_of(
    item: Record, terms: Terms, labels: dict[str, str | None], today: date
) -> dict[str, object]:
    names = ("coordination_id", "plan_id", "number", "measure", "origin", "opened_at", "opened_by")
    steps = item.steps
    return {
        **{name: getattr(item, name) for name in (*names, "version")},
        "unit": terms.currency if item.measure == "revenue" else None,
        "node": PlanNodeOut.model_validate({**item.cut, "month": f"{item.month:%Y-%m}"}),
        "seller_name": labels.get(item.cut.get("seller", "")),
        "plan": terms.amount(item.measure, item.planned),
        "fact": terms.amount(item.measure, item.fact),
        "difference": terms.amount(item.measure, item.fact - item.planned),
        "bridge": BridgeOut.of(item.bridge, terms),
        **steps_of(steps),
        "is_overdue": steps.is_overdue(today),
    }


def steps_of(steps: Steps) -> dict[str, object]:
    return {name: getattr(steps, name) for name in Steps.__dataclass_fields__}


class CoordinationChangeOut(BaseModel):
    """What the steps were from that version on, who made them so, and why."""

    version: int
    state: State
    cause: str | None
    action: str | None
    owner: str | None
    due: date | None
    result: str | None
    reason: str
    made_at: datetime
    made_by: str

    @classmethod
    def of(cls, item: Change) -> Self:
        members = {
            name: getattr(item, name) for name in ("version", "reason", "made_at", "made_by")
        }
        return cls.model_validate({**members, **steps_of(item.steps)})


class WholeCoordinationOut(CoordinationOut):
    """With its history, the latest first."""

    history: list[CoordinationChangeOut]
