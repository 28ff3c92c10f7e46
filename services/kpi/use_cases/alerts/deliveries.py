"""What is to be told of alerts: made in the transaction that raises them, sent by a loop."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from services.kpi.domain.alerts.wording import Subject, Telling, sentence
from services.kpi.repository.alerts import alerts
from services.kpi.repository.alerts.alerts import Alert, AlertDelivery
from services.kpi.repository.alerts.rules import KeptRule
from services.kpi.repository.deliveries.recipients import Recipient, get_recipient
from services.kpi.use_cases.alerts.rules import ALERTS
from services.kpi.use_cases.deliveries.recipients import ways_of, when_to_tell
from shared.database import Session
from shared.ids import new_id

_TEST_WORDS = {
    "ru": "Проверка связи: так приходят оповещения Leadflow.",
    "en": "A test: this is how alerts of Leadflow arrive.",
}


def tell(
    kept_rule: KeptRule,
    recipients: Sequence[Recipient],
    alert: Alert,
    telling: Telling,
    *,
    now: datetime,
) -> Iterator[AlertDelivery]:
    """A delivery for each recipient who is active, and each of their ways; it waits for the end of
    their quiet hours.
    """
    subject = Subject(alert.axis, alert.key, alert.label)
    for item in recipients:
        words = sentence(
            kept_rule.rule,
            subject,
            telling,
            value=alert.value,
            before=alert.before,
            language=item.language,
        )
        due_at = when_to_tell(item, now)
        for way in ways_of(item) if item.active else ():
            yield AlertDelivery(
                delivery_id=new_id(),
                alert_id=alert.alert_id,
                recipient_id=item.recipient_id,
                way=way,
                telling=telling,
                words=words,
                facts=facts_of(kept_rule, alert),
                made_at=now,
                first_due_at=due_at,
                due_at=due_at,
            )


def facts_of(kept_rule: KeptRule, alert: Alert) -> dict[str, object]:
    """An alert as a webhook tells it; numbers are texts, so that no reader rounds them."""
    rule = kept_rule.rule
    return {
        "alert_id": str(alert.alert_id),
        "rule_id": str(alert.rule_id),
        "rule": alert.rule_name,
        "indicator": alert.indicator,
        "axis": alert.axis,
        "key": alert.key or None,
        "label": alert.label,
        "value": None if alert.value is None else str(alert.value),
        "before": None if alert.before is None else str(alert.before),
        "comparison": rule.comparison.value,
        "threshold": str(rule.threshold),
        "window_hours": rule.window_hours,
        "currency": rule.currency,
        "raised_at": alert.raised_at.isoformat(),
    }


async def request_test(
    session: Session, recipient_id: UUID, *, now: datetime
) -> list[AlertDelivery]:
    """Have a test sent by each way, quiet hours or not. Raises NotFoundError."""
    row = await get_recipient(session, recipient_id)
    deliveries = [
        AlertDelivery(
            delivery_id=new_id(),
            alert_id=None,
            recipient_id=recipient_id,
            way=way,
            telling=Telling.TRIED,
            words=_TEST_WORDS[row.language],
            facts={},
            made_at=now,
            first_due_at=now,
            due_at=now,
        )
        for way in ways_of(row)
    ]
    await alerts.add_deliveries(session, deliveries)
    session.notify_after_commit(ALERTS)
    return deliveries
