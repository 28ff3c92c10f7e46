"""What numbers of reports on sources, campaigns and sales count, in pages, or as one table."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from services.kpi.domain.attribution import Model
from services.kpi.repository.money.sold import Origin, SoldItem
from services.kpi.repository.money.spent import TOLD_BY
from services.kpi.routes.exports import TABLES, FormOf
from services.kpi.routes.money import CommonOf, IdOrNone, NarrowOf, id_of, named
from services.kpi.routes.sales import MAY_COUNT
from services.kpi.schemas.fields import AskedCurrency
from services.kpi.schemas.money.returns import (
    ReturnsItemOut,
    ReturnsItemPage,
    ReturnsMeasure,
    place,
)
from services.kpi.schemas.money.sales import SaleOut, SalePage, SalesMeasure
from services.kpi.use_cases.money import returns, sales
from services.kpi.use_cases.money.returns import ReturnsItem
from shared.database import Session, transaction
from shared.errors import InvalidError
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit
from shared.web.pagination import moment_cursor, page, uuid_cursor

router = APIRouter(tags=["kpi"], dependencies=[Depends(MAY_COUNT)])
Cursor = Annotated[str | None, Query(max_length=200)]
Listed = tuple[Sequence[ReturnsItem], float | None]


@router.get("/v1/sources/items", response_model=ReturnsItemPage, responses=TABLES)
async def source_items(
    *,
    database: DatabaseOf,
    form: FormOf,
    common: CommonOf,
    narrow: NarrowOf,
    measure: ReturnsMeasure,
    attribution: Model = "last_non_direct",
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> ReturnsItemPage | Response:
    """What a number of `GET /v1/sources` or `GET /v1/campaigns` counts: inquiries, sales with the
    share that is credited, or lines of spend. A part of the period is asked for by `from` and `to`.
    """
    conditions = narrow.conditions()
    if measure == "spend" and (wrong := [name for name, _ in conditions if name not in TOLD_BY]):
        raise InvalidError(
            "Spend is not told by this.", errors=[(f"/{name}", "tells no spend") for name in wrong]
        )
    wish = common.wish("", attribution)

    async def choose(session: Session, after: Any, number: int) -> Listed:
        if measure == "spend":
            spent = await returns.list_spent(session, wish, conditions, after=after, limit=number)
            return spent, None
        return await returns.list_behind(
            session, wish, measure, conditions, after=after, limit=number
        )

    if form.is_table:
        note = common.about(
            "source-items", measure=measure, attribution=attribution, **named(conditions)
        )

        async def read(session: Session, after: Any, number: int) -> Sequence[ReturnsItem]:
            return (await choose(session, after, number))[0]

        show = ReturnsItemOut.model_validate
        return await form.table(database, note, ReturnsItemOut, read, show=show, place=place)
    after = uuid_cursor(cursor) if measure == "spend" else moment_cursor(cursor)
    async with transaction(database) as session:
        items, total = await choose(session, after, limit + 1)
    window = page(items, limit=limit, key=place)
    return ReturnsItemPage(
        items=[ReturnsItemOut.model_validate(item) for item in window.items],
        next_cursor=window.next_cursor,
        total=total,
    )


@router.get("/v1/sales/items", response_model=SalePage, responses=TABLES)
async def sale_items(
    *,
    database: DatabaseOf,
    form: FormOf,
    common: CommonOf,
    narrow: NarrowOf,
    measure: SalesMeasure = "sales",
    manager: IdOrNone = None,
    currency: Annotated[AskedCurrency | None, Query()] = None,
    attribution: Origin = "last_non_direct",
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> SalePage | Response:
    """The sales that a number of `GET /v1/sales` counts, with their leads and orders; `joined`
    those of which a win and an order were taken for one.
    """
    conditions = narrow.conditions()
    if manager is not None:
        conditions.append(("manager", id_of("manager", manager)))
    if currency is not None:
        conditions.append(("currency", currency))
    wish = common.wish("", attribution)

    async def choose(
        session: Session, after: Any, number: int
    ) -> tuple[Sequence[SoldItem], int | None]:
        return await sales.list_sales(
            session, wish, measure, conditions, attribution, after=after, limit=number
        )

    if form.is_table:
        note = common.about(
            "sale-items", measure=measure, attribution=attribution, **named(conditions)
        )

        async def read(session: Session, after: Any, number: int) -> Sequence[SoldItem]:
            return (await choose(session, after, number))[0]

        show = SaleOut.model_validate
        return await form.table(database, note, SaleOut, read, show=show, place=_sale_place)
    async with transaction(database) as session:
        items, total = await choose(session, moment_cursor(cursor), limit + 1)
    window = page(items, limit=limit, key=_sale_place)
    return SalePage(
        items=[SaleOut.model_validate(item) for item in window.items],
        next_cursor=window.next_cursor,
        total=total,
    )


def _sale_place(item: SoldItem) -> tuple[datetime, UUID]:
    return item.at, item.sale_id
