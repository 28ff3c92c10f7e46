"""Managers' load over days of a time zone."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from services.kpi.routes.exports import TABLES, FormOf
from services.kpi.routes.periods import ViewOf, about
from services.kpi.routes.reports import MAY_READ_FIGURES, MAY_READ_OWN_FIGURES
from services.kpi.schemas.load import CompanyLoadOut, LoadOut, LoadStep, table_rows
from services.kpi.use_cases import load as use_cases
from shared.database import transaction
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import encode_cursor, uuid_cursor
from shared.web.tokens import Caller

router = APIRouter(tags=["kpi"])
StepOf = Annotated[LoadStep, Query(description="by which the period is told")]


@router.get("/v1/managers/load", response_model=LoadOut, responses=TABLES)
async def managers_load(
    *,
    caller: Annotated[Caller, MAY_READ_OWN_FIGURES],
    database: DatabaseOf,
    form: FormOf,
    view: ViewOf,
    now: Now,
    step: StepOf = "day",
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Limit = LIMIT_DEFAULT,
) -> LoadOut | Response:
    """How many leads each manager held over time, against the capacity of that time, and how long
    they were present and on shift. A manager sees the own row. A table has a page of managers.
    """
    after = uuid_cursor(cursor)
    async with transaction(database) as session:
        report = await use_cases.show_load(
            session, view, step, only=caller.manager_id, after=after, limit=limit, now=now
        )
    managers = report.managers
    is_full = caller.manager_id is None and len(managers) == limit
    next_cursor = encode_cursor(managers[-1].manager_id) if is_full else None
    answer = LoadOut.of(report, next_cursor=next_cursor)
    rows = [
        row
        for item in answer.rows
        for row in table_rows(
            answer.steps, item.figures, manager_id=item.manager_id, name=item.name
        )
    ]
    return await form.answer(answer, about("managers-load", view, step=step), rows)


@router.get(
    "/v1/managers/load/company",
    dependencies=[MAY_READ_FIGURES],
    response_model=CompanyLoadOut,
    responses=TABLES,
)
async def company_load(
    database: DatabaseOf, form: FormOf, view: ViewOf, now: Now, step: StepOf = "day"
) -> CompanyLoadOut | Response:
    """The load of all managers together."""
    async with transaction(database) as session:
        steps, figures = await use_cases.show_company_load(session, view, step, now=now)
    answer = CompanyLoadOut.of(steps, figures)
    rows = table_rows(answer.steps, answer.figures)
    return await form.answer(answer, about("company-load", view, step=step), rows)
