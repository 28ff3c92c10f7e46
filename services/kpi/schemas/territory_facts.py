"""What is known of territories, as it is told and shown."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.kpi.domain.lines.tables import LONGEST_NAME
from services.kpi.domain.lines.versions import LineVersion
from services.kpi.domain.territories.facts import FactKind, TerritoryFact
from services.kpi.schemas.fields import Currency, RecordedDay
from services.kpi.schemas.lines import SummaryOut, TableFaultOut, TableOptions
from shared.contracts.inquiry import Amount
from shared.text import ONE_LINE
from shared.web.fields import Body

MOST_FACTS = 1000
Words = Annotated[str, StringConstraints(max_length=LONGEST_NAME), ONE_LINE]
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
    day: RecordedDay
    value: Value
    currency: Currency | None = None
    source: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME), ONE_LINE]

    def fact(self) -> TerritoryFact:
        return TerritoryFact(**dict(self))


class FactsIn(Body):
    facts: Annotated[list[FactIn], Field(min_length=1, max_length=MOST_FACTS)]


class FactSummaryOut(SummaryOut):
    """Facts that were new, corrected, or as they had been."""


class FactFaultOut(TableFaultOut):
    __doc__ = TableFaultOut.__doc__


class FactTableOut(FactSummaryOut):
    """What a table holds, and what of it was written: nothing while it has faults. `columns` tells
    which column was taken for what.
    """

    dry_run: bool
    columns: dict[str, str]
    faults: list[FactFaultOut]
    fault_count: int


class FactOut(BaseModel):
    """`value` is null in a version that takes back."""

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
    def of(cls, version: LineVersion[TerritoryFact]) -> Self:
        parts = {**version.fields(), "fact_id": version.line.fact_id, "value": version.value}
        return cls.model_validate(parts)


class FactTableOptions(TableOptions):
    """How a table of facts is read; currency and source stand for columns that it has not."""

    dates: Literal["dmy", "mdy"] | None = None
    currency: Currency | None = None
    source: Words = ""
