"""Configuring outgoing webhooks, their log of deliveries, and sending again."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.routing.repository.webhooks import deliveries as webhook_deliveries
from services.routing.repository.webhooks import webhooks as rows
from services.routing.schemas.webhooks import (
    DeliveryOut,
    ReplayIn,
    ReplayOut,
    SecretIn,
    WebhookIn,
    WebhookOut,
    WebhookReplacementIn,
    WebhookSecretOut,
    delivery_out,
    webhook_out,
    webhook_secret_out,
)
from services.routing.use_cases.webhooks import configure as webhooks
from shared.database import reading, transaction
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import Page, page, uuid_cursor

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
MAY_CONFIGURE = Depends(Allow())
Cursor = Annotated[str | None, Query(max_length=400)]


def _private(request: Request) -> bool:
    allowed: bool = request.app.state.settings.webhooks_to_private
    return allowed


Private = Annotated[bool, Depends(_private)]


@router.post("", status_code=201, dependencies=[MAY_CONFIGURE])
async def create_webhook(
    body: WebhookIn, database: DatabaseOf, now: Now, private: Private
) -> WebhookSecretOut:
    """Add a receiver of what is emitted from now on. Its secret is told only here."""
    async with transaction(database) as session:
        item = await webhooks.create_webhook(
            session, body.fields(), secret=body.secret, private=private, now=now
        )
    return webhook_secret_out(item)


@router.get("", dependencies=[MAY_CONFIGURE])
async def list_webhooks(
    database: DatabaseOf, cursor: Cursor = None, limit: Limit = LIMIT_DEFAULT
) -> Page[WebhookOut]:
    """All webhooks, the newest first."""
    before = uuid_cursor(cursor)
    async with reading(database) as session:
        items = await rows.list_webhooks(session, before=before, limit=limit)
    return page(
        [webhook_out(item) for item in items], limit=limit, key=lambda item: item.webhook_id
    )


@router.get("/{webhook_id}", dependencies=[MAY_CONFIGURE])
async def read_webhook(database: DatabaseOf, webhook_id: UUID) -> WebhookOut:
    """One webhook, without its secret."""
    async with reading(database) as session:
        return webhook_out(await rows.get_webhook(session, webhook_id))


@router.put("/{webhook_id}", dependencies=[MAY_CONFIGURE])
async def replace_webhook(
    body: WebhookReplacementIn, database: DatabaseOf, now: Now, private: Private, webhook_id: UUID
) -> WebhookOut:
    """Replace what is configured; one that is switched on again goes on where it stopped."""
    async with transaction(database) as session:
        item = await webhooks.replace_webhook(
            session, webhook_id, body.fields(), private=private, now=now
        )
    return webhook_out(item)


@router.delete("/{webhook_id}", status_code=204, dependencies=[MAY_CONFIGURE])
async def delete_webhook(database: DatabaseOf, webhook_id: UUID) -> Response:
    """With what waits for it, and its log."""
    async with transaction(database) as session:
        await webhooks.delete_webhook(session, webhook_id)
    return Response(status_code=204)


@router.post("/{webhook_id}/rotate-secret", dependencies=[MAY_CONFIGURE])
async def rotate_webhook_secret(
    database: DatabaseOf, now: Now, webhook_id: UUID, body: SecretIn | None = None
) -> WebhookSecretOut:
    """A new secret, told only here; for a day the former one signs beside it."""
    secret = body.secret if body else None
    async with transaction(database) as session:
        item = await webhooks.rotate_secret(session, webhook_id, secret=secret, now=now)
    return webhook_secret_out(item)


@router.post("/{webhook_id}/ping", status_code=202, dependencies=[MAY_CONFIGURE])
async def ping_webhook(database: DatabaseOf, now: Now, webhook_id: UUID) -> DeliveryOut:
    """Have a test event sent; what came of it will stand in the log."""
    async with transaction(database) as session:
        delivery = await webhooks.request_ping(session, webhook_id, now=now)
    return delivery_out(delivery)


@router.post("/{webhook_id}/replay", status_code=202, dependencies=[MAY_CONFIGURE])
async def replay_webhook(body: ReplayIn, database: DatabaseOf, webhook_id: UUID) -> ReplayOut:
    """Send again what was emitted from a moment on, or from an event on."""
    async with transaction(database) as session:
        number = await webhooks.replay_from(
            session, webhook_id, moment=body.since, event_id=body.event_id
        )
    return ReplayOut(rows=number)


@router.get("/{webhook_id}/deliveries", dependencies=[MAY_CONFIGURE])
async def list_deliveries(
    database: DatabaseOf,
    webhook_id: UUID,
    outcome: Literal["waiting", "delivered", "failed", "given_up"] | None = None,
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[DeliveryOut]:
    """The tries of the last 30 days, the newest first."""
    before = uuid_cursor(cursor)
    async with reading(database) as session:
        await rows.get_webhook(session, webhook_id)
        items = await webhook_deliveries.list_deliveries(
            session, webhook_id, before=before, outcome=outcome, limit=limit
        )
    return page(
        [delivery_out(item) for item in items], limit=limit, key=lambda item: item.delivery_id
    )


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/replay",
    status_code=202,
    dependencies=[MAY_CONFIGURE],
)
async def replay_delivery(
    database: DatabaseOf, now: Now, webhook_id: UUID, delivery_id: UUID
) -> DeliveryOut:
    """Have the event of one delivery sent again, beside the others and once."""
    async with transaction(database) as session:
        delivery = await webhooks.request_again(session, webhook_id, delivery_id, now=now)
    return delivery_out(delivery)
