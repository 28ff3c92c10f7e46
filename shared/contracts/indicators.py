"""What kpi emits: measured attainment, alerts, the rule of one sale. `subject` is a manager id or
`company`.
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

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
    """An indicator breached a rule at one value, `axis_key`, of an axis; `before` is what it had
    been in the time that it is compared with.
    """

    TYPE: ClassVar[str] = "alert.raised.v1"

    raised_at: datetime
    indicator: str
    detail: str | None = None
    alert_id: UUID | None = None
    rule_id: UUID | None = None
    rule_name: str | None = None
    axis: str | None = None
    axis_key: str | None = None
    label: str | None = None
    value: Decimal | None = None
    before: Decimal | None = None
    threshold: Decimal | None = None


class SaleRuleChanged(_OnIndicators):
    """A won lead and an order of the same person, amount and currency that lie at most so many
    hours apart are one sale from here on, also of what was sold before.
    """

    TYPE: ClassVar[str] = "sale.rule_changed.v1"

    changed_at: datetime
    same_sale_hours: Annotated[int, Field(ge=0, le=2**31 - 1)]
    actor: str = "system"
