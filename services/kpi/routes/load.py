"""Managers' load over days of a time zone, and what its numbers count."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from services.kpi.routes.exports import TABLES, FormOf
from services.kpi.routes.periods import BeforeOf, ViewOf, about
from services.kpi.routes.reports import MAY_READ_FIGURES, MAY_READ_OWN_FIGURES
from services.kpi.routes.slices import SliceOf
from services.kpi.schemas.load import CompanyLoadOut, LoadOut, LoadRowOut, LoadStep, table_rows
from services.kpi.schemas.load_items import LoadItemOut, LoadItemPage, LoadMeasure
from services.kpi.use_cases.load import report as use_cases
from services.kpi.use_cases.load.items import LoadNumber, list_load_items
from services.kpi.use_cases.load.report import LoadQuery
from shared.database import transaction
from shared.errors import ForbiddenError
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import encode_cursor, page, uuid_cursor
from shared.web.ranges import Moment
from shared.web.tokens import Caller

router = APIRouter(tags=["kpi"])
StepOf = Annotated[
    LoadStep, Query(description="by which the period is told; `period`: all of it as one")
]


@router.get(
    "/v1/managers/load",
    response_model=LoadOut,
    response_model_exclude_unset=True,
    responses=TABLES,
)
async def managers_load(
    *,
    caller: Annotated[Caller, MAY_READ_OWN_FIGURES],
    database: DatabaseOf,
    form: FormOf,
    view: ViewOf,
    before: BeforeOf,
    now: Now,
    step: StepOf = "day",
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Limit = LIMIT_DEFAULT,
) -> LoadOut | Response:
    """How many leads each manager held over time, against the capacity of that time, and how long
    they were present and on shift. A manager sees the own row. A table has a page of managers. A
    page has at most 2500 managers times steps, those of the period before among them, or times
    days with `as_known_on`: so fewer managers than `limit` where there are many.
    """
    after, query = uuid_cursor(cursor), LoadQuery(view, step, before)
    async with transaction(database) as session:
        report = await use_cases.show_load(
            session, query, only=caller.manager_id, after=after, limit=limit, now=now
        )
    next_cursor = encode_cursor(report.managers[-1].manager_id) if report.has_more else None
    answer = LoadOut.of(report, next_cursor=next_cursor)
    rows = [
        row
        for item in answer.rows
        for row in table_rows(answer.steps, item, manager_id=item.manager_id, name=item.name)
    ]
    note = about("managers-load", view, step=step)
    return await form.answer(answer, note, rows, kind=LoadRowOut)


@router.get(
    "/v1/managers/load/company",
    dependencies=[MAY_READ_FIGURES],
    response_model=CompanyLoadOut,
    response_model_exclude_unset=True,
    responses=TABLES,
)
async def company_load(
    *,
    database: DatabaseOf,
    form: FormOf,
    view: ViewOf,
    before: BeforeOf,
    now: Now,
    step: StepOf = "day",
) -> CompanyLoadOut | Response:
    """The load of all managers together."""
    query = LoadQuery(view, step, before)
    async with transaction(database) as session:
        load = await use_cases.show_company_load(session, query, now=now)
    answer = CompanyLoadOut.of(load)
    rows = table_rows(answer.steps, answer)
    return await form.answer(answer, about("company-load", view, step=step), rows)


@router.get("/v1/managers/load/items", response_model=LoadItemPage, responses=TABLES)
async def load_items(
    *,
    caller: Annotated[Caller, MAY_READ_OWN_FIGURES],
    database: DatabaseOf,
    view: ViewOf,
    now: Now,
    measure: LoadMeasure,
    step: StepOf = "period",
    begins_at: Annotated[
        Moment | None, Query(description="when the step begins; without it the whole period")
    ] = None,
    manager: Annotated[UUID | None, Query(description="without it the company")] = None,
    part: SliceOf,
) -> LoadItemPage | Response:
    """What a number of managers' load counts: times that somebody held a lead or, for capacity and
    minutes, stretches of time. Managers see what numbers of their own count.
    """
    manager_id = _of_caller(manager, caller.manager_id)
    number = LoadNumber(measure, step, begins_at, manager_id)
    async with transaction(database) as session:
        listing = await list_load_items(session, view, number, part.window, now=now)
    window = page(listing.items, limit=part.limit, key=lambda item: item.key)
    items = [LoadItemOut.model_validate(item) for item in window.items]
    answer = LoadItemPage(items=items, next_cursor=window.next_cursor, total=listing.total)
    note = about(
        "load-items", view, measure=measure, step=step, begins_at=begins_at, manager=manager_id
    )
    return await part.form.answer(answer, note, items)


def _of_caller(manager_id: UUID | None, own_id: UUID | None) -> UUID | None:
    """Whose numbers are asked for. Raises ForbiddenError for what others have."""
    if own_id is not None and manager_id not in {None, own_id}:
        raise ForbiddenError("A manager sees what the own numbers count.")
    return own_id or manager_id
