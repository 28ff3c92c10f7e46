"""Recipients: who is told, by which ways, and what was told to them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.kpi.repository.alerts import alerts
from services.kpi.repository.deliveries import recipients as rows
from services.kpi.schemas.alerts import AlertDeliveryOut, delivery_out
from services.kpi.schemas.recipients import RecipientIn, RecipientOut, RecipientSecretOut
from services.kpi.settings import Settings
from services.kpi.use_cases.alerts.deliveries import request_test
from services.kpi.use_cases.deliveries import recipients
from shared.database import reading, transaction
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, IfMatch, Limit, Now
from shared.web.pagination import Page, page, uuid_cursor
from shared.web.tokens import Caller

router = APIRouter(tags=["alerts"])
MAY_CONFIGURE_RECIPIENTS = Allow()
Admin = Annotated[Caller, Depends(MAY_CONFIGURE_RECIPIENTS)]
MAY_READ_RECIPIENTS = Depends(Allow("supervisor"))
MAY_READ_DELIVERIES = Depends(MAY_CONFIGURE_RECIPIENTS)
Cursor = Annotated[str | None, Query(max_length=400)]


def _private(request: Request) -> bool:
    allowed: bool = request.app.state.settings.webhooks_to_private
    return allowed


def _has_mail(request: Request) -> bool:
    settings: Settings = request.app.state.settings
    return settings.mail_server() is not None


Private = Annotated[bool, Depends(_private)]
HasMail = Annotated[bool, Depends(_has_mail)]


@router.post("/v1/recipients", status_code=201)
async def create_recipient(
    *,
    caller: Admin,
    body: RecipientIn,
    database: DatabaseOf,
    now: Now,
    private: Private,
    has_mail: HasMail,
) -> RecipientSecretOut:
    """Add somebody to be told. The secret of a webhook is told only here; `lacks` says what mails
    need that is not there.
    """
    async with transaction(database) as session:
        item = await recipients.create_recipient(
            session, body.fields(), private=private, actor=caller.actor, now=now
        )
    return RecipientSecretOut.of(item, has_mail=has_mail)


@router.get("/v1/recipients", dependencies=[MAY_READ_RECIPIENTS])
async def list_recipients(
    *,
    database: DatabaseOf,
    has_mail: HasMail,
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[RecipientOut]:
    """Everybody who may be told, the newest first."""
    before = uuid_cursor(cursor)
    async with reading(database) as session:
        page_rows = await rows.list_recipients(session, before=before, limit=limit)
    items = [RecipientOut.of(item, has_mail=has_mail) for item in page_rows]
    return page(items, limit=limit, key=lambda item: item.recipient_id)


@router.get("/v1/recipients/{recipient_id}", dependencies=[MAY_READ_RECIPIENTS])
async def read_recipient(
    database: DatabaseOf, has_mail: HasMail, recipient_id: UUID
) -> RecipientOut:
    """One recipient, without the secret."""
    async with reading(database) as session:
        item = await rows.get_recipient(session, recipient_id)
    return RecipientOut.of(item, has_mail=has_mail)


@router.put("/v1/recipients/{recipient_id}")
async def replace_recipient(
    *,
    caller: Admin,
    body: RecipientIn,
    database: DatabaseOf,
    now: Now,
    version: IfMatch,
    private: Private,
    has_mail: HasMail,
    recipient_id: UUID,
) -> RecipientSecretOut:
    """Replace a recipient. The secret stays while there is a URL; a first one is told here."""
    async with transaction(database) as session:
        item = await recipients.replace_recipient(
            session,
            recipient_id,
            body.fields(),
            version=version,
            private=private,
            actor=caller.actor,
            now=now,
        )
    return RecipientSecretOut.of(item, has_mail=has_mail)


@router.delete(
    "/v1/recipients/{recipient_id}",
    status_code=204,
    dependencies=[MAY_READ_DELIVERIES],
)
async def delete_recipient(database: DatabaseOf, recipient_id: UUID) -> Response:
    """Only one whom no rule names."""
    async with transaction(database) as session:
        await recipients.delete_recipient(session, recipient_id)
    return Response(status_code=204)


@router.post(
    "/v1/recipients/{recipient_id}/test", status_code=202, dependencies=[MAY_READ_DELIVERIES]
)
async def test_recipient(
    database: DatabaseOf, now: Now, recipient_id: UUID
) -> Page[AlertDeliveryOut]:
    """Have a test sent by each way; what came of it will stand in the deliveries."""
    async with transaction(database) as session:
        deliveries = await request_test(session, recipient_id, now=now)
    return Page(items=[delivery_out(item) for item in deliveries])


@router.get("/v1/recipients/{recipient_id}/deliveries", dependencies=[MAY_READ_DELIVERIES])
async def list_deliveries(
    database: DatabaseOf, recipient_id: UUID, cursor: Cursor = None, limit: Limit = LIMIT_DEFAULT
) -> Page[AlertDeliveryOut]:
    """What was told to a recipient, the newest first; kept for 90 days."""
    before = uuid_cursor(cursor)
    async with reading(database) as session:
        await rows.get_recipient(session, recipient_id)
        deliveries = await alerts.list_deliveries(session, recipient_id, before=before, limit=limit)
    items = [delivery_out(item) for item in deliveries]
    return page(items, limit=limit, key=lambda item: item.delivery_id)
