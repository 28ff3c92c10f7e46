"""Budgets of advertising: told, taken from tables, set beside the fact; and advice on them."""

from functools import partial
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from services.kpi.domain.attribution import Model
from services.kpi.domain.exports.about import About
from services.kpi.domain.marketing.budget import BudgetWish, read_budget
from services.kpi.domain.months import following
from services.kpi.domain.periods import PeriodError
from services.kpi.repository.marketing.budget import BUDGET
from services.kpi.routes.exports import TABLES, FormOf
from services.kpi.routes.lines import TABLE_FILE, read_body, record_table
from services.kpi.routes.money import CommonOf
from services.kpi.routes.periods import refused
from services.kpi.routes.versions import VersionsOf
from services.kpi.schemas.fields import MONTH_PATTERN, Currency, first_day
from services.kpi.schemas.marketing.advice import AdviceOut
from services.kpi.schemas.marketing.budget import (
    BudgetLinesIn,
    BudgetOut,
    BudgetSummaryOut,
    BudgetTableOptions,
    BudgetTableOut,
    BudgetVersionOut,
)
from services.kpi.schemas.spend import Name
from services.kpi.settings import Settings
from services.kpi.use_cases.lines import get_versions
from services.kpi.use_cases.marketing import advice, budget
from services.kpi.use_cases.marketing.advice import Result
from shared.database import reading, transaction
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf, Now
from shared.web.pagination import LINKED
from shared.web.tokens import Caller

MAY_PLAN = Allow("supervisor")
Planner = Annotated[Caller, Depends(MAY_PLAN)]
router = APIRouter(tags=["marketing"], dependencies=[Depends(MAY_PLAN)])
_Month = Annotated[str, Query(pattern=MONTH_PATTERN, description="as in 2026-03")]


@router.put("/v1/marketing/budget")
async def put_budget(
    body: BudgetLinesIn, database: DatabaseOf, now: Now, caller: Planner
) -> BudgetSummaryOut:
    """Plan, correct or take back what may be spent; the same lines again change nothing. A
    correction is a new version with its author and time.
    """
    lines = [item.line() for item in body.lines]
    async with transaction(database) as session:
        summary = await budget.put_budget(
            session, lines, author=caller.actor, now=now, dry_run=False
        )
    return BudgetSummaryOut.of(summary)


@router.post("/v1/marketing/budget/tables", openapi_extra=TABLE_FILE)
async def put_budget_table(
    request: Request,
    database: DatabaseOf,
    now: Now,
    caller: Planner,
    options: Annotated[BudgetTableOptions, Query()],
) -> BudgetTableOut:
    """Plan by a table in CSV (month, channel, amount, and currency where it differs): all of it, or
    nothing when a row has a fault (422 names rows and columns). With `dry_run` the faults are shown
    instead.
    """
    wish = options.wish(BudgetWish)
    table = await read_body(request, options, lambda text: read_budget(text, wish))
    put = partial(budget.put_budget, author=caller.actor, now=now, dry_run=options.dry_run)
    summary = await record_table(database, table, put, dry_run=options.dry_run)
    return BudgetTableOut.of_table(table, summary, dry_run=options.dry_run)


@router.get("/v1/marketing/budget", response_model=BudgetOut, responses=TABLES)
async def show_budget(
    *,
    request: Request,
    database: DatabaseOf,
    form: FormOf,
    now: Now,
    from_month: _Month,
    to_month: Annotated[
        str, Query(pattern=MONTH_PATTERN, description="The last month, itself included")
    ],
) -> BudgetOut | Response:
    """Plan and fact by month, channel and currency. Of the current month `due_by_now` is the part
    of the plan that falls to the days that are over, by the company's time zone.
    """
    if to_month < from_month:
        raise refused(PeriodError("to_month", "lies before `from_month`"))
    settings: Settings = request.app.state.settings
    today = now.astimezone(ZoneInfo(settings.time_zone)).date()
    async with transaction(database) as session:
        report = await budget.show_budget(
            session, first_day(from_month), following(first_day(to_month)), today
        )
    answer = BudgetOut.of(report)
    return await form.answer(
        answer, About("budget", choices={"more": answer.more or None}), answer.rows
    )


@router.get("/v1/marketing/budget/versions", responses=LINKED)
async def show_budget_versions(
    database: DatabaseOf,
    pages: VersionsOf,
    month: _Month,
    currency: Annotated[Currency, Query()],
    ad_channel: Annotated[Name, Query()] = "",
) -> list[BudgetVersionOut]:
    """The versions of one budget, the latest first: who told what, and when."""
    async with reading(database) as session:
        versions = await get_versions(
            session, BUDGET, (first_day(month), ad_channel, currency), pages.part
        )
    return [BudgetVersionOut.of(version) for version in pages.page(versions)]


@router.get("/v1/marketing/advice", response_model=AdviceOut, responses=TABLES)
async def show_advice(
    *,
    database: DatabaseOf,
    form: FormOf,
    now: Now,
    common: CommonOf,
    result: Result = "target",
    attribution: Model = "last_non_direct",
    currency: Annotated[Currency | None, Query()] = None,
    seed: Annotated[int, Query(ge=0, le=2**31, description="Of the draws behind intervals")] = 1,
) -> AdviceOut | Response:
    """How the spend of the last month would best lie on the channels, the total being the same.
    Months that the period cuts, or that are not over, do not count.
    """
    wish = common.wish("month,ad_channel", attribution)
    proposal = await advice.show_advice(database, wish, result, currency, seed=seed, now=now)
    answer = AdviceOut.of(proposal)
    note = common.about(
        "budget-advice", result=result, attribution=attribution, currency=answer.currency
    )
    return await form.answer(answer, note, answer.rows)
