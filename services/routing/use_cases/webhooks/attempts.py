"""One try to deliver: the message is made, signed and sent, and what came of it is noted."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from uuid import UUID

from services.routing.domain.webhook_messages import (
    CONTENT_TYPE,
    PING,
    lead_snapshot,
    message_body,
    ping_body,
)
from services.routing.repository.journal_events import JournalEvent, find_next
from services.routing.repository.leads import get_lead
from services.routing.repository.webhooks import deliveries as webhook_deliveries
from services.routing.repository.webhooks.deliveries import Delivery, Pending
from services.routing.repository.webhooks.webhooks import Webhook
from services.routing.use_cases.webhooks.outcomes import Answer, note_answer, write_log
from shared.clock import Clock
from shared.database import Database, Session, reading, transaction
from shared.errors import NotFoundError
from shared.messaging.outbox.publish import source_of
from shared.web import standard_webhooks as terms
from shared.web.public_client import FetchError
from shared.web.receiver_client import ReceiverClient
from shared.web.standard_webhooks import Outcome

AT_THE_DATABASE = 2  # tries that ask it together


@dataclass(eq=False)
class Sender:
    """`jitter` is from 0 to 1."""

    database: Database
    client: ReceiverClient
    clock: Clock
    jitter: Callable[[], float]
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_THE_DATABASE))


async def deliver_next(sender: Sender, webhook: Webhook, pending: Pending) -> None:
    """Try the first event of a stream that waits; the ones behind it wait for it.

    Raises UnavailableError: it is tried again, as after a death between sending and noting.
    """
    event, body = await _next_message(sender, webhook, pending)
    if event is None:  # the webhook does not want these any more
        async with sender.turns, transaction(sender.database) as session:
            last = pending.last_version
            await webhook_deliveries.pass_by(session, pending, version=last, now=sender.clock())
        return
    answer = await send(sender, webhook, event.event_id, body)
    async with sender.turns, transaction(sender.database) as session:
        now, jitter = sender.clock(), sender.jitter()
        await note_answer(session, webhook, pending, event, answer, jitter=jitter, now=now)


async def _next_message(
    sender: Sender, webhook: Webhook, pending: Pending
) -> tuple[JournalEvent | None, bytes]:
    async with sender.turns, reading(sender.database) as session:
        event = await find_next(
            session,
            topic=pending.topic,
            key=pending.key,
            first=pending.first_version,
            last=pending.last_version,
            types=webhook.types,
        )
        return event, b"" if event is None else await _body(session, event)


async def _body(session: Session, event: JournalEvent) -> bytes:
    lead = None
    if event.topic == "leads":
        with suppress(NotFoundError):
            lead = await get_lead(session, UUID(event.key))
    return message_body(
        event_id=event.event_id,
        event_type=event.type,
        source=event.source,
        subject=event.key,
        time=event.recorded_at,
        payload=event.payload,
        lead=lead_snapshot(lead, is_erased=event.is_erased) if lead else None,
        is_erased=event.is_erased,
    )


async def send(sender: Sender, webhook: Webhook, message_id: UUID, body: bytes) -> Answer:
    """The receiver's answer, or why there is none."""
    now = sender.clock()
    headers = {
        **webhook.headers,
        "content-type": CONTENT_TYPE,
        "user-agent": "Leadflow",
        **terms.signature_headers(str(message_id), body, webhook.secrets(now=now), now=now),
    }
    began = time.monotonic()
    try:
        answer = await sender.client.post(
            webhook.url, content=body, headers=headers, most=terms.MAX_ANSWER_BYTES
        )
    except FetchError as error:
        return Answer(None, error.reason, time.monotonic() - began)
    hidden = [*webhook.headers.values(), webhook.secret, webhook.previous_secret or ""]
    return Answer(
        answer.status,
        None if terms.is_taken(answer.status) else f"status_{answer.status}",
        time.monotonic() - began,
        terms.excerpt(answer.body, hidden=hidden),
        terms.wish(answer.retry_after, now=now),
    )


async def deliver_once(sender: Sender, webhook: Webhook, delivery: Delivery) -> None:
    """A ping, or an event that somebody wants to be sent again: one try."""
    async with sender.turns, reading(sender.database) as session:
        body = await _single_body(session, delivery, sender)
    if body is None:
        answer = Answer(None, "no_such_event", 0.0)
    else:
        answer = await send(sender, webhook, delivery.event_id, body)
    outcome = Outcome.DELIVERED if answer.is_taken else Outcome.GIVEN_UP
    async with sender.turns, transaction(sender.database) as session:
        attempt = replace(delivery, attempt=1, at=sender.clock())
        await write_log(session, attempt, answer, outcome=outcome)


async def _single_body(session: Session, delivery: Delivery, sender: Sender) -> bytes | None:
    if delivery.type == PING:
        source = source_of(session)
        now = sender.clock()
        return ping_body(delivery.delivery_id, delivery.webhook_id, source=source, now=now)
    event = await find_next(
        session,
        topic=delivery.topic,
        key=delivery.key,
        first=delivery.version,
        last=delivery.version,
        types=(),
    )
    return None if event is None else await _body(session, event)
