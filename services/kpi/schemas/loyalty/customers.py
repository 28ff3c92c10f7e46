"""Segments, customers, cohorts and next products as they are shown."""

from datetime import date, datetime
from fractions import Fraction
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel

from services.kpi.domain.loyalty.association import Rule
from services.kpi.domain.loyalty.customers import Customer
from services.kpi.domain.loyalty.segments import Name, segment_of
from services.kpi.domain.sales.returns import money_of, ratio
from services.kpi.schemas.members import QuotientOut
from services.kpi.schemas.money.sales import SalesRowOut
from services.kpi.use_cases.loyalty.customers import Association, Cohort, Loyalty, Segment
from shared.contracts.inquiry import Amount
from shared.web.pagination import Page

DAY_SECONDS = 86_400


class SegmentOut(BaseModel):
    """`amount` and `average_check` are of sales in the report's currency. `segment` is null in the
    row of all.
    """

    segment: Name | None
    customers: int
    customers_share: QuotientOut
    sleeping: int
    sales: int
    amount: Amount
    average_check: Amount | None

    @classmethod
    def of(cls, name: Name | None, segment: Segment, whole: Segment, currency: str | None) -> Self:
        check = None
        if segment.priced and currency is not None:
            check = money_of(Fraction(segment.amount) / segment.priced, currency)
        return cls(
            segment=name,
            customers=segment.customers,
            customers_share=QuotientOut.of(
                ratio(segment.customers, whole.customers, "no_customers")
            ),
            sleeping=segment.sleeping,
            sales=segment.sales,
            amount=segment.amount,
            average_check=check,
        )


class LoyaltyOut(BaseModel):
    """`missing` says why there are no segments. `months` and `totals` are sales and repeat sales as
    `GET /v1/sales` gives them, with the trend of the average check; `waiting` as there.
    """

    currency: str | None
    rows: list[SegmentOut]
    all: SegmentOut
    missing: Literal["too_few_customers"] | None
    months: list[SalesRowOut]
    totals: SalesRowOut
    waiting: int

    @classmethod
    def of(cls, report: Loyalty) -> Self:
        whole, currency = report.all, report.currency
        return cls(
            currency=currency,
            rows=[
                SegmentOut.of(name, segment, whole, currency)
                for name, segment in report.segments.items()
            ],
            all=SegmentOut.of(None, whole, whole, currency),
            missing=None if report.segments else "too_few_customers",
            months=[SalesRowOut.of(row) for row in report.sales.rows],
            totals=SalesRowOut.of(report.sales.totals),
            waiting=report.sales.waiting,
        )


class CustomerOut(BaseModel):
    """A person, by the id of their contact. `usual_days`: the median between their own sales.
    `limit_days`: after how long without a sale they sleep, by their own sales or by everybody's.
    Scores are from 1 to 5, and null where there are too few customers for fifths.
    """

    contact_id: UUID
    segment: Name | None
    recency: int | None
    frequency: int | None
    money: int | None
    sales: int
    last_at: datetime
    amount: Amount
    usual_days: float | None
    limit_days: float | None
    limit_by: Literal["own", "all"] | None
    is_sleeping: bool

    @classmethod
    def of(cls, item: Customer) -> Self:
        has = item.is_scored
        by: Literal["own", "all"] = "own" if item.is_own else "all"
        return cls(
            contact_id=item.contact_id,
            segment=segment_of(item.recency, item.frequency) if has else None,
            recency=item.recency if has else None,
            frequency=item.frequency if has else None,
            money=item.money if has else None,
            sales=item.sales,
            last_at=item.last_at,
            amount=item.amount,
            usual_days=_days(item.usual),
            limit_days=_days(item.limit_seconds),
            limit_by=None if item.limit_seconds is None else by,
            is_sleeping=item.is_sleeping,
        )


def _days(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / DAY_SECONDS, 2)


class CustomerPage(Page[CustomerOut]):
    """The highest id first. `total`, of the first page, is how many there are."""

    total: int | None = None


class CohortReturnOut(BaseModel):
    """One cohort in one month. `age`: how many months after the first sale's; `is_whole` is false
    where that month is not over, or is cut by the period.
    """

    cohort: date
    cohort_customers: int
    cohort_is_whole: bool
    age: int
    month: date
    customers: int
    retained: QuotientOut
    is_whole: bool


class CohortsOut(BaseModel):
    """A row for each cohort and month from its own on; the first has everybody."""

    rows: list[CohortReturnOut]

    @classmethod
    def of(cls, cohorts: list[Cohort]) -> Self:
        return cls(rows=[row for cohort in cohorts for row in _returns(cohort)])


def _returns(cohort: Cohort) -> list[CohortReturnOut]:
    months = [(0, cohort.month, cohort.customers, cohort.is_whole)]
    months += [(one.age, one.month, one.customers, one.is_whole) for one in cohort.returns]
    return [
        CohortReturnOut(
            cohort=cohort.month,
            cohort_customers=cohort.customers,
            cohort_is_whole=cohort.is_whole,
            age=age,
            month=month,
            customers=customers,
            retained=QuotientOut.of(ratio(customers, cohort.customers, "no_customers")),
            is_whole=is_whole,
        )
        for age, month, customers, is_whole in months
    ]


class NextProductOut(BaseModel):
    """Of those who bought `product`, the share `confidence` bought `next_product`: `lift` times the
    share among all buyers. `people` bought both, the share `support` of all buyers.
    """

    product: str
    next_product: str
    people: int
    support: float
    confidence: float
    lift: float

    @classmethod
    def of(cls, rule: Rule) -> Self:
        numbers = {name: getattr(rule, name) for name in ("support", "confidence", "lift")}
        return cls(
            product=rule.product,
            next_product=rule.next_product,
            people=rule.people,
            **{name: round(float(value), 4) for name, value in numbers.items()},
        )


class NextProductsOut(BaseModel):
    """Rules, the highest lift first; `people` bought something that has a name; `more` rules of the
    lowest lift were left out.
    """

    people: int
    rows: list[NextProductOut]
    more: int

    @classmethod
    def of(cls, association: Association) -> Self:
        rules = [NextProductOut.of(rule) for rule in association.rules]
        return cls(people=association.people, rows=rules, more=association.more)
