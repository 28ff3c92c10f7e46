"""Who buys again: segments, customers, cohorts, and what is bought next."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import attrgetter
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from services.kpi.domain.exports.about import About
from services.kpi.domain.loyalty.customers import Chosen, Customer, CustomerFilter
from services.kpi.domain.loyalty.segments import Name
from services.kpi.routes.exports import TABLES, FormOf
from services.kpi.routes.periods import KnownOnOf, PeriodOf
from services.kpi.schemas.fields import AskedCurrency, Day
from services.kpi.schemas.loyalty.customers import (
    CohortsOut,
    CustomerOut,
    CustomerPage,
    LoyaltyOut,
    NextProductsOut,
)
from services.kpi.use_cases.loyalty import customers
from services.kpi.use_cases.money.views import MoneyWish
from shared.database import Session, transaction
from shared.text import Text
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import page, uuid_cursor

router = APIRouter(tags=["loyalty"], dependencies=[Depends(Allow("supervisor"))])
_Product = Annotated[Text, Query(min_length=1, max_length=500)]
_Month = Annotated[Day, Query(description="The first day of a month")]
_ID_OF: Final = attrgetter("contact_id")
CurrencyOf = Annotated[
    AskedCurrency | None, Query(description="Of money; that of the most sales if not said")
]


@dataclass(frozen=True, slots=True)
class Sold:
    """Of which sales a report tells."""

    days: PeriodOf
    known_on: KnownOnOf

    def wish(self) -> MoneyWish:
        return MoneyWish(self.days, [], "last_non_direct", 90, self.known_on)

    def about(self, name: str, **choices: object) -> About:
        return About(name, self.days, self.known_on, choices)


SoldOf = Annotated[Sold, Depends()]


@dataclass(frozen=True, slots=True)
class Which:
    """Which customers are listed: those of whom all is true."""

    segment: Name | None = None
    sleeping: bool | None = None
    product: _Product | None = None
    also: _Product | None = None
    without: _Product | None = None
    cohort: _Month | None = None
    bought_in: _Month | None = None

    def criteria(self) -> CustomerFilter:
        """Raises InvalidError."""
        return customers.require_months(CustomerFilter(**self.named()))

    def named(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in CustomerFilter.__dataclass_fields__}


WhichOf = Annotated[Which, Depends()]


@router.get("/v1/loyalty", response_model=LoyaltyOut, responses=TABLES)
async def show_loyalty(
    *, database: DatabaseOf, form: FormOf, now: Now, sold: SoldOf, currency: CurrencyOf = None
) -> LoyaltyOut | Response:
    """The customers of the period by segments of recency and frequency, with the money they left
    and how many of them sleep; their sales and repeat sales by month.
    """
    async with transaction(database) as session:
        report = await customers.show_loyalty(session, sold.wish(), currency, now)
    answer = LoyaltyOut.of(report)
    note = sold.about("loyalty", currency=answer.currency)
    return await form.answer(answer, note, answer.rows, answer.all)


@router.get("/v1/loyalty/customers", response_model=CustomerPage, responses=TABLES)
async def list_customers(
    *,
    database: DatabaseOf,
    form: FormOf,
    now: Now,
    sold: SoldOf,
    which: WhichOf,
    currency: CurrencyOf = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Limit = LIMIT_DEFAULT,
) -> CustomerPage | Response:
    """The customers that a number of the other reports counts, by the ids of their contacts: their
    scores, their usual time between sales, and whether they sleep.
    """
    criteria, wish = which.criteria(), sold.wish()

    async def choose(session: Session, after: UUID | None, number: int) -> Chosen:
        return await customers.list_customers(
            session, wish, criteria, currency, now=now, after=after, limit=number
        )

    async def read(session: Session, after: UUID | None, number: int) -> Sequence[Customer]:
        return (await choose(session, after, number)).customers

    if form.is_table:
        note = sold.about("customers", **which.named(), currency=currency)
        return await form.table(
            database, note, CustomerOut, read, show=CustomerOut.of, place=_ID_OF
        )
    after = uuid_cursor(cursor)
    async with transaction(database) as session:
        chosen = await choose(session, after, limit + 1)
    window = page(chosen.customers, limit=limit, key=_ID_OF)
    return CustomerPage(
        items=[CustomerOut.of(item) for item in window.items],
        next_cursor=window.next_cursor,
        total=chosen.total if after is None else None,
    )


@router.get("/v1/loyalty/retention", response_model=CohortsOut, responses=TABLES)
async def show_retention(
    database: DatabaseOf, form: FormOf, now: Now, sold: SoldOf
) -> CohortsOut | Response:
    """Of those whose first sale lies in a month, how many bought again in each month after it."""
    async with transaction(database) as session:
        answer = CohortsOut.of(await customers.show_cohorts(session, sold.wish(), now))
    return await form.answer(answer, sold.about("retention"), answer.rows)


@router.get("/v1/loyalty/next-products", response_model=NextProductsOut, responses=TABLES)
async def show_next_products(
    *,
    database: DatabaseOf,
    form: FormOf,
    sold: SoldOf,
    least_support: Annotated[float, Query(ge=0, le=1, description="A share of all buyers")] = 0.01,
    product: _Product | None = None,
) -> NextProductsOut | Response:
    """What is bought by those who bought a product. Pairs of few people are never told."""
    support = Fraction(str(least_support))
    async with transaction(database) as session:
        rules = await customers.show_next_products(session, sold.wish(), support, product)
    answer = NextProductsOut.of(rules)
    note = sold.about("next-products", least_support=least_support, product=product)
    return await form.answer(answer, note, answer.rows)
