"""What is to be told of alerts: made in the transaction that raises them, sent by a loop."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from services.kpi.domain.alerts.wording import Subject, Telling, sentence
from services.kpi.repository.alerts.alerts import Alert, Delivery
from services.kpi.repository.alerts.recipients import Recipient
from services.kpi.repository.alerts.rules import KeptRule
from shared.ids import new_id

MAIL, WEBHOOK = "mail", "webhook"


def ways_of(item: Recipient) -> Sequence[str]:
    """The ways by which somebody can be told."""
    return [way for way, exists in ((MAIL, bool(item.mails)), (WEBHOOK, bool(item.url))) if exists]


def when_to_tell(item: Recipient, now: datetime) -> datetime:
    """At once, or when the quiet hours end."""
    return item.quiet.ends_after(now)


def tell(
    kept_rule: KeptRule,
    recipients: Sequence[Recipient],
    alert: Alert,
    telling: Telling,
    *,
    now: datetime,
) -> Iterator[Delivery]:
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
            yield Delivery(
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
