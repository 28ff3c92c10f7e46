"""Spend as it is told and shown."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.kpi.domain.spend.cells import EARLIEST, LATEST
from services.kpi.domain.spend.lines import SpendLine, currency_of, name_of, require_amount
from services.kpi.domain.spend.tables import SpendTable
from services.kpi.repository.money.spend import SpendVersion
from services.kpi.use_cases.money.spend import SpendSummary
from shared.contracts.inquiry import Amount
from shared.text import Text, require_storable

MOST_LINES = 1000

Name = Annotated[
    str, Field(max_length=200), AfterValidator(require_storable), AfterValidator(name_of)
]
SourceKey = Annotated[str, Field(max_length=64), AfterValidator(require_storable)]
Currency = Annotated[str, Field(max_length=10), AfterValidator(currency_of)]
Spent = Annotated[Decimal, AfterValidator(require_amount)]


class SpendIn(BaseModel):
    """What was spent on a day. Channel and campaign are those of the links' marks (`utm_source`,
    `utm_campaign`); `source` is the key of a source, where no mark tells.
    """

    model_config = ConfigDict(extra="forbid")

    day: Annotated[date, Field(ge=EARLIEST, le=LATEST)]
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


class SpendSummaryOut(BaseModel):
    """Lines that were new, corrected, or as they had been; and the sum of all by currency."""

    recorded: int
    corrected: int
    unchanged: int
    totals: dict[str, Amount]

    @classmethod
    def of(cls, summary: SpendSummary) -> Self:
        return cls(
            recorded=summary.recorded,
            corrected=summary.corrected,
            unchanged=summary.unchanged,
            totals=summary.totals,
        )


class TableFaultOut(BaseModel):
    """`row` as a spreadsheet counts, from 1; 0 is the table as a whole."""

    row: int
    column: str
    detail: str


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

    @classmethod
    def of_table(cls, table: SpendTable, summary: SpendSummary, *, dry_run: bool) -> Self:
        days = [line.day for line in table.lines]
        return cls(
            **SpendSummaryOut.of(summary).model_dump(),
            dry_run=dry_run,
            first_day=min(days, default=None),
            last_day=max(days, default=None),
            columns=table.columns,
            faults=[TableFaultOut(**fault._asdict()) for fault in table.faults],
            fault_count=table.fault_count,
        )


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
    def of(cls, version: SpendVersion) -> Self:
        return cls(
            spend_id=version.spend_id,
            version=version.version,
            day=version.day,
            ad_channel=version.ad_channel,
            campaign=version.campaign,
            source=version.source_key,
            amount=version.amount,
            currency=version.currency,
            author=version.author,
            recorded_at=version.recorded_at,
        )


class TableOptions(BaseModel):
    """How a table of spend is read; the names stand for columns that it has not."""

    model_config = ConfigDict(extra="forbid")

    dry_run: bool = False
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    encoding: Annotated[Text | None, Field(max_length=40)] = None
    decimal: Literal[".", ","] | None = None
    dates: Literal["dmy", "mdy"] | None = None
    repeated: Literal["refuse", "add"] = "refuse"
    ad_channel: Name = ""
    campaign: Name = ""
    source: SourceKey = ""
    currency: Currency | None = None
