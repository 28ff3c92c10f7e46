"""Targets as they are set and shown."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.kpi.domain.motivation.months import name_of_month
from services.kpi.domain.motivation.tables import TargetTable
from services.kpi.domain.motivation.targets import Target, subject_of
from services.kpi.domain.motivation.terms import Measure
from services.kpi.repository.motivation.targets import TargetVersion
from services.kpi.schemas.motivation.fields import Month, first_day
from services.kpi.schemas.motivation.terms import Currency, Number
from services.kpi.schemas.recipients import Body
from services.kpi.use_cases.motivation.targets import TargetSummary
from shared.contracts.inquiry import Amount
from shared.text import Text

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


class TargetSummaryOut(BaseModel):
    """Targets that were new, corrected, or as they had been."""

    recorded: int
    corrected: int
    unchanged: int

    @classmethod
    def of(cls, summary: TargetSummary) -> Self:
        return cls(
            recorded=summary.recorded, corrected=summary.corrected, unchanged=summary.unchanged
        )


class TargetFaultOut(BaseModel):
    """`row` as a spreadsheet counts, from 1; 0 is the table as a whole."""

    row: int
    column: str
    detail: str


class TargetTableOut(TargetSummaryOut):
    """What a table holds, and what of it was written: nothing while it has faults."""

    dry_run: bool
    faults: list[TargetFaultOut]
    fault_count: int

    @classmethod
    def of_table(cls, table: TargetTable, summary: TargetSummary, *, dry_run: bool) -> Self:
        return cls(
            **TargetSummaryOut.of(summary).model_dump(),
            dry_run=dry_run,
            faults=[TargetFaultOut(**fault._asdict()) for fault in table.faults],
            fault_count=table.fault_count,
        )


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
    def of(cls, item: TargetVersion) -> Self:
        return cls(
            target_id=item.target_id,
            version=item.version,
            month=name_of_month(item.month),
            subject=item.subject,
            measure=item.measure,
            value=item.value,
            currency=item.currency or None,
            author=item.author,
            recorded_at=item.recorded_at,
        )


class TargetTableOptions(BaseModel):
    """How a table of targets is read; measure and currency stand for columns that it has not."""

    model_config = ConfigDict(extra="forbid")

    dry_run: bool = False
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    encoding: Annotated[Text | None, Field(max_length=40)] = None
    decimal: Literal[".", ","] | None = None
    measure: Measure = "revenue"
    currency: Currency | None = None
