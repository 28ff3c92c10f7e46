"""What schemas of told lines and of their tables share."""

from dataclasses import asdict
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from services.kpi.domain.lines.tables import Table, TableWish
from services.kpi.use_cases.lines import Summary
from shared.text import Text

Wish = TypeVar("Wish", bound=TableWish)


class SummaryOut(BaseModel):
    """How many lines were new, corrected, or as they had been."""

    recorded: int
    corrected: int
    unchanged: int

    @classmethod
    def of(cls, summary: Summary, **more: Any) -> Self:
        return cls.model_validate({**asdict(summary), **more})

    @classmethod
    def of_table(cls, table: Table[Any], summary: Summary, *, dry_run: bool, **more: Any) -> Self:
        """What a table holds, and what of it was written: nothing while it has faults."""
        return cls.of(
            summary,
            dry_run=dry_run,
            columns=table.columns,
            faults=[fault._asdict() for fault in table.faults],
            fault_count=table.fault_count,
            **more,
        )


class TableFaultOut(BaseModel):
    """`row` as a spreadsheet counts, from 1; 0 is the table as a whole."""

    row: int
    column: str
    detail: str


class TableOptions(BaseModel):
    """How a table is read; what else a kind of tables has stands for columns that one has not."""

    model_config = ConfigDict(extra="forbid")

    dry_run: bool = False
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    encoding: Annotated[Text | None, Field(max_length=40)] = None
    decimal: Literal[".", ","] | None = None

    def wish(self, kind: type[Wish]) -> Wish:
        return kind(**self.model_dump(exclude={"dry_run", "encoding"}))
