"""Sales and repeat sales as they are shown, and the rule by which they are counted."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.kpi.domain.sales.figures import SalesFigures
from services.kpi.domain.sales.returns import quotient_of, ratio
from services.kpi.repository.money.sold import SALES_DIMENSIONS
from services.kpi.schemas.comparison import Compared, changes_of
from services.kpi.schemas.members import QuotientOut
from services.kpi.schemas.money.groups import MoneyGroupOut, MoneyLabelsOut, among
from services.kpi.use_cases.money.sales import SalesRow
from shared.contracts.inquiry import Amount
from shared.web.pagination import Page

MOST_HOURS = 720
SalesMeasure = Literal[
    "sales", "new", "returning", "cancelled", "joined", "priced", "customers",
    "returning_customers",
]  # fmt: skip
Members = dict[str, Any]
SalesGroupBy = Annotated[str, among(SALES_DIMENSIONS)]


class SalesMoneyOut(BaseModel):
    """Amounts in one currency, of `priced` sales."""

    priced: int
    amount: Amount
    average_check: Amount | None
    new_amount: Amount
    returning_amount: Amount
    cancelled_amount: Amount


class SalesFiguresOut(BaseModel):
    """`new` are people's first sales, `returning` later ones; `cancelled` were sold in the period
    and taken back since, and count in nothing else. `joined` are wins that are one sale with an
    order. The repeat rate is the share of customers with a returning sale. Gaps are seconds since
    the same person's sale before.
    """

    sales: int
    new: int
    returning: int
    cancelled: int
    joined: int
    customers: int
    returning_customers: int
    repeat_rate: QuotientOut
    gap_p50_seconds: float | None
    gap_p90_seconds: float | None
    money: dict[str, SalesMoneyOut]

    @staticmethod
    def members(figures: SalesFigures) -> Members:
        rate = ratio(figures.returning_customers, figures.customers, "no_customers")
        return {
            "sales": figures.sales,
            "new": figures.new,
            "returning": figures.returning,
            "cancelled": figures.cancelled,
            "joined": figures.joined,
            "customers": figures.customers,
            "returning_customers": figures.returning_customers,
            "repeat_rate": rate._asdict(),
            "gap_p50_seconds": figures.gap_p50,
            "gap_p90_seconds": figures.gap_p90,
            "money": {
                currency: {
                    "priced": money.priced,
                    "amount": money.amount,
                    "average_check": quotient_of(*money.check, currency) if money.priced else None,
                    "new_amount": money.new_amount,
                    "returning_amount": money.returning_amount,
                    "cancelled_amount": money.cancelled_amount,
                }
                for currency, money in sorted(figures.money.items())
            },
        }


class SalesRowOut(Compared[SalesFiguresOut]):
    """`trend`: by currency how the average check differs from that of the part of the period
    before, in a report by day, week or month.
    """

    FIGURES = SalesFiguresOut

    group: MoneyGroupOut
    labels: MoneyLabelsOut
    figures: SalesFiguresOut
    trend: dict[str, QuotientOut]

    @classmethod
    def of(cls, row: SalesRow) -> Self:
        members = SalesFiguresOut.members
        # A row at once: to make each of its members of its own takes twice as long.
        one = cls.model_validate(
            {
                "group": row.group,
                "labels": row.labels,
                "figures": members(row.figures),
                "previous": None if row.previous is None else members(row.previous),
                "changes": None,
                "trend": {name: change._asdict() for name, change in row.trend.items()},
            }
        )
        if one.previous is not None:
            one.changes = changes_of(one.figures, one.previous)
        return one


class SalesOut(BaseModel):
    """`more` groups with the fewest sales were left out. `waiting` is how often something new is
    known of somebody that the report does not tell yet.
    """

    rows: list[SalesRowOut]
    totals: SalesRowOut
    more: int
    waiting: int


class SaleRuleIn(BaseModel):
    """How many hours a win and an order of the same person, amount and currency may lie apart and
    still be one sale; 0: only those of the same moment.
    """

    model_config = ConfigDict(extra="forbid")

    same_sale_hours: Annotated[int, Field(ge=0, le=MOST_HOURS)]


class SaleRuleOut(BaseModel):
    """`recounting`: not all sales follow the rule yet."""

    same_sale_hours: int
    recounting: bool


class SaleOut(BaseModel):
    """A sale: a won lead, an order, or both that are one, with the rule that `joined_by` names.
    `number` counts the person's sales; it is null for one that was taken back.
    """

    model_config = ConfigDict(from_attributes=True)

    sale_id: UUID
    lead_id: UUID | None
    purchase_id: UUID | None
    joined_by: str | None
    at: datetime
    amount: Amount | None
    currency: str | None
    number: int | None


class SalePage(Page[SaleOut]):
    """A page of sales, the latest first. `total`, of the first page, is the number itself."""

    total: int | None = None
