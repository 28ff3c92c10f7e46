"""Targets as they are set and shown."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from services.kpi.domain.lines.versions import LineVersion
from services.kpi.domain.months import name_of_month
from services.kpi.domain.motivation.targets import Target, subject_of
from services.kpi.domain.motivation.terms import Measure
from services.kpi.schemas.fields import Currency, Month, first_day
from services.kpi.schemas.lines import SummaryOut, TableFaultOut, TableOptions
from services.kpi.schemas.motivation.terms import Number
from shared.contracts.inquiry import Amount
from shared.text import Text
from shared.web.fields import Body

MOST_TARGETS = 1000

Subject = Annotated[
    Text,
    Field(max_length=64, description="a manager's id, or `company`"),
    AfterValidator(subject_of),
]


class TargetIn(Body):
    """What a manager, or the company, shall reach in a month: revenue, or a number of sales."""

    month: Month
    subject: Subject
    measure: Measure = "revenue"
    value: Number
    currency: Currency | None = None

    def target(self) -> Target:
        month = first_day(self.month)
        return Target(month, self.subject, self.measure, Decimal(self.value), self.currency or "")


class TargetsIn(Body):
    targets: Annotated[list[TargetIn], Field(min_length=1, max_length=MOST_TARGETS)]


class TargetSummaryOut(SummaryOut):
    """Targets that were new, corrected, or as they had been."""


class TargetFaultOut(TableFaultOut):
    __doc__ = TableFaultOut.__doc__


class TargetTableOut(TargetSummaryOut):
    """What a table holds, and what of it was written: nothing while it has faults."""

    dry_run: bool
    faults: list[TargetFaultOut]
    fault_count: int


class TargetOut(BaseModel):
    """`value` is null in a version that deletes."""

    target_id: UUID
    version: int
    month: str
    subject: str
    measure: Measure
    value: Amount | None
    currency: str | None
    author: str
    recorded_at: datetime

    @classmethod
    def of(cls, version: LineVersion[Target]) -> Self:
        line = version.line
        parts = {
            **version.fields(),
            "target_id": line.target_id,
            "month": name_of_month(line.month),
        }
        return cls.model_validate(
            {**parts, "value": version.value, "currency": line.currency or None}
        )


class TargetTableOptions(TableOptions):
    """How a table of targets is read; measure and currency stand for columns that it has not."""

    measure: Measure = "revenue"
    currency: Currency | None = None
