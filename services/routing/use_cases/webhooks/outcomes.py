"""What came of a try to deliver: noted for the stream, for the webhook and in the log."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from services.routing.repository.journal_events import JournalEvent
from services.routing.repository.webhooks import deliveries as webhook_deliveries
from services.routing.repository.webhooks import webhooks
from services.routing.repository.webhooks.deliveries import Delivery, Pending
from services.routing.repository.webhooks.webhooks import Webhook
from shared.database import Session
from shared.ids import new_id
from shared.observability.metrics import metrics_of
from shared.web import standard_webhooks as terms
from shared.web.standard_webhooks import Outcome

log = structlog.get_logger()
LONGEST_REST = timedelta(minutes=5)  # of a receiver that is down; then one request looks again
RECOVERED = timedelta(minutes=1)  # who was down for longer gets at once what waits


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` is None if there was none, for the reason in `error`."""

    status: int | None
    error: str | None
    seconds: float
    excerpt: str = ""
    wish: timedelta | None = None

    @property
    def is_taken(self) -> bool:
        return terms.is_taken(self.status)

    @property
    def is_down(self) -> bool:
        """Whether anything else would have been refused likewise."""
        return self.status is None or self.status >= 500 or self.status in {408, 429}


async def note_answer(
    session: Session,
    webhook: Webhook,
    pending: Pending,
    event: JournalEvent,
    answer: Answer,
    *,
    jitter: float,
    now: datetime,
) -> None:
    """Note what came of a try to send the first event of what waits. `jitter` is from 0 to 1."""
    delivery = Delivery(
        delivery_id=new_id(),
        webhook_id=webhook.webhook_id,
        event_id=event.event_id,
        type=event.type,
        topic=event.topic,
        key=event.key,
        version=event.version,
        attempt=pending.failures + 1,
        at=now,
    )
    if answer.is_taken:
        since = await webhooks.note_success(session, webhook.webhook_id, now=now)
        await webhook_deliveries.pass_by(session, pending, version=event.version, now=now)
        if since is not None and now - since > RECOVERED:
            await webhook_deliveries.hurry(session, webhook.webhook_id, now=now)
        outcome, next_at = Outcome.DELIVERED, None
    else:
        pause = terms.pause(pending.failures + 1, jitter=jitter, retry_after=answer.wish)
        outcome, next_at = Outcome.FAILED, now + pause
        is_off = await _note_failure(session, webhook, answer, jitter=jitter, now=now)
        if not is_off and terms.is_over(pending.failing_since or now, now=now):
            outcome, next_at = Outcome.GIVEN_UP, None
            await webhook_deliveries.pass_by(session, pending, version=event.version, now=now)
        else:
            await webhook_deliveries.put_off(session, pending, due_at=next_at, now=now)
    await write_log(session, delivery, answer, outcome=outcome, next_at=next_at)


async def _note_failure(
    session: Session, webhook: Webhook, answer: Answer, *, jitter: float, now: datetime
) -> bool:
    """Whether the webhook is switched off by it."""
    rest = answer.wish
    if answer.is_down:
        pause = terms.pause(webhook.failures + 1, jitter=jitter, retry_after=None)
        rest = max(rest or timedelta(), min(pause, LONGEST_REST))
    until = None if rest is None else now + min(rest, terms.LONGEST_WISH)
    webhook_id = webhook.webhook_id
    since = await webhooks.note_failure(session, webhook_id, resting_until=until, now=now)
    reason = "gone" if answer.status == 410 else "failing" if terms.is_over(since, now=now) else ""
    if reason and await webhooks.switch_off(session, webhook_id, reason=reason, now=now):
        log.error("webhook.switched_off", webhook_id=str(webhook_id), reason=reason)
    return bool(reason)


async def write_log(
    session: Session,
    delivery: Delivery,
    answer: Answer,
    *,
    outcome: Outcome,
    next_at: datetime | None = None,
) -> None:
    """Note a try in the log and in the metrics."""
    service = session.database.service
    metrics_of(service).webhook_deliveries.labels(service, outcome).inc()
    await webhook_deliveries.write_delivery(
        session,
        replace(
            delivery,
            outcome=outcome,
            status=answer.status,
            error=answer.error,
            latency_ms=int(answer.seconds * 1000),
            excerpt=answer.excerpt,
            next_at=next_at,
        ),
    )
