"""What is known of territories, as it is told and shown."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.kpi.domain.spend.cells import EARLIEST, LATEST
from services.kpi.domain.territories.facts import FactKind, TerritoryFact
from services.kpi.domain.territories.tables import LONGEST_WORD, FactTable
from services.kpi.repository.territories.facts import FactVersion
from services.kpi.schemas.recipients import Body
from services.kpi.schemas.spend import Currency
from services.kpi.use_cases.territories.facts import FactSummary
from shared.contracts.inquiry import Amount
from shared.text import Text

MOST_FACTS = 1000
Words = Annotated[Text, StringConstraints(strip_whitespace=True, max_length=LONGEST_WORD)]
Value = Annotated[
    Decimal, Field(ge=0, le=10**15, max_digits=21, decimal_places=6, allow_inf_nan=False)
]


class FactIn(Body):
    """`population` in people, `income` in money by head and month, `competitors` in firms,
    `preference` as the share of people who want the `product`, `purchasing_power` in money that a
    head has to spend in a year; `source` says where it is known from.
    """

    territory_id: UUID
    kind: FactKind
    product: Words = ""
    day: Annotated[date, Field(ge=EARLIEST, le=LATEST)]
    value: Value
    currency: Currency | None = None
    source: Annotated[Words, StringConstraints(min_length=1)]

    def fact(self) -> TerritoryFact:
        return TerritoryFact(**dict(self))


class FactsIn(Body):
    facts: Annotated[list[FactIn], Field(min_length=1, max_length=MOST_FACTS)]


class FactSummaryOut(BaseModel):
    """Facts that were new, corrected, or as they had been."""

    recorded: int
    corrected: int
    unchanged: int

    @classmethod
    def of(cls, summary: FactSummary) -> Self:
        return cls(
            recorded=summary.recorded, corrected=summary.corrected, unchanged=summary.unchanged
        )


class FactFaultOut(BaseModel):
    """`row` as a spreadsheet counts, from 1; 0 is the table as a whole."""

    row: int
    column: str
    detail: str


class FactTableOut(FactSummaryOut):
    """What a table holds, and what of it was written: nothing while it has faults. `columns` tells
    which column was taken for what.
    """

    dry_run: bool
    columns: dict[str, str]
    faults: list[FactFaultOut]
    fault_count: int

    @classmethod
    def of_table(cls, table: FactTable, summary: FactSummary, *, dry_run: bool) -> Self:
        return cls(
            **FactSummaryOut.of(summary).model_dump(),
            dry_run=dry_run,
            columns=table.columns,
            faults=[FactFaultOut(**fault._asdict()) for fault in table.faults],
            fault_count=table.fault_count,
        )


class FactOut(BaseModel):
    """`value` is null in a version that takes back."""

    model_config = ConfigDict(from_attributes=True)

    fact_id: UUID
    version: int
    territory_id: UUID
    kind: FactKind
    product: str
    day: date
    value: Amount | None
    currency: str | None
    source: str
    author: str
    recorded_at: datetime

    @classmethod
    def of(cls, item: FactVersion) -> Self:
        return cls.model_validate(item)


class FactTableOptions(BaseModel):
    """How a table of facts is read; currency and source stand for columns that it has not."""

    model_config = ConfigDict(extra="forbid")

    dry_run: bool = False
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    encoding: Annotated[Text | None, Field(max_length=40)] = None
    decimal: Literal[".", ","] | None = None
    dates: Literal["dmy", "mdy"] | None = None
    currency: Currency | None = None
    source: Words = ""
