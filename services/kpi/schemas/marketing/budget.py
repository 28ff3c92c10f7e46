"""Budgets as they are told and shown, beside what was spent."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field

from services.kpi.domain.lines.versions import LineVersion
from services.kpi.domain.marketing.budget import BudgetLine
from services.kpi.domain.months import name_of_month
from services.kpi.schemas.fields import Currency, Month, first_day
from services.kpi.schemas.lines import SummaryOut, TableFaultOut, TableOptions
from services.kpi.schemas.members import QuotientOut
from services.kpi.schemas.spend import Name, Spent
from services.kpi.use_cases.marketing.budget import BudgetReport, BudgetRow
from shared.contracts.inquiry import Amount
from shared.web.fields import Body

MOST_LINES = 1000


class BudgetLineIn(Body):
    """What may be spent in a month on an advertising channel, by the name that links have for it
    (`utm_source`); empty: on what has none. Without an amount the budget is taken back.
    """

    month: Month
    ad_channel: Name = ""
    currency: Currency
    amount: Spent | None

    def line(self) -> BudgetLine:
        return BudgetLine(first_day(self.month), self.ad_channel, self.currency, self.amount)


class BudgetLinesIn(Body):
    lines: Annotated[list[BudgetLineIn], Field(min_length=1, max_length=MOST_LINES)]


class BudgetSummaryOut(SummaryOut):
    """Lines that were new, corrected, or as they had been; and the sum of all by currency."""

    totals: dict[str, Amount]


class BudgetFaultOut(TableFaultOut):
    __doc__ = TableFaultOut.__doc__


class BudgetTableOut(BudgetSummaryOut):
    """What a table holds, and what of it was written: nothing while it has faults."""

    dry_run: bool
    faults: list[BudgetFaultOut]
    fault_count: int


class BudgetTableOptions(TableOptions):
    """How a table of budgets is read; the currency stands for a column that it has not."""

    currency: Currency | None = None


class BudgetRowOut(BaseModel):
    """`due_by_now` is the plan's part for the days that are over; `difference` is what was spent
    less the plan, and `used` what was spent by the plan. Where nothing was planned these are null.
    """

    month: str
    ad_channel: str
    currency: str
    planned: Amount | None
    spent: Amount
    due_by_now: Amount | None
    difference: Amount | None
    used: QuotientOut

    @classmethod
    def of(cls, row: BudgetRow) -> Self:
        state = row.state
        return cls(
            month=name_of_month(row.month),
            ad_channel=row.ad_channel,
            currency=row.currency,
            planned=state.planned,
            spent=state.spent,
            due_by_now=state.due,
            difference=state.difference,
            used=QuotientOut.of(state.used),
        )


class BudgetTotalOut(BaseModel):
    """What all months and channels come to, in one currency."""

    planned: Amount
    spent: Amount
    due_by_now: Amount


class BudgetOut(BaseModel):
    """`totals` by currency are of all; `more` rows of the latest months were left out."""

    rows: list[BudgetRowOut]
    totals: dict[str, BudgetTotalOut]
    more: int

    @classmethod
    def of(cls, report: BudgetReport) -> Self:
        return cls(
            rows=[BudgetRowOut.of(row) for row in report.rows],
            totals={
                currency: BudgetTotalOut(
                    planned=total.planned, spent=total.spent, due_by_now=total.due
                )
                for currency, total in sorted(report.totals.items())
            },
            more=report.more,
        )


class BudgetVersionOut(BaseModel):
    """`amount` is null in a version that takes back."""

    month: str
    ad_channel: str
    currency: str
    version: int
    amount: Amount | None
    author: str
    recorded_at: datetime

    @classmethod
    def of(cls, version: LineVersion[BudgetLine]) -> Self:
        month = name_of_month(version.line.month)
        return cls.model_validate({**version.fields(), "month": month, "amount": version.value})
