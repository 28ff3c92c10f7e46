"""Lists of customers who are to be asked again, and what that brought."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from services.kpi.domain.exports.about import About
from services.kpi.domain.periods import PeriodError, period, require_zone
from services.kpi.repository.loyalty import lists as rows
from services.kpi.repository.loyalty.lists import CustomerList, Group
from services.kpi.routes.exports import TABLES, FormOf
from services.kpi.routes.periods import refused
from services.kpi.schemas.loyalty.lists import (
    ApproachIn,
    CustomerListIn,
    CustomerListMadeOut,
    CustomerListOut,
    ListApproachOut,
    ListResultOut,
    MemberOut,
)
from services.kpi.settings import Settings
from services.kpi.use_cases.loyalty import lists
from services.kpi.use_cases.loyalty.approach import Wish, request_approach
from services.kpi.use_cases.money.views import MoneyWish
from shared.database import Session, reading, transaction
from shared.ids import new_id
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import Page, page, uuid_cursor
from shared.web.tokens import Caller

MAY_ASK = Allow("supervisor")
Asker = Annotated[Caller, Depends(MAY_ASK)]
router = APIRouter(tags=["loyalty"], dependencies=[Depends(MAY_ASK)])
_Cursor = Annotated[str | None, Query(max_length=200)]


@router.post("/v1/loyalty/lists", status_code=201)
async def make_list(
    request: Request, caller: Asker, body: CustomerListIn, database: DatabaseOf, now: Now
) -> CustomerListMadeOut:
    """Make a list of customers to win back or to sell something else to. Whom it holds, and who of
    them is held back, never changes afterwards.
    """
    settings: Settings = request.app.state.settings
    try:
        zone = require_zone(settings.time_zone if body.tz is None else body.tz)
        days = period(body.first, body.end, zone)
    except PeriodError as error:
        raise refused(error) from error
    item = CustomerList(
        list_id=new_id(),
        criteria=body.criteria.model_dump(mode="json"),
        time_zone=zone.key,
        currency=None,
        made_at=now,
        made_by=caller.actor,
        **body.model_dump(exclude={"criteria", "tz"}),
    )
    wish = MoneyWish(days, [], "last_non_direct", 90)
    counts = await lists.make_list(database, item, wish, body.criteria.criteria())
    return CustomerListMadeOut.of(counts)


@router.get("/v1/loyalty/lists")
async def list_lists(
    database: DatabaseOf, cursor: _Cursor = None, limit: Limit = LIMIT_DEFAULT
) -> Page[CustomerListOut]:
    """All lists, the newest first."""
    before = uuid_cursor(cursor)
    async with reading(database) as session:
        items = await rows.list_lists(session, before=before, limit=limit)
    answers = [CustomerListOut.of(item) for item in items]
    return page(answers, limit=limit, key=lambda item: item.list_id)


@router.get("/v1/loyalty/lists/{list_id}")
async def show_result(database: DatabaseOf, now: Now, list_id: UUID) -> ListResultOut:
    """A list with what became of it: how many of those to be asked bought, and of those who were
    held back, and the difference with its interval.
    """
    async with transaction(database) as session:
        return ListResultOut.of(await lists.show_result(session, list_id, now))


@router.post("/v1/loyalty/lists/{list_id}/approach", status_code=202)
async def approach_list(
    caller: Asker, database: DatabaseOf, now: Now, list_id: UUID, body: ApproachIn | None = None
) -> ListApproachOut:
    """Let the people of a list be approached who are not held back: those who agreed to it become
    inquiries of a source of lists of this kind. It is asked for once.
    """
    async with transaction(database) as session:
        wish = Wish(body.reason if body else None, caller.actor)
        return ListApproachOut.of(await request_approach(session, list_id, wish, now=now))


@router.get("/v1/loyalty/lists/{list_id}/members", response_model=Page[MemberOut], responses=TABLES)
async def list_members(
    *,
    database: DatabaseOf,
    form: FormOf,
    list_id: UUID,
    group: Group = "asked",
    cursor: _Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[MemberOut] | Response:
    """The contacts of a list: those to be asked, or those who are held back."""
    if form.is_table:
        note = About("list-members", choices={"part": group})
        async with reading(database) as session:
            await rows.get_list(session, list_id)

        async def read(session: Session, after: UUID | None, number: int) -> Sequence[UUID]:
            return await rows.list_members(session, list_id, group, after=after, limit=number)

        return await form.table(database, note, MemberOut, read, show=_member, place=_itself)
    after = uuid_cursor(cursor)
    async with reading(database) as session:
        await rows.get_list(session, list_id)
        ids = await rows.list_members(session, list_id, group, after=after, limit=limit + 1)
    window = page(ids, limit=limit, key=_itself)
    return Page(items=[_member(one) for one in window.items], next_cursor=window.next_cursor)


def _member(contact_id: UUID) -> MemberOut:
    return MemberOut(contact_id=contact_id)


def _itself(contact_id: UUID) -> UUID:
    return contact_id
