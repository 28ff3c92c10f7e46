"""Brings kpi's own tables to what its events say, after an older backup was restored.

The projections are not restored: they come back with the events of the others. An alert that was
raised since stands in the list again, and goes on or not as is judged anew; the rule of one sale is
the last one that was told; what was measured, and a list that was approached, are not emitted anew.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from services.kpi.repository.alerts import alerts
from services.kpi.repository.alerts.alerts import Alert
from services.kpi.repository.loyalty.approaches import Approach, add_approach
from services.kpi.repository.money.people import lock_people
from services.kpi.repository.money.rule import set_rule
from services.kpi.repository.motivation.attainments import Measured, put_measured
from shared.contracts.approaches import ApproachRequested
from shared.contracts.indicators import AlertRaised, AttainmentMeasured, SaleRuleChanged
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent


async def restore(session: Session, events: Sequence[ReceivedEvent], *, now: datetime) -> None:  # noqa: ARG001  the protocol's form
    """See `Restore`."""
    raised = [item.event for item in events if isinstance(item.event, AlertRaised)]
    await alerts.restore_alerts(
        session, [alert for alert in map(_alert, raised) if alert is not None]
    )
    measures = [item.event for item in events if isinstance(item.event, AttainmentMeasured)]
    latest = {event.subject: _measured(event) for event in measures}
    await put_measured(session, list(latest.values()))
    rules = [item.event for item in events if isinstance(item.event, SaleRuleChanged)]
    if rules:
        await lock_people(session)
        await set_rule(session, rules[-1].same_sale_hours)
    requests = [item.event for item in events if isinstance(item.event, ApproachRequested)]
    for event in {one.list_id: one for one in requests}.values():
        await add_approach(session, _approach(event))


def _approach(event: ApproachRequested) -> Approach:
    return Approach(
        *(event.list_id, event.contacts, event.reason, event.requested_at, event.requested_by)
    )


def _measured(event: AttainmentMeasured) -> Measured:
    at = event.measured_at
    day = at.astimezone(UTC).date()
    return Measured(event.subject, event.attainment, day, at, has_target=True)


def _alert(event: AlertRaised) -> Alert | None:
    if event.alert_id is None or event.rule_id is None:
        return None
    return Alert(
        alert_id=event.alert_id,
        rule_id=event.rule_id,
        rule_name=event.rule_name or "",
        indicator=event.indicator,
        axis=event.axis or "company",
        key=event.axis_key or "",
        label=event.label,
        value=event.value,
        before=event.before,
        threshold=event.threshold or Decimal(0),
        raised_at=event.raised_at,
    )
