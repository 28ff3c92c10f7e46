"""Managers' load as it is shown."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.kpi.domain.load.steps import Beside, Step
from services.kpi.domain.load.sums import LoadFigures
from services.kpi.schemas.comparison import ChangeOut, Compared
from services.kpi.schemas.load_comparison import EarlierLoadOut, LoadChangesOut, changes_of
from services.kpi.use_cases.load.report import CompanyLoad, LoadReport

LoadStep = Literal["hour", "day", "week", "month", "period"]


class LoadStepOut(BaseModel):
    """From `begins_at` to before `ends_at`; of the step that is going on what has passed of it."""

    model_config = ConfigDict(from_attributes=True)

    begins_at: datetime
    ends_at: datetime


class LoadFiguresOut(BaseModel):
    """A number for each step.

    `came` and `went` count holdings that began and ended. Averages weigh each state by how long it
    lasted. `open` are leads, `units` and `capacity` work units; `utilisation` is units over
    capacity, null where there was none. Minutes present are those online or busy, minutes on shift
    those of the calendar.
    """

    came: list[int]
    went: list[int]
    open_average: list[float]
    open_peak: list[int]
    units_average: list[float]
    capacity_average: list[float]
    utilisation: list[float | None]
    over_capacity_minutes: list[float]
    present_minutes: list[float]
    shift_minutes: list[float]
    present_on_shift_minutes: list[float]

    @classmethod
    def of(cls, figures: Sequence[LoadFigures]) -> Self:
        columns = zip(*figures, strict=True) if figures else ((),) * len(LoadFigures._fields)
        return cls(**dict(zip(LoadFigures._fields, map(list, columns), strict=True)))


class ComparedLoadOut(BaseModel):
    """`previous` and `changes` where the period before is asked for."""

    figures: LoadFiguresOut
    previous: EarlierLoadOut | None = None
    changes: dict[str, LoadChangesOut] | None = None


def _compared(
    own: Sequence[LoadFigures], earlier: Sequence[LoadFigures], beside: Beside | None
) -> dict[str, Any]:
    figures = LoadFiguresOut.of(own)
    if beside is None:
        return {"figures": figures}
    previous = EarlierLoadOut.of(earlier, beside.places)
    changes = changes_of(figures, previous)
    return {"figures": figures, "previous": previous, "changes": changes}


class ManagersLoadOut(ComparedLoadOut):
    manager_id: UUID
    name: str | None


class StepFiguresOut(BaseModel):
    """Of one step."""

    came: int
    went: int
    open_average: float
    open_peak: int
    units_average: float
    capacity_average: float
    utilisation: float | None
    over_capacity_minutes: float
    present_minutes: float
    shift_minutes: float
    present_on_shift_minutes: float


class LoadRowOut(StepFiguresOut, Compared[StepFiguresOut]):
    """One step of one manager, or of all of them, as a row of a table."""

    FIGURES = StepFiguresOut

    manager_id: UUID | None = None
    name: str | None = None
    begins_at: datetime
    ends_at: datetime


def table_rows(
    steps: Sequence[LoadStepOut], load: ComparedLoadOut, **manager: Any
) -> list[LoadRowOut]:
    """A row for each step."""
    names = LoadFiguresOut.model_fields
    rows = []
    for place, step in enumerate(steps):
        figures = {name: getattr(load.figures, name)[place] for name in names}
        row = LoadRowOut(**manager, begins_at=step.begins_at, ends_at=step.ends_at, **figures)
        rows.append(row if load.previous is None else _beside(row, load, place))
    return rows


def _beside(row: LoadRowOut, load: ComparedLoadOut, place: int) -> LoadRowOut:
    before = {name: getattr(load.previous, name)[place] for name in StepFiguresOut.model_fields}
    previous = changes = None
    if before["came"] is not None and load.changes is not None:
        previous = StepFiguresOut(**before)
        changes = {name: ChangeOut(**each.at(place)) for name, each in load.changes.items()}
    return row.model_copy(update={"previous": previous, "changes": changes})


class LoadOut(BaseModel):
    """Managers in the order of their ids, in pages. `previous_steps` are those that stand beside
    the steps, where the period before is asked for.
    """

    steps: list[LoadStepOut]
    previous_steps: list[LoadStepOut | None] | None = None
    rows: list[ManagersLoadOut]
    next_cursor: str | None

    @classmethod
    def of(cls, report: LoadReport, *, next_cursor: str | None) -> Self:
        rows = [
            ManagersLoadOut(
                manager_id=item.manager_id,
                name=item.name,
                **_compared(item.figures, item.earlier, report.beside),
            )
            for item in report.managers
        ]
        return cls(**_steps(report.steps, report.beside), rows=rows, next_cursor=next_cursor)


class CompanyLoadOut(ComparedLoadOut):
    """Of all managers as one; minutes are the sums of theirs."""

    steps: list[LoadStepOut]
    previous_steps: list[LoadStepOut | None] | None = None

    @classmethod
    def of(cls, load: CompanyLoad) -> Self:
        members = _compared(load.figures, load.earlier, load.beside)
        return cls(**_steps(load.steps, load.beside), **members)


def _steps(steps: Sequence[Step], beside: Beside | None) -> dict[str, Any]:
    members = {"steps": [LoadStepOut.model_validate(step) for step in steps]}
    if beside is None:
        return members
    twins = [None if twin is None else LoadStepOut.model_validate(twin) for twin in beside.twins]
    return {**members, "previous_steps": twins}
