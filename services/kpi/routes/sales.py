"""Reports on sources, campaigns and sales."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from services.kpi.domain.attribution import Model
from services.kpi.domain.exports.about import About
from services.kpi.repository.money.rule import SaleRule, get_rule
from services.kpi.repository.money.sold import Origin
from services.kpi.routes.exports import TABLES, FormOf
from services.kpi.routes.money import Common, CommonOf
from services.kpi.schemas.comparison import Compare
from services.kpi.schemas.money.returns import (
    ReturnsGroupBy,
    ReturnsOut,
    ReturnsRowOut,
)
from services.kpi.schemas.money.sales import (
    SaleRuleIn,
    SaleRuleOut,
    SalesGroupBy,
    SalesOut,
    SalesRowOut,
)
from services.kpi.use_cases.money import recount, returns, sales
from services.kpi.use_cases.money.views import MoneyWish
from shared.database import Database, reading, transaction
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf, Now
from shared.web.tokens import Caller

MAY_COUNT = Allow("supervisor")
router = APIRouter(tags=["kpi"], dependencies=[Depends(MAY_COUNT)])
Head = Annotated[Caller, Depends(MAY_COUNT)]
Beside = Annotated[
    Compare | None, Query(alias="compare", description="beside as many days just before the period")
]


@router.get(
    "/v1/sources", response_model=ReturnsOut, responses=TABLES, response_model_exclude_unset=True
)
async def sources(  # noqa: PLR0917  FastAPI passes by name
    database: DatabaseOf,
    form: FormOf,
    common: CommonOf,
    group_by: ReturnsGroupBy = "source",
    attribution: Model = "last_non_direct",
    compare: Beside = None,
) -> ReturnsOut | Response:
    """What inquiries of each source have cost and brought. Inquiries count when they came in, sales
    when they were made, to the inquiries that the model of attribution credits with them.
    """
    report = await _returns(database, common.wish(group_by, attribution, compare=compare))
    note = _note(common, "sources", report, group_by=group_by, attribution=attribution)
    return await form.answer(report, note, report.rows, report.totals)


@router.get(
    "/v1/campaigns", response_model=ReturnsOut, responses=TABLES, response_model_exclude_unset=True
)
async def campaigns(  # noqa: PLR0917  FastAPI passes by name
    database: DatabaseOf,
    form: FormOf,
    common: CommonOf,
    group_by: ReturnsGroupBy = "ad_channel,campaign",
    attribution: Model = "last_non_direct",
    compare: Beside = None,
) -> ReturnsOut | Response:
    """As `GET /v1/sources`, by advertising channel and campaign."""
    report = await _returns(database, common.wish(group_by, attribution, compare=compare))
    note = _note(common, "campaigns", report, group_by=group_by, attribution=attribution)
    return await form.answer(report, note, report.rows, report.totals)


async def _returns(database: Database, wish: MoneyWish) -> ReturnsOut:
    async with transaction(database) as session:
        report = await returns.show_returns(session, wish)
    return ReturnsOut(
        rows=[ReturnsRowOut.of(row) for row in report.rows],
        totals=ReturnsRowOut.of(report.totals),
        more=report.more,
        waiting=report.waiting,
    )


def _note(common: Common, name: str, report: ReturnsOut | SalesOut, **choices: object) -> About:
    return common.about(name, **choices, more=report.more or None)


@router.get(
    "/v1/sales", response_model=SalesOut, responses=TABLES, response_model_exclude_unset=True
)
async def show_sales(  # noqa: PLR0917  FastAPI passes by name
    database: DatabaseOf,
    form: FormOf,
    common: CommonOf,
    group_by: SalesGroupBy = "month",
    attribution: Origin = "last_non_direct",
    compare: Beside = None,
) -> SalesOut | Response:
    """Sales and repeat sales, by when they were made. Source, channel and campaign are those of the
    inquiry that `attribution` names, region and product the order's own where it has them; the
    manager is who won the lead.
    """
    wish = common.wish(group_by, attribution, compare=compare)
    async with transaction(database) as session:
        report = await sales.show_sales(session, wish, attribution)
    answer = SalesOut(
        rows=[SalesRowOut.of(row) for row in report.rows],
        totals=SalesRowOut.of(report.totals),
        more=report.more,
        waiting=report.waiting,
    )
    note = _note(common, "sales", answer, group_by=group_by, attribution=attribution)
    return await form.answer(answer, note, answer.rows, answer.totals)


@router.get("/v1/sales/rule")
async def show_rule(database: DatabaseOf) -> SaleRuleOut:
    """When a win and an order are one sale."""
    async with reading(database) as session:
        return _rule(await get_rule(session))


@router.put("/v1/sales/rule")
async def put_rule(caller: Head, body: SaleRuleIn, database: DatabaseOf, now: Now) -> SaleRuleOut:
    """Change when a win and an order are one sale; all sales are counted again by it, and cards of
    history follow.
    """
    async with transaction(database) as session:
        rule = await recount.put_rule(session, body.same_sale_hours, actor=caller.actor, now=now)
    return _rule(rule)


def _rule(rule: SaleRule) -> SaleRuleOut:
    return SaleRuleOut(same_sale_hours=rule.same_sale_hours, recounting=rule.counted_to is not None)
