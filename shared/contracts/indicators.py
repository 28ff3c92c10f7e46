"""What kpi emits: measured attainment and alerts. `subject` is a manager id or `company`."""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from shared.contracts.envelope import Event


class _OnIndicators(Event):
    TOPIC: ClassVar[str] = "indicators"
    KEY: ClassVar[str] = "subject"

    subject: str


class AttainmentMeasured(_OnIndicators):
    TYPE: ClassVar[str] = "attainment.measured.v1"

    measured_at: datetime
    attainment: Decimal


class AlertRaised(_OnIndicators):
    TYPE: ClassVar[str] = "alert.raised.v1"

    raised_at: datetime
    indicator: str
    detail: str | None = None
