"""Configures outgoing webhooks, and has events delivered again."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.routing.domain.webhook_messages import PING
from services.routing.repository.journal_events import find_row, get_last_row, get_row_before
from services.routing.repository.webhooks import deliveries as webhook_deliveries
from services.routing.repository.webhooks import webhooks
from services.routing.repository.webhooks.deliveries import Delivery
from services.routing.repository.webhooks.webhooks import Webhook
from services.routing.use_cases.errors import TooManyWebhooksError
from shared.database import Session
from shared.errors import InvalidError, NotFoundError
from shared.ids import new_id
from shared.web.receiver_client import receiver_url
from shared.web.standard_webhooks import MASK, SECRET_BYTES, SECRET_OVERLAP, secret_text

WEBHOOKS = "webhooks"  # the wake-up of the sender: something was emitted, or is to be sent
WEBHOOKS_CHANGED = "webhooks_changed"  # and while there is none: there may be one
MAX_WEBHOOKS = 50


@dataclass(frozen=True, slots=True)
class WebhookFields:
    """As it should be; a masked value among the `headers` keeps the present one."""

    name: str
    url: str
    types: Sequence[str]
    pools: Sequence[str]
    headers: Mapping[str, str] = field(repr=False)
    active: bool


async def create_webhook(
    session: Session, fields: WebhookFields, *, secret: str | None, private: bool, now: datetime
) -> Webhook:
    """A webhook that gets what is emitted from now on; without a secret one is made.

    Raises InvalidError, TooManyWebhooksError.
    """
    if await webhooks.count_webhooks(session) >= MAX_WEBHOOKS:
        raise TooManyWebhooksError(f"There are {MAX_WEBHOOKS} webhooks already.")
    _check_url(fields.url, private=private)
    _check_headers(fields.headers)
    item = Webhook(
        webhook_id=new_id(),
        name=fields.name,
        url=fields.url,
        types=tuple(fields.types),
        pools=tuple(fields.pools),
        headers=dict(fields.headers),
        secret=secret or new_secret(),
        active=fields.active,
        cursor=await get_last_row(session),
        created_at=now,
        changed_at=now,
    )
    await webhooks.add_webhook(session, item)
    _wake(session)
    return item


async def replace_webhook(
    session: Session, webhook_id: UUID, fields: WebhookFields, *, private: bool, now: datetime
) -> Webhook:
    """Replace what is configured. One that is switched on again goes on where it stopped.

    Raises InvalidError, NotFoundError.
    """
    _check_url(fields.url, private=private)
    row = await webhooks.get_webhook(session, webhook_id, lock=True)
    headers = {
        name: row.headers.get(name, MASK) if value == MASK else value
        for name, value in fields.headers.items()
    }
    _check_headers(headers)
    item = replace(
        row,
        name=fields.name,
        url=fields.url,
        types=tuple(fields.types),
        pools=tuple(fields.pools),
        headers=headers,
        active=fields.active,
        disabled_reason=None,  # whoever changes it has seen why
        changed_at=now,
    )
    if fields.active and (not row.active or fields.url != row.url):
        item = replace(item, failures=0, failing_since=None, resting_until=None)
        await webhook_deliveries.hurry(session, webhook_id, now=now)
    await webhooks.change_webhook(session, item)
    _wake(session)
    return item


async def rotate_secret(
    session: Session, webhook_id: UUID, *, secret: str | None, now: datetime
) -> Webhook:
    """A new secret; the former one signs too, for an overlap. Raises NotFoundError."""
    row = await webhooks.get_webhook(session, webhook_id, lock=True)
    item = replace(
        row,
        secret=secret or new_secret(),
        previous_secret=row.secret or None,
        previous_until=now + SECRET_OVERLAP,
        changed_at=now,
    )
    await webhooks.change_webhook(session, item)
    return item


async def tidy(session: Session, *, now: datetime) -> None:
    """Wipe former secrets after their overlap, and seal anew what an older key sealed."""
    for item in await webhooks.lock_untidy(session, now=now):
        if item.previous_until is not None and item.previous_until <= now:
            await webhooks.change_webhook(
                session, replace(item, previous_secret=None, previous_until=None)
            )
        else:
            await webhooks.change_webhook(session, item)


async def delete_webhook(session: Session, webhook_id: UUID) -> None:
    """Raises NotFoundError."""
    await webhooks.delete_webhook(session, webhook_id)


async def replay_from(
    session: Session, webhook_id: UUID, *, moment: datetime | None, event_id: UUID | None
) -> int:
    """Send again what was emitted from a moment on, or from an event on, each lead's in order.

    Returns how many rows of the journal are looked through. Raises NotFoundError.
    """
    await webhooks.get_webhook(session, webhook_id, lock=True)
    last = await get_last_row(session)
    if moment is not None:
        row_id: int | None = await get_row_before(session, moment, last=last)
    else:
        assert event_id is not None
        place = await webhook_deliveries.find_place(session, webhook_id, event_id)
        place = place or await find_row(session, event_id)
        row_id = None if place is None else place - 1
    if row_id is None:
        raise NotFoundError("There is no such event among the newest: give a moment.")
    await webhooks.set_cursor(session, webhook_id, row_id)
    _wake(session)
    return last - row_id


async def request_ping(session: Session, webhook_id: UUID, *, now: datetime) -> Delivery:
    """Have a test sent, whether the webhook is active or not. Raises NotFoundError."""
    await webhooks.get_webhook(session, webhook_id)
    delivery_id = new_id()
    delivery = Delivery(
        delivery_id=delivery_id, webhook_id=webhook_id, event_id=delivery_id, type=PING, at=now
    )
    return await _request(session, delivery)


async def request_again(
    session: Session, webhook_id: UUID, delivery_id: UUID, *, now: datetime
) -> Delivery:
    """Have the event of a delivery sent once more, beside the others. Raises NotFoundError."""
    former = await webhook_deliveries.find_delivery(session, webhook_id, delivery_id)
    if former is None:
        raise NotFoundError("There is no such delivery.")
    delivery = Delivery(
        delivery_id=new_id(),
        webhook_id=webhook_id,
        event_id=former.event_id,
        type=former.type,
        topic=former.topic,
        key=former.key,
        version=former.version,
        at=now,
    )
    return await _request(session, delivery)


async def _request(session: Session, delivery: Delivery) -> Delivery:
    await webhook_deliveries.write_delivery(session, delivery)
    _wake(session)
    return delivery


def new_secret() -> str:
    return secret_text(os.urandom(SECRET_BYTES))


def _check_url(url: str, *, private: bool) -> None:
    try:
        receiver_url(url, private=private)
    except ValueError as error:
        raise InvalidError("This URL is not called.", errors=[("/url", str(error))]) from None


def _check_headers(headers: Mapping[str, str]) -> None:
    if MASK in headers.values():
        raise InvalidError("A value is only a mask.", errors=[("/headers", "give the value")])


def _wake(session: Session) -> None:
    session.notify_after_commit(WEBHOOKS)
    session.notify_after_commit(WEBHOOKS_CHANGED)
