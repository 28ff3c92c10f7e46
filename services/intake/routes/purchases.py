"""Purchases: told by a shop or an accounting system, and listed.

Invariant: an order is stored by the door's writer before the answer leaves.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.intake.channels.generic.native import PURCHASES
from services.intake.repository import contacts, purchases
from services.intake.repository.purchases import PurchaseFilter
from services.intake.routes.ingest import native
from services.intake.routes.ingest.endpoint import Endpoint
from services.intake.routes.ingest.request import header
from services.intake.schemas.inquiries import AcceptedOut
from services.intake.schemas.purchases import PurchaseIn, PurchaseOut, purchase_out
from shared.database import reading
from shared.errors import IdempotencyKeyReusedError
from shared.observability.tracing import started
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import Page, moment_cursor, page
from shared.web.ranges import Moment
from shared.web.read_audit import Audit
from shared.web.tokens import Caller

router = APIRouter(tags=["purchases"])
_MAY_POST = Allow("source")


@router.post("/v1/purchases", status_code=202)
async def post_purchase(
    body: PurchaseIn,
    request: Request,
    response: Response,
    now: Now,
    caller: Annotated[Caller, Depends(_MAY_POST)],
) -> AcceptedOut:
    """Tell of an order or its cancellation; the same order again is the same purchase.

    With an `Idempotency-Key` the same request again gives the same receipt.
    """
    door: Endpoint = request.app.door
    source = await native.source_of(caller, body.source_key, door.cache)
    headers = request.scope["headers"]
    arrival = native.arrival(
        source.source_id,
        await request.body(),
        headers,
        now=now,
        traceparent=started(header(headers, b"traceparent")),
    )
    receipt = await door.commits.add(arrival._replace(rest=PURCHASES))
    if not receipt.same_body:
        raise IdempotencyKeyReusedError
    response.headers["Leadflow-Receipt"] = str(receipt.receipt_id)
    return AcceptedOut(receipt_id=str(receipt.receipt_id), duplicate=receipt.duplicate)


@router.get("/v1/purchases", dependencies=[Depends(Allow("supervisor"))])
async def list_purchases(  # noqa: PLR0917  FastAPI passes by name
    database: DatabaseOf,
    audit: Audit,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    source_id: UUID | None = None,
    contact_id: UUID | None = None,
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to")] = None,
) -> Page[PurchaseOut]:
    """Purchases, the latest first; `contact_id` finds the whole person's."""
    after = moment_cursor(cursor)
    async with reading(database) as session:
        same_person = None
        if contact_id is not None:
            same_person = await contacts.same_person(session, contact_id)
        criteria = PurchaseFilter(source_id, same_person, since, until)
        rows = await purchases.list_purchases(session, criteria, after=after, limit=limit)
    window = page(rows, limit=limit, key=lambda row: (row["purchased_at"], row["purchase_id"]))
    audit.record("purchases", [row["contact_id"] for row in window.items])
    return Page(items=[purchase_out(row) for row in window.items], next_cursor=window.next_cursor)
