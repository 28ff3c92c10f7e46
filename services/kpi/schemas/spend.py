"""Spend as it is told and shown."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.kpi.domain.lines.versions import LineVersion
from services.kpi.domain.spend.lines import SpendLine, name_of, require_amount
from services.kpi.schemas.fields import Currency, RecordedDay
from services.kpi.schemas.lines import SummaryOut, TableFaultOut, TableOptions
from shared.contracts.inquiry import Amount
from shared.text import ONE_LINE

MOST_LINES = 1000

Name = Annotated[str, Field(max_length=200), AfterValidator(name_of), ONE_LINE]
SourceKey = Annotated[str, Field(max_length=64), ONE_LINE]
Spent = Annotated[Decimal, AfterValidator(require_amount)]


class SpendIn(BaseModel):
    """What was spent on a day. Channel and campaign are those of the links' marks (`utm_source`,
    `utm_campaign`); `source` is the key of a source, where no mark tells.
    """

    model_config = ConfigDict(extra="forbid")

    day: RecordedDay
    ad_channel: Name = ""
    campaign: Name = ""
    source: SourceKey = ""
    amount: Spent
    currency: Currency

    def line(self) -> SpendLine:
        return SpendLine(
            self.day, self.source, self.ad_channel, self.campaign, self.amount, self.currency
        )


class SpendLinesIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lines: Annotated[list[SpendIn], Field(min_length=1, max_length=MOST_LINES)]


class SpendSummaryOut(SummaryOut):
    """Lines that were new, corrected, or as they had been; and the sum of all by currency."""

    totals: dict[str, Amount]


class SpendTableOut(SpendSummaryOut):
    """What a table holds, and what of it was written: nothing while it has faults. `columns` tells
    which column was taken for what.
    """

    dry_run: bool
    first_day: date | None
    last_day: date | None
    columns: dict[str, str]
    faults: list[TableFaultOut]
    fault_count: int


class SpendOut(BaseModel):
    """`amount` is null in a version that deletes."""

    spend_id: UUID
    version: int
    day: date
    ad_channel: str
    campaign: str
    source: str
    amount: Amount | None
    currency: str
    author: str
    recorded_at: datetime

    @classmethod
    def of(cls, version: LineVersion[SpendLine]) -> Self:
        line = version.line
        parts = {**version.fields(), "spend_id": line.spend_id, "source": line.source_key}
        return cls.model_validate({**parts, "amount": version.value})


class SpendTableOptions(TableOptions):
    """How a table of spend is read; the names stand for columns that it has not."""

    dates: Literal["dmy", "mdy"] | None = None
    repeated: Literal["refuse", "add"] = "refuse"
    ad_channel: Name = ""
    campaign: Name = ""
    source: SourceKey = ""
    currency: Currency | None = None
