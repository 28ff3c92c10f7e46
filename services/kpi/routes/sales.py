"""Reports on sources, campaigns and sales, and what their numbers count."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.kpi.domain.attribution import Model
from services.kpi.repository.money.rule import SaleRule, get_rule
from services.kpi.repository.money.sold import Origin
from services.kpi.repository.money.spent import TOLD_BY
from services.kpi.routes.money import CommonOf, IdOrNone, NarrowOf, id_of
from services.kpi.schemas.money.returns import (
    ReturnsGroupBy,
    ReturnsItemOut,
    ReturnsItemPage,
    ReturnsMeasure,
    ReturnsOut,
    ReturnsRowOut,
    identity,
)
from services.kpi.schemas.money.sales import (
    SaleOut,
    SalePage,
    SaleRuleIn,
    SaleRuleOut,
    SalesGroupBy,
    SalesMeasure,
    SalesOut,
    SalesRowOut,
)
from services.kpi.use_cases.money import recount, returns, sales
from services.kpi.use_cases.money.views import MoneyWish
from shared.database import Database, reading, transaction
from shared.errors import InvalidError
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit
from shared.web.pagination import page, uuid_cursor

router = APIRouter(tags=["kpi"], dependencies=[Depends(Allow("supervisor"))])
Compare = Annotated[bool, Query(description="Beside as many days just before")]
Cursor = Annotated[str | None, Query(max_length=200)]


@router.get("/v1/sources")
async def sources(
    database: DatabaseOf,
    common: CommonOf,
    group_by: ReturnsGroupBy = "source",
    attribution: Model = "last_non_direct",
    compare: Compare = False,
) -> ReturnsOut:
    """What inquiries of each source have cost and brought. Inquiries count when they came in, sales
    when they were made, to the inquiries that the model of attribution credits with them.
    """
    return await _returns(database, common.wish(group_by, attribution, compare=compare))


@router.get("/v1/campaigns")
async def campaigns(
    database: DatabaseOf,
    common: CommonOf,
    group_by: ReturnsGroupBy = "ad_channel,campaign",
    attribution: Model = "last_non_direct",
    compare: Compare = False,
) -> ReturnsOut:
    """As `GET /v1/sources`, by advertising channel and campaign."""
    return await _returns(database, common.wish(group_by, attribution, compare=compare))


async def _returns(database: Database, wish: MoneyWish) -> ReturnsOut:
    async with transaction(database) as session:
        report = await returns.show_returns(session, wish)
    return ReturnsOut(
        rows=[ReturnsRowOut.of(row) for row in report.rows],
        totals=ReturnsRowOut.of(report.totals),
        more=report.more,
    )


@router.get("/v1/sources/items")
async def source_items(
    *,
    database: DatabaseOf,
    common: CommonOf,
    narrow: NarrowOf,
    measure: ReturnsMeasure,
    attribution: Model = "last_non_direct",
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> ReturnsItemPage:
    """What a number of `GET /v1/sources` or `GET /v1/campaigns` counts: inquiries, sales with the
    share that is credited, or lines of spend. A part of the period is asked for by `from` and `to`.
    """
    conditions = narrow.conditions()
    if measure == "spend" and (wrong := [name for name, _ in conditions if name not in TOLD_BY]):
        raise InvalidError(
            "Spend is not told by this.", errors=[(f"/{name}", "tells no spend") for name in wrong]
        )
    after = uuid_cursor(cursor)
    async with transaction(database) as session:
        items = await returns.list_behind(
            session,
            common.wish("", attribution),
            measure,
            conditions,
            after=after,
            limit=limit + 1,
        )
    window = page(items, limit=limit, key=identity)
    return ReturnsItemPage(
        items=[ReturnsItemOut.model_validate(item) for item in window.items],
        next_cursor=window.next_cursor,
    )


@router.get("/v1/sales")
async def show_sales(
    database: DatabaseOf,
    common: CommonOf,
    group_by: SalesGroupBy = "month",
    attribution: Origin = "last_non_direct",
    compare: Compare = False,
) -> SalesOut:
    """Sales and repeat sales, by when they were made. Source, channel and campaign are those of the
    inquiry that `attribution` names, region and product the order's own where it has them; the
    manager is who won the lead.
    """
    wish = common.wish(group_by, attribution, compare=compare)
    async with transaction(database) as session:
        report = await sales.show_sales(session, wish, attribution)
    return SalesOut(
        rows=[SalesRowOut.of(row) for row in report.rows],
        totals=SalesRowOut.of(report.totals),
        more=report.more,
    )


@router.get("/v1/sales/rule")
async def show_rule(database: DatabaseOf) -> SaleRuleOut:
    """When a win and an order are one sale."""
    async with reading(database) as session:
        return _rule(await get_rule(session))


@router.put("/v1/sales/rule")
async def put_rule(body: SaleRuleIn, database: DatabaseOf) -> SaleRuleOut:
    """Change when a win and an order are one sale; all sales are counted again by it."""
    async with transaction(database) as session:
        return _rule(await recount.put_rule(session, body.same_sale_hours))


def _rule(rule: SaleRule) -> SaleRuleOut:
    return SaleRuleOut(same_sale_hours=rule.same_sale_hours, recounting=rule.counted_to is not None)


@router.get("/v1/sales/items")
async def sale_items(
    *,
    database: DatabaseOf,
    common: CommonOf,
    narrow: NarrowOf,
    measure: SalesMeasure = "sales",
    manager: IdOrNone = None,
    attribution: Origin = "last_non_direct",
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> SalePage:
    """The sales that a number of `GET /v1/sales` counts, with their leads and orders; `joined`
    those of which a win and an order were taken for one.
    """
    conditions = narrow.conditions()
    if manager is not None:
        conditions.append(("manager", id_of("manager", manager)))
    after = uuid_cursor(cursor)
    async with transaction(database) as session:
        items = await sales.list_sales(
            session,
            common.wish("", attribution),
            measure,
            conditions,
            attribution,
            after=after,
            limit=limit + 1,
        )
    window = page(items, limit=limit, key=lambda item: item.sale_id)
    return SalePage(
        items=[SaleOut.model_validate(item) for item in window.items],
        next_cursor=window.next_cursor,
    )
