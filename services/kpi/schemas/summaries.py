"""Summaries of managers as they are shown."""

from dataclasses import fields
from fractions import Fraction
from typing import Any, Final, Self
from uuid import UUID

from pydantic import BaseModel

from services.kpi.domain.sales.returns import money_of
from services.kpi.repository.reports.counted import Sums
from services.kpi.repository.reports.sides import Counts
from services.kpi.schemas.comparison import Compared, ComparedReport
from services.kpi.schemas.reports import FunnelCountsOut, ResponseFiguresOut
from services.kpi.use_cases.reports.managers import Summary
from shared.contracts.inquiry import Amount

_COUNTS: Final = [field.name for field in fields(Counts)]


class ManagerActivityOut(BaseModel):
    """What a manager did in the period, by what they owned then. `assigned` counts leads that came
    to them, once each; of their deadlines that were kept or broken since (`accept_due`,
    `touch_due`), `accept_kept` and `touch_kept` were kept.
    """

    assigned: int
    accepted: int
    declined: int
    expired: int
    returned: int
    contacted: int
    won: int
    lost: int
    accept_due: int
    accept_kept: int
    touch_due: int
    touch_kept: int
    won_amounts: dict[str, Amount]
    average_check: dict[str, Amount]

    @classmethod
    def of(cls, sums: Sums) -> Self:
        names = set(cls.model_fields) & set(sums.counts)
        amounts, sales = sums.amounts.get("amount", {}), sums.sales.get("amount", {})
        return cls(
            **{name: sums.counts[name] for name in names},
            won_amounts=amounts,
            average_check={
                currency: money_of(Fraction(amount) / sales[currency], currency)
                for currency, amount in amounts.items()
                if sales[currency]
            },
        )


class ManagerFiguresOut(FunnelCountsOut):
    """A funnel's counts, first response, and what was won by currency."""

    response: ResponseFiguresOut
    won_amounts: dict[str, Amount]
    activity: ManagerActivityOut | None


class ManagerSummaryOut(ManagerFiguresOut, Compared[ManagerFiguresOut]):
    FIGURES = ManagerFiguresOut

    manager_id: UUID
    name: str | None

    def key(self) -> UUID:
        """The manager."""
        return self.manager_id

    @classmethod
    def of(cls, summary: Summary) -> Self:
        sums = summary.activity
        return cls(
            manager_id=summary.id,
            name=summary.label,
            activity=None if sums is None else ManagerActivityOut.of(sums),
            **_figures(summary),
        )


class ManagersOut(ComparedReport):
    rows: list[ManagerSummaryOut]


def _figures(summary: Summary) -> dict[str, Any]:
    return {
        **{name: getattr(summary.counts, name) for name in _COUNTS},
        "response": ResponseFiguresOut.model_validate(summary.response),
        "won_amounts": summary.won_amounts,
    }
