"""Managers' load as it is shown."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.kpi.domain.load.figures import LoadFigures
from services.kpi.domain.load.steps import Step
from services.kpi.use_cases.load import LoadReport

LoadStep = Literal["hour", "day", "week", "month"]


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


class ManagersLoadOut(BaseModel):
    manager_id: UUID
    name: str | None
    figures: LoadFiguresOut


class LoadRowOut(BaseModel):
    """One step of one manager, or of all of them, as a row of a table."""

    manager_id: UUID | None = None
    name: str | None = None
    begins_at: datetime
    ends_at: datetime
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


def table_rows(
    steps: Sequence[LoadStepOut], figures: LoadFiguresOut, **manager: Any
) -> list[LoadRowOut]:
    """A row for each step."""
    columns = {name: getattr(figures, name) for name in LoadFiguresOut.model_fields}
    return [
        LoadRowOut(
            **manager,
            begins_at=step.begins_at,
            ends_at=step.ends_at,
            **{name: values[place] for name, values in columns.items()},
        )
        for place, step in enumerate(steps)
    ]


class LoadOut(BaseModel):
    """Managers in the order of their ids, in pages."""

    steps: list[LoadStepOut]
    rows: list[ManagersLoadOut]
    next_cursor: str | None

    @classmethod
    def of(cls, report: LoadReport, *, next_cursor: str | None) -> Self:
        rows = [
            ManagersLoadOut(
                manager_id=item.manager_id,
                name=item.name,
                figures=LoadFiguresOut.of(item.figures),
            )
            for item in report.managers
        ]
        return cls(steps=_steps(report.steps), rows=rows, next_cursor=next_cursor)


class CompanyLoadOut(BaseModel):
    """Of all managers as one; minutes are the sums of theirs."""

    steps: list[LoadStepOut]
    figures: LoadFiguresOut

    @classmethod
    def of(cls, steps: Sequence[Step], figures: Sequence[LoadFigures]) -> Self:
        return cls(steps=_steps(steps), figures=LoadFiguresOut.of(figures))


def _steps(steps: Sequence[Step]) -> list[LoadStepOut]:
    return [LoadStepOut.model_validate(step) for step in steps]
