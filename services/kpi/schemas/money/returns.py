"""What sources and campaigns have cost and brought, as it is shown."""

from datetime import date, datetime
from fractions import Fraction
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, PlainSerializer

from services.kpi.domain.paths.segments import DIMENSIONS
from services.kpi.domain.sales import returns
from services.kpi.domain.sales.returns import Figures
from services.kpi.repository.money.inflow import InflowItem
from services.kpi.repository.money.relations import TIMES
from services.kpi.repository.money.spent import SpentItem
from services.kpi.schemas.comparison import Compared, changes_of
from services.kpi.schemas.members import QuotientOut
from services.kpi.schemas.money.groups import MoneyGroupOut, MoneyLabelsOut, among
from services.kpi.use_cases.money.returns import ReturnsItem, ReturnsRow
from shared.contracts.inquiry import Amount
from shared.web.pagination import Page

ReturnsMeasure = Literal["inquiries", "contacts", "target", "leads", "sales", "spend"]
ReturnsGroupBy = Annotated[str, among((*DIMENSIONS, *TIMES))]
# A sale that is credited in parts counts as a fraction of one.
Part = Annotated[Fraction, PlainSerializer(lambda part: round(float(part), 4), return_type=float)]


class ReturnsFiguresOut(BaseModel):
    """`contacts` are the people behind the inquiries; `target` are inquiries of people who had not
    asked before, without spam; `leads` those that opened one. `sales` and `amounts` are what is
    credited; `spend` is null where it is not told by what groups are told apart by. `romi` is
    earned less spent, by spent.
    """

    inquiries: int
    contacts: int
    target: int
    target_share: QuotientOut
    leads: int
    sales: float
    amounts: dict[str, Amount]
    spend: dict[str, Amount] | None
    cost_per_inquiry: QuotientOut
    cost_per_target: QuotientOut
    cost_per_lead: QuotientOut
    cost_per_sale: QuotientOut
    romi: QuotientOut

    @classmethod
    def of(cls, figures: Figures) -> Self:
        costs: dict[str, tuple[int | Fraction, str]] = {
            "cost_per_inquiry": (figures.inquiries, returns.NO_INQUIRIES),
            "cost_per_target": (figures.target, returns.NO_TARGET),
            "cost_per_lead": (figures.leads, returns.NO_LEADS),
            "cost_per_sale": (figures.sales, returns.NO_SALES),
        }
        quotients = {name: returns.cost_per(figures, *cost) for name, cost in costs.items()}
        quotients |= {
            "target_share": returns.target_share(figures),
            "romi": returns.return_on(figures),
        }
        return cls(
            inquiries=figures.inquiries,
            contacts=figures.contacts,
            target=figures.target,
            leads=figures.leads,
            sales=round(float(figures.sales), 4),
            amounts=dict(figures.amounts),
            spend=None if figures.spend is None else dict(figures.spend),
            **{name: QuotientOut.of(quotient) for name, quotient in quotients.items()},
        )


class ReturnsRowOut(Compared[ReturnsFiguresOut]):
    FIGURES = ReturnsFiguresOut

    group: MoneyGroupOut
    labels: MoneyLabelsOut
    figures: ReturnsFiguresOut

    @classmethod
    def of(cls, row: ReturnsRow) -> Self:
        figures = ReturnsFiguresOut.of(row.figures)
        before = None if row.previous is None else ReturnsFiguresOut.of(row.previous)
        return cls(
            group=MoneyGroupOut(**row.group),
            labels=MoneyLabelsOut(**row.labels),
            figures=figures,
            previous=before,
            changes=None if before is None else changes_of(figures, before),
        )


class ReturnsOut(BaseModel):
    """`more` groups with the fewest inquiries were left out. `waiting` is how often something new
    is known of somebody that the report does not tell yet.
    """

    rows: list[ReturnsRowOut]
    totals: ReturnsRowOut
    more: int
    waiting: int


class ReturnsItemOut(BaseModel):
    """What a number counts: an inquiry with the lead it opened, a sale with the share that is
    credited, or a line of spend.
    """

    inquiry_id: UUID | None = None
    contact_id: UUID | None = None
    lead_id: UUID | None = None
    sale_id: UUID | None = None
    purchase_id: UUID | None = None
    spend_id: UUID | None = None
    day: date | None = None
    share: Part | None = None
    amount: Amount | None = None
    currency: str | None = None
    at: datetime | None = None

    model_config = ConfigDict(from_attributes=True, arbitrary_types_allowed=True)


def place(item: ReturnsItem) -> UUID | tuple[datetime, UUID]:
    """By what the items of a page are in order."""
    if isinstance(item, SpentItem):
        return item.spend_id
    return item.at, item.inquiry_id if isinstance(item, InflowItem) else item.sale_id


class ReturnsItemPage(Page[ReturnsItemOut]):
    """A page of what a number counts, the newest first, lines of spend by their ids. `total`, of
    the first page, is the number itself, of sales the sum of their shares; of spend, which counts
    nothing, there is none.
    """

    total: float | None = None
