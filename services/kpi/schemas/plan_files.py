"""Files of plans: how they are read, and what they changed."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from services.kpi.domain.plan.files import PlanTable
from services.kpi.domain.plan.nodes import Measure
from services.kpi.domain.plan.terms import Terms
from services.kpi.schemas.fields import Reason
from services.kpi.schemas.lines import TableFaultOut
from services.kpi.use_cases.plan.filing import Filed
from shared.contracts.inquiry import Amount
from shared.text import Text


class PlanFileOptions(BaseModel):
    """How a file is taken: `dry_run` keeps nothing and shows faults, `add_lines` adds combinations
    that the draft does not have; `sheet` is the first one if it is not named.
    """

    model_config = ConfigDict(extra="forbid")

    reason: Reason
    dry_run: bool = False
    add_lines: bool = False
    sheet: Annotated[Text | None, Field(max_length=31)] = None


class PlanFileFaultOut(TableFaultOut):
    """`row` counts as a spreadsheet does, from 1; of the file as a whole it is 0."""


class PlanFileSumOut(BaseModel):
    """What all of a measure came to before, and after."""

    measure: Measure
    before: Amount
    after: Amount


class PlanFileOut(BaseModel):
    """What a file holds and changes: nothing while it has faults. `revision` is the draft's after
    it, in a dry run the present one.
    """

    revision: int
    dry_run: bool
    rows: int
    added_lines: int
    changed_cells: int
    sums: list[PlanFileSumOut]
    faults: list[PlanFileFaultOut]
    fault_count: int

    @classmethod
    def of(
        cls, table: PlanTable, outcome: Filed | None, terms: Terms, *, revision: int, dry_run: bool
    ) -> Self:
        """Without an outcome the table has faults."""
        sums = {} if outcome is None else outcome.sums
        return cls(
            revision=revision if outcome is None or dry_run else outcome.version.revision,
            dry_run=dry_run,
            rows=len(table.rows),
            added_lines=0 if outcome is None else outcome.added,
            changed_cells=0 if outcome is None else outcome.changed_cells,
            sums=[
                PlanFileSumOut(
                    measure=measure,
                    before=terms.amount(measure, one.before),
                    after=terms.amount(measure, one.after),
                )
                for measure, one in sums.items()
            ],
            faults=[PlanFileFaultOut(**fault._asdict()) for fault in table.faults],
            fault_count=table.fault_count,
        )
