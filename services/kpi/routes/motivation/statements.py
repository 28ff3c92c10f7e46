"""Statements of pay: live while a month is open, frozen once it is closed."""

from datetime import date
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path
from starlette.responses import Response

from services.kpi.domain.exports.about import About
from services.kpi.domain.months import days_of
from services.kpi.repository.motivation.facts import find_first_known
from services.kpi.repository.reports.figures import take_snapshot
from services.kpi.routes.exports import TABLES, FormOf
from services.kpi.routes.motivation.access import Cursor, MonthOf, Payer, Reader, ZoneOf
from services.kpi.schemas.fields import first_day
from services.kpi.schemas.motivation.statements import (
    CloseIn,
    LineSaleOut,
    PayoutOut,
    StatementOut,
    StatementPage,
)
from services.kpi.use_cases.motivation import statements
from services.kpi.use_cases.motivation.close import close_month
from services.kpi.use_cases.motivation.explain import explain_line
from services.kpi.use_cases.motivation.statements import PayStatement
from shared.database import Session, transaction
from shared.errors import NotFoundError
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import Page, page, uuid_cursor
from shared.web.tokens import Caller

router = APIRouter(tags=["motivation"])
LineNumber = Annotated[int, Path(ge=1, le=10_000)]


@router.get("/v1/motivation/statements", response_model=StatementPage, responses=TABLES)
async def list_statements(
    *,
    caller: Reader,
    database: DatabaseOf,
    form: FormOf,
    zone: ZoneOf,
    month: MonthOf,
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> StatementPage | Response:
    """What everybody whom a scheme pays gets for a month; a manager sees the own row. Of a month
    that was over before managers were known, only who sold something is listed.
    """
    after, most = uuid_cursor(form.cursor(cursor)), form.most(limit)
    async with transaction(database) as session:
        await take_snapshot(session)
        items = await _items(session, caller, month, zone, after=after, limit=most + 1)
        since = await find_first_known(session)
    window = page(items, limit=most, key=lambda item: item.manager_id)
    answer = StatementPage.of(window, days_of(month, zone), since, form.language)
    return await form.answer(answer, About("statements", days_of(month, zone)), answer.items)


async def _items(
    session: Session,
    caller: Caller,
    month: date,
    zone: ZoneInfo,
    *,
    after: UUID | None,
    limit: int,
) -> list[PayStatement]:
    """A manager's own, if there is one, or everybody's."""
    own = caller.manager_id
    if own is None:
        return await statements.list_statements(session, month, zone, after=after, limit=limit)
    if after is not None and own <= after:
        return []
    try:
        return [await statements.get_statement(session, month, zone, own)]
    except NotFoundError:
        return []


@router.post("/v1/motivation/statements/close")
async def close_statements(
    body: CloseIn, caller: Payer, database: DatabaseOf, now: Now, zone: ZoneOf
) -> StatementPage:
    """Freeze what everybody is paid for a month that is over; months are closed in their order.
    What changes of its sales later stands as a correction in the month after.
    """
    month = first_day(body.month)
    async with transaction(database) as session:
        await close_month(session, month, zone, actor=caller.actor, now=now)
        items = await statements.list_statements(session, month, zone, limit=LIMIT_DEFAULT + 1)
        since = await find_first_known(session)
    window = page(items, limit=LIMIT_DEFAULT, key=lambda one: one.manager_id)
    return StatementPage.of(window, days_of(month, zone), since, "en")


@router.get("/v1/motivation/statements/{manager_id}", response_model=StatementOut, responses=TABLES)
async def show_statement(
    *,
    caller: Reader,
    database: DatabaseOf,
    form: FormOf,
    zone: ZoneOf,
    month: MonthOf,
    manager_id: UUID,
) -> StatementOut | Response:
    """The lines that add up to a manager's payout; a manager sees the own. A table holds them."""
    _require_own(caller, manager_id)
    async with transaction(database) as session:
        await take_snapshot(session)
        item = await statements.get_statement(session, month, zone, manager_id)
    answer = StatementOut.of(item, form.language)
    about = About("statement", days_of(month, zone), choices={"manager": item.name or manager_id})
    return await form.answer(answer, about, answer.lines, PayoutOut(amount=answer.payout))


@router.get(
    "/v1/motivation/statements/{manager_id}/lines/{line}",
    response_model=Page[LineSaleOut],
    responses=TABLES,
)
async def list_line_sales(
    *,
    caller: Reader,
    database: DatabaseOf,
    form: FormOf,
    zone: ZoneOf,
    month: MonthOf,
    manager_id: UUID,
    line: LineNumber,
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[LineSaleOut] | Response:
    """The sales, with their leads, that a line's amount comes of; their parts add up to it. Base,
    floor and cap come of no sale.
    """
    _require_own(caller, manager_id)
    after, most = uuid_cursor(form.cursor(cursor)), form.most(limit)
    async with transaction(database) as session:
        await take_snapshot(session)
        item = await statements.get_statement(session, month, zone, manager_id)
        parts = await explain_line(session, item, line, zone)
    later = [part for part in parts if after is None or part.sale.sale_id > after]
    window = page(later[: most + 1], limit=most, key=lambda part: part.sale.sale_id)
    rows = [LineSaleOut.of(part) for part in window.items]
    answer = Page[LineSaleOut](items=rows, next_cursor=window.next_cursor)
    about = About("line-sales", days_of(month, zone), choices={"manager": item.name or manager_id})
    return await form.answer(answer, about, rows)


def _require_own(caller: Caller, manager_id: UUID) -> None:
    """A manager has one statement: whose others are is not told, nor whether there are any."""
    if caller.manager_id not in {None, manager_id}:
        raise NotFoundError("There is no such statement.")
