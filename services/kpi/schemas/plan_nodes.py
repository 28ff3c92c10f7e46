"""Nodes of plans as they are answered, and what was changed of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel

from services.kpi.domain.plan.nodes import AxisName, Measure, Nature
from services.kpi.domain.plan.terms import Terms
from services.kpi.repository.plan.changes import Change, Kind
from services.kpi.repository.plan.locks import Lock
from services.kpi.repository.plan.plans import Version
from services.kpi.use_cases.plan.nodes import Child, NodeView
from services.kpi.use_cases.plan.setting import Outcome, Trial
from shared.contracts.inquiry import Amount


class PlanNodeOut(BaseModel):
    """One value on each axis, or null for all."""

    region: str | None = None
    month: str | None = None
    product: str | None = None
    party: str | None = None
    seller: str | None = None
    nature: Nature | None = None


class AxisValueOut(BaseModel):
    value: str
    label: str | None


class PlanChildOut(BaseModel):
    """One value of the axis; `against` is what the other version has there."""

    value: str
    label: str | None
    amount: Amount
    against: Amount | None
    is_locked: bool

    @classmethod
    def of(cls, child: Child, terms: Terms, measure: Measure) -> Self:
        return cls(
            value=child.value,
            label=child.label,
            amount=terms.amount(measure, child.amount),
            against=None if child.against is None else terms.amount(measure, child.against),
            is_locked=child.is_locked,
        )


class PlanNodeViewOut(BaseModel):
    """A node with a page of its children. `unit` is the currency, or null for a quantity."""

    measure: Measure
    unit: str | None
    node: PlanNodeOut
    amount: Amount
    against: Amount | None
    is_locked: bool
    axis: AxisName | None
    items: list[PlanChildOut]
    next_cursor: str | None

    @classmethod
    def of(
        cls,
        view: NodeView,
        terms: Terms,
        measure: Measure,
        node: PlanNodeOut,
        axis: AxisName | None,
        *,
        children: Sequence[Child],
        next_cursor: str | None,
    ) -> Self:
        return cls(
            measure=measure,
            unit=terms.currency if measure == "revenue" else None,
            node=node,
            amount=terms.amount(measure, view.amount),
            against=None if view.against is None else terms.amount(measure, view.against),
            is_locked=view.is_locked,
            axis=axis,
            items=[PlanChildOut.of(child, terms, measure) for child in children],
            next_cursor=next_cursor,
        )


class NodeSetOut(BaseModel):
    """What the node came to before and after, and how many cells changed."""

    revision: int
    before: Amount
    after: Amount
    changed_cells: int

    @classmethod
    def of(cls, terms: Terms, version: Version, measure: Measure, outcome: Outcome) -> "NodeSetOut":
        return NodeSetOut(
            revision=version.revision,
            before=terms.amount(measure, outcome.before),
            after=terms.amount(measure, outcome.after),
            changed_cells=outcome.changed_cells,
        )


class PlanDifferenceOut(BaseModel):
    value: str
    before: Amount
    after: Amount


class PlanPreviewOut(NodeSetOut):
    """The values of the axis that would change in what the setting reaches, those that would most
    first; `more` were left out.
    """

    axis: AxisName
    differences: list[PlanDifferenceOut]
    more: int


def preview_out(
    terms: Terms, version: Version, measure: Measure, axis: AxisName, trial: Trial
) -> PlanPreviewOut:
    items = [
        PlanDifferenceOut(
            value=one.value,
            before=terms.amount(measure, one.before),
            after=terms.amount(measure, one.after),
        )
        for one in trial.differences
    ]
    setting = NodeSetOut.of(terms, version, measure, trial.outcome)
    return PlanPreviewOut(**setting.model_dump(), axis=axis, differences=items, more=trial.more)


class PlanLockOut(BaseModel):
    lock_id: UUID
    measure: Measure
    node: PlanNodeOut
    reason: str
    made_at: datetime
    made_by: str

    @classmethod
    def of(cls, item: Lock, names: dict[str, str]) -> Self:
        return cls(
            lock_id=item.lock_id,
            measure=item.measure,
            node=PlanNodeOut.model_validate(names),
            reason=item.reason,
            made_at=item.made_at,
            made_by=item.made_by,
        )


class PlanLockedOut(BaseModel):
    """A new lock, and the draft's revision after it."""

    revision: int
    lock: PlanLockOut


class PlanChangeOut(BaseModel):
    """Who changed what, and why. `revision` is the version's after it."""

    change_id: UUID
    number: int
    revision: int
    kind: Kind
    measure: Measure | None
    node: PlanNodeOut | None
    before: Amount | None
    after: Amount | None
    reason: str
    made_at: datetime
    made_by: str

    @classmethod
    def of(cls, item: Change, terms: Terms, names: dict[str, str] | None) -> Self:
        def amount(cells: int | None) -> Amount | None:
            if cells is None or item.measure is None:
                return None
            return terms.amount(item.measure, cells)

        return cls(
            change_id=item.change_id,
            number=item.number,
            revision=item.revision,
            kind=item.kind,
            measure=item.measure,
            node=None if names is None else PlanNodeOut.model_validate(names),
            before=amount(item.before),
            after=amount(item.after),
            reason=item.reason,
            made_at=item.made_at,
            made_by=item.made_by,
        )
