"""Why revenue differs from the plan, as it is answered."""

from typing import Self

from pydantic import BaseModel

from services.kpi.domain.plan.bridge import Bridge
from services.kpi.domain.plan.nodes import AxisName
from services.kpi.domain.plan.terms import Terms
from services.kpi.schemas.plan_nodes import PlanNodeOut
from services.kpi.use_cases.plan.bridge import BridgeRow
from shared.contracts.inquiry import Amount


class BridgeOut(BaseModel):
    """`volume`, `conversion`, `timing`, `mix` and `check` add up to `difference` exactly.
    `conversion` is null where leads tell nothing: then the volume is that of sales.
    """

    plan: Amount
    fact: Amount
    difference: Amount
    volume: Amount
    conversion: Amount | None
    timing: Amount
    mix: Amount
    check: Amount

    @classmethod
    def of(cls, item: Bridge, terms: Terms) -> Self:
        members = {
            name: None if cells is None else terms.amount("revenue", cells)
            for name, cells in item._asdict().items()
        }
        return cls.model_validate(
            {**members, "difference": terms.amount("revenue", item.difference)}
        )


class BridgeRowOut(BaseModel):
    value: str
    label: str | None
    bridge: BridgeOut

    @classmethod
    def of(cls, row: BridgeRow, terms: Terms) -> Self:
        return cls(value=row.value, label=row.label, bridge=BridgeOut.of(row.bridge, terms))


class BridgeViewOut(BaseModel):
    """Of the node's months that are over: the whole, in which `mix` is that of the axis, and each
    value by itself.
    """

    unit: str
    node: PlanNodeOut
    axis: AxisName | None
    months: list[str]
    whole: BridgeOut
    items: list[BridgeRowOut]
    next_cursor: str | None
