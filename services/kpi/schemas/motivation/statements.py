"""Statements of pay as they are shown: payouts, the lines behind them, and their sales."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel

from services.kpi.domain.months import name_of_month
from services.kpi.domain.motivation.explained import Part
from services.kpi.domain.motivation.nearest import NextBand
from services.kpi.domain.motivation.statements import Line
from services.kpi.domain.motivation.wording import hint_of, label_of
from services.kpi.domain.periods import Period
from services.kpi.schemas.fields import Month, shown
from services.kpi.use_cases.motivation.statements import PayStatement
from shared.contracts.inquiry import Amount
from shared.web.fields import Body
from shared.web.pagination import Page

Kind = Literal["base", "personal", "company", "group", "floor", "cap", "claw_back", "late_sales"]


class CloseIn(Body):
    month: Month


class NextBandOut(BaseModel):
    """The next band begins at the attainment `begins`, `short` of it is lacking: so many more
    `sales` of the own average check (null: there is none). The month then pays `adds` more.
    """

    begins: Amount
    short: Amount
    sales: int | None
    adds: Amount
    hint: str

    @classmethod
    def of(cls, item: NextBand, language: str) -> Self:
        return cls(
            begins=item.begins,
            short=shown(item.short),
            sales=item.sales,
            adds=item.adds,
            hint=hint_of(item, language),
        )


class StatementRowOut(BaseModel):
    """What a manager is paid for a month; `closed_at` is null while it still changes. `result`,
    `plan` and `attainment` are of the personal plan; `other_currencies` counts sales that the
    scheme does not, since it pays in another currency. `worked` is the part of the month's working
    time that the manager was here, by which the base and the floor are paid.
    """

    month: str
    manager_id: UUID
    name: str | None
    scheme_id: UUID
    version: int
    scheme: str
    result: Amount | None
    plan: Amount | None
    attainment: Amount | None
    company_attainment: Amount | None
    other_currencies: int
    worked: Amount
    next_band: NextBandOut | None
    payout: Amount
    currency: str
    closed_at: datetime | None

    @classmethod
    def of(cls, item: PayStatement, language: str) -> Self:
        return cls(
            month=name_of_month(item.month),
            manager_id=item.manager_id,
            name=item.name,
            scheme_id=item.scheme.scheme_id,
            version=item.scheme.version,
            scheme=item.scheme.name,
            result=shown(item.result),
            plan=item.facts.target,
            attainment=shown(item.attainment),
            company_attainment=shown(item.facts.company),
            other_currencies=item.facts.other_currencies,
            worked=shown(item.facts.worked) or Decimal(0),
            next_band=None if item.nearest is None else NextBandOut.of(item.nearest, language),
            payout=item.statement.payout,
            currency=item.facts.currency,
            closed_at=item.closed_at,
        )


class StatementPage(Page[StatementRowOut]):
    """`managers_since` is the day from which on managers are known, null while none is. Of a month
    that was over before, nobody tells who was here: then `sellers_only` is true, and only those are
    listed who sold something, or whose closed months have changed.
    """

    managers_since: date | None
    sellers_only: bool

    @classmethod
    def of(
        cls, window: Page[PayStatement], month: Period, since: datetime | None, language: str
    ) -> Self:
        return cls(
            items=[StatementRowOut.of(item, language) for item in window.items],
            next_cursor=window.next_cursor,
            managers_since=None if since is None else since.astimezone(month.zone).date(),
            sellers_only=since is None or month.ends_at <= since,
        )


class LineOut(BaseModel):
    """`amount` is what `formula` makes of `inputs`, in whole units of the currency; `missing` says
    what a plan's bonus lacks. A correction is about an earlier `month`.
    """

    line: int
    kind: Kind
    label: str
    product_group: str | None
    month: str | None
    formula: str
    inputs: dict[str, Amount]
    missing: Literal["no_target", "no_company_target"] | None
    amount: Amount

    @classmethod
    def of(cls, number: int, line: Line, language: str) -> Self:
        return cls(
            line=number,
            kind=line.kind,
            label=label_of(line.kind, language, line.group),
            product_group=line.group,
            month=None if line.month is None else name_of_month(line.month),
            formula=line.formula,
            inputs={name: shown(value) for name, value in line.inputs.items()},
            missing=line.missing,
            amount=line.amount,
        )


class PayoutOut(BaseModel):
    amount: Amount


class StatementOut(StatementRowOut):
    """With the lines that add up to the payout."""

    lines: list[LineOut]

    @classmethod
    def of(cls, item: PayStatement, language: str) -> Self:
        row = StatementRowOut.of(item, language)
        lines = [
            LineOut.of(number, line, language)
            for number, line in enumerate(item.statement.lines, start=1)
        ]
        return cls(**dict(row), lines=lines)


class LineSaleOut(BaseModel):
    """What of a line's amount comes of a sale, and what the sale comes to."""

    sale_id: UUID
    lead_id: UUID | None
    product: str | None
    sold: Amount
    amount: Amount

    @classmethod
    def of(cls, part: Part) -> Self:
        return cls(
            sale_id=part.sale.sale_id,
            lead_id=part.sale.lead_id,
            product=part.sale.product or None,
            sold=part.sale.amount,
            amount=part.amount,
        )
