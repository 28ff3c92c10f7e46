"""Alerts that were raised, and what was told of them to whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Table, exists, insert, select, update

from services.kpi.repository.deliveries.deliveries import Busy, Delivery, waiting
from services.kpi.tables.alerts import alert, alert_delivery
from shared.database import Session
from shared.errors import NotFoundError

DELIVERIES: Final = alert_delivery
_RESTORE = """
INSERT INTO alert (alert_id, rule_id, rule_name, indicator, axis, key, label, value, before,
    threshold, raised_at)
SELECT * FROM unnest(CAST(:alert_ids AS uuid[]), CAST(:rule_ids AS uuid[]), CAST(:names AS text[]),
    CAST(:indicators AS text[]), CAST(:axes AS text[]), CAST(:keys AS text[]),
    CAST(:labels AS text[]), CAST(:values AS numeric[]), CAST(:befores AS numeric[]),
    CAST(:thresholds AS numeric[]), CAST(:raised AS timestamptz[]))
ON CONFLICT (alert_id) DO NOTHING
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An indicator of one value of an axis that breached a rule."""

    alert_id: UUID
    rule_id: UUID
    rule_name: str
    indicator: str
    axis: str
    key: str
    label: str | None
    value: Decimal | None
    before: Decimal | None
    threshold: Decimal
    raised_at: datetime
    resolved_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDelivery(Delivery):
    """Something to be told of an alert; without one it is a test."""

    alert_id: UUID | None
    telling: str
    words: str
    facts: Mapping[str, Any] = field(repr=False)
    is_resolved: bool = False


async def add_alerts(session: Session, alerts: Sequence[Alert]) -> None:
    if alerts:
        await session.execute(insert(alert).values([_columns(item) for item in alerts]))


async def resolve_alerts(session: Session, alert_ids: Sequence[UUID], *, now: datetime) -> None:
    if alert_ids:
        place = alert.c.alert_id.in_(alert_ids) & alert.c.resolved_at.is_(None)
        await session.execute(update(alert).where(place).values(resolved_at=now))


async def restore_alerts(session: Session, alerts: Sequence[Alert]) -> None:
    """Add those that an older backup does not have."""
    names = (
        "alert_ids:alert_id rule_ids:rule_id names:rule_name indicators:indicator axes:axis"
        " keys:key labels:label values:value befores:before thresholds:threshold raised:raised_at"
    )
    pairs = [name.split(":") for name in names.split()]
    if alerts:
        params = {name: [getattr(item, member) for item in alerts] for name, member in pairs}
        await session.execute(_RESTORE, params)


async def list_alerts(
    session: Session, *, rule_id: UUID | None, only_open: bool, before: UUID | None, limit: int
) -> list[Alert]:
    """Newest id first, one more than `limit`."""
    query = select(alert).order_by(alert.c.alert_id.desc()).limit(limit + 1)
    if rule_id is not None:
        query = query.where(alert.c.rule_id == rule_id)
    if only_open:
        query = query.where(alert.c.resolved_at.is_(None))
    if before is not None:
        query = query.where(alert.c.alert_id < before)
    return [Alert(**row) for row in await session.execute(query)]


async def acknowledge(session: Session, alert_id: UUID, *, actor: str, now: datetime) -> Alert:
    """The first one who does stays. Raises NotFoundError."""
    place = (alert.c.alert_id == alert_id) & alert.c.acknowledged_at.is_(None)
    values = {"acknowledged_at": now, "acknowledged_by": actor}
    await session.execute(update(alert).where(place).values(values))
    row = (await session.execute(select(alert).where(alert.c.alert_id == alert_id))).first()
    if row is None:
        raise NotFoundError("There is no such alert.")
    return Alert(**row)


async def add_deliveries(session: Session, deliveries: Sequence[AlertDelivery]) -> None:
    names = [
        name for name in _names(alert_delivery) if name not in {"error", "done_at", "open_mails"}
    ]
    if deliveries:
        rows = [{name: getattr(item, name) for name in names} for item in deliveries]
        await session.execute(insert(alert_delivery).values(rows))


async def list_waiting(
    session: Session, busy: Busy, *, now: datetime, limit: int
) -> list[AlertDelivery]:
    """What is to be told by now to places that are not busy, the longest due first."""
    is_over = (alert.c.alert_id == alert_delivery.c.alert_id) & alert.c.resolved_at.is_not(None)
    columns = select(alert_delivery, exists().where(is_over).label("is_resolved"))
    query = waiting(columns, alert_delivery, busy, now=now, limit=limit)
    return [AlertDelivery(**row) for row in await session.execute(query)]


async def list_deliveries(
    session: Session, recipient_id: UUID, *, before: UUID | None, limit: int
) -> list[AlertDelivery]:
    """Newest id first, one more than `limit`."""
    place = alert_delivery.c.recipient_id == recipient_id
    query = select(alert_delivery).where(place)
    if before is not None:
        query = query.where(alert_delivery.c.delivery_id < before)
    ordered = query.order_by(alert_delivery.c.delivery_id.desc()).limit(limit + 1)
    return [AlertDelivery(**row) for row in await session.execute(ordered)]


def _names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def _columns(item: Alert) -> dict[str, Any]:
    return {name: getattr(item, name) for name in _names(alert)}
