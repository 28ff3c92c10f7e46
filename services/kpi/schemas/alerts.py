"""Rules and alerts: what is configured, and what is answered."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)

from services.kpi.domain.alerts.indicators import AXES, INDICATORS
from services.kpi.domain.alerts.rules import Against, Comparison, Finding, Rule
from services.kpi.repository.alerts.alerts import Alert, AlertDelivery
from services.kpi.repository.alerts.rules import KeptRule
from services.kpi.schemas.fields import AskedCurrency, Name
from services.kpi.use_cases.alerts.rules import RuleTerms
from shared.text import Text
from shared.web.fields import Body

MOST_RECIPIENTS = 20  # of one rule
LONGEST_WINDOW_HOURS = 744  # 31 days
_DIGITS = 6  # behind the point of what is shown


def _one_of(names: Mapping[str, object]) -> AfterValidator:
    def require(name: str) -> str:
        if name not in names:
            raise ValueError(f"is one of: {', '.join(names)}")
        return name

    return AfterValidator(require)


def _in_digits(value: Decimal) -> Decimal:
    """A third has no end."""
    short = round(value, _DIGITS)
    return value if short == value else short


Figure = Annotated[Decimal, AfterValidator(_in_digits)]
Threshold = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=4, allow_inf_nan=False)]


class RuleIn(Body):
    """`key` is one value of the axis: a source's or manager's id, or a channel; none: each of them.
    `threshold` is in the indicator's unit (a share from 0 to 1), or in percent of a change.
    """

    name: Name
    indicator: Annotated[str, _one_of(INDICATORS)]
    axis: Annotated[str, _one_of(AXES)] = "company"
    key: Annotated[Text, StringConstraints(min_length=1, max_length=64)] | None = None
    comparison: Comparison
    threshold: Threshold
    against: Against = Against.BEFORE
    window_hours: Annotated[int, Field(ge=1, le=LONGEST_WINDOW_HOURS)] = 24
    least: Annotated[int, Field(ge=0, le=1_000_000)] = 10
    for_minutes: Annotated[int, Field(ge=0, le=10_080)] = 0
    remind_hours: Annotated[int, Field(ge=0, le=744)] = 0
    currency: AskedCurrency | None = None
    recipient_ids: list[UUID] = Field(min_length=1, max_length=MOST_RECIPIENTS)
    tell_resolved: bool = True
    active: bool = True

    def rule(self, rule_id: UUID) -> Rule:
        members = self.model_dump(exclude={"recipient_ids", "tell_resolved", "active"})
        return Rule(rule_id=rule_id, **members)

    def terms(self) -> RuleTerms:
        return RuleTerms(
            recipient_ids=tuple(self.recipient_ids),
            tell_resolved=self.tell_resolved,
            active=self.active,
        )


class RuleOut(BaseModel):
    rule_id: UUID
    name: str
    indicator: str
    axis: str
    key: str | None
    comparison: Comparison
    threshold: Decimal
    against: Against
    window_hours: int
    least: int
    for_minutes: int
    remind_hours: int
    currency: str | None
    recipient_ids: list[UUID]
    tell_resolved: bool
    active: bool
    version: int
    changed_at: datetime
    changed_by: str


class FindingOut(BaseModel):
    """`breached` is null where nothing can be said, for lack of data."""

    key: str
    label: str | None
    breached: bool | None
    value: Figure | None
    before: Figure | None
    count: int


class TrialOut(BaseModel):
    """What the rule finds now; nothing is raised and nobody is told."""

    findings: list[FindingOut]


class AlertOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    alert_id: UUID
    rule_id: UUID
    rule_name: str
    indicator: str
    axis: str
    key: str
    label: str | None
    value: Figure | None
    before: Figure | None
    threshold: Decimal
    raised_at: datetime
    resolved_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None


class AlertDeliveryOut(BaseModel):
    """`outcome`: waiting, delivered, failed (tried again at `due_at`), given_up, or needless.
    `error` says why the last try failed, `open_mails` for whom a mail was refused: the recipient's
    other addresses have it.
    """

    model_config = ConfigDict(from_attributes=True)

    delivery_id: UUID
    alert_id: UUID | None
    way: Literal["mail", "webhook"]
    telling: Literal["raised", "reminded", "resolved", "tried"]
    words: str
    made_at: datetime
    due_at: datetime | None
    attempts: int
    outcome: str
    error: str | None
    open_mails: list[str] | None
    done_at: datetime | None


def rule_out(item: KeptRule) -> RuleOut:
    members: dict[str, Any] = {
        name: getattr(item.rule if hasattr(item.rule, name) else item, name)
        for name in RuleOut.model_fields
    }
    return RuleOut(**members)


def finding_out(key: str, label: str | None, finding: Finding) -> FindingOut:
    return FindingOut(
        key=key,
        label=label,
        breached=finding.breached,
        value=finding.value,
        before=finding.before,
        count=finding.count,
    )


def alert_out(item: Alert) -> AlertOut:
    return AlertOut.model_validate(item)


def delivery_out(item: AlertDelivery) -> AlertDeliveryOut:
    return AlertDeliveryOut.model_validate(item)
