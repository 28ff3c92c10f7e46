"""Reports as they are shown, and the types of their parameters."""

from collections.abc import Hashable, Sequence
from dataclasses import fields
from datetime import date
from typing import Annotated, Any, Final, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict

from services.kpi.domain.periods import STEPS
from services.kpi.repository.reports.cohort import DIMENSIONS
from services.kpi.repository.reports.responses import Response
from services.kpi.repository.reports.sides import Counts
from services.kpi.schemas.comparison import Compared, ComparedReport
from services.kpi.use_cases.reports.funnel import CountsRow, Funnel, ResponseRow, ResponseTimes
from services.kpi.use_cases.reports.response_steps import StepFigures


def _dimensions(text: str) -> str:
    names = text.split(",")
    if not set(names) <= set(DIMENSIONS) or len(set(names)) != len(names):
        raise ValueError(f"is one or several, with commas, of: {', '.join(DIMENSIONS)}")
    if len(set(names) & set(STEPS)) > 1:
        raise ValueError(f"has at most one of: {', '.join(STEPS)}")
    return text


def _members(figures: Counts | Response) -> dict[str, Any]:
    return {name: getattr(figures, name) for name in _NAMES[type(figures)]}


_NAMES: Final = {kind: [field.name for field in fields(kind)] for kind in (Counts, Response)}
GroupBy = Annotated[str, AfterValidator(_dimensions)]


class FunnelCountsOut(BaseModel):
    """`received` counts inquiries, all else leads that got that far; tests are left out."""

    model_config = ConfigDict(from_attributes=True)

    received: int
    assigned: int
    accepted: int
    contacted: int
    won: int
    lost: int


class GroupOut(BaseModel):
    """The members asked for by `group_by`; a lead that nobody owns has the manager null."""

    model_config = ConfigDict(extra="forbid")

    source: UUID | None = None
    channel: str | None = None
    campaign: str | None = None
    region: str | None = None
    product: str | None = None
    pipeline: str | None = None
    manager: UUID | None = None
    day: date | None = None
    week: date | None = None
    month: date | None = None


class LabelsOut(BaseModel):
    """What to show for a group: the source's key, the manager's name."""

    source: str | None = None
    manager: str | None = None


class ActivityOut(BaseModel):
    """What happened in the period, whenever the inquiry came; `opened` counts new leads."""

    model_config = ConfigDict(from_attributes=True)

    received: int
    opened: int
    assigned: int
    accepted: int
    contacted: int
    won: int
    lost: int


class FunnelFiguresOut(FunnelCountsOut):
    """`activity` is there where one dimension is asked for."""

    activity: ActivityOut | None = None


class GroupedOut(BaseModel):
    group: GroupOut
    labels: LabelsOut

    def key(self) -> Hashable:
        """The group."""
        return tuple(self.group.model_dump(exclude_unset=True).items())


class GroupedReport(ComparedReport):
    """`more` groups were left out, the smallest ones; the totals are of all."""

    more: int


class FunnelRowOut(GroupedOut, FunnelFiguresOut, Compared[FunnelFiguresOut]):
    FIGURES = FunnelFiguresOut

    @classmethod
    def of(cls, row: CountsRow) -> Self:
        return cls(
            group=GroupOut(**row.group),
            labels=LabelsOut(**row.labels),
            **_members(row.counts),
            **_beside(row),
        )


class FunnelTotalsOut(FunnelFiguresOut, Compared[FunnelFiguresOut]):
    FIGURES = FunnelFiguresOut


class FunnelOut(GroupedReport):
    """`more` groups with the fewest inquiries were left out; the totals are of all."""

    rows: list[FunnelRowOut]
    totals: FunnelTotalsOut

    @classmethod
    def of(cls, funnel: Funnel) -> Self:
        rows = [FunnelRowOut.of(row) for row in funnel.rows]
        totals = FunnelTotalsOut(**_members(funnel.totals), **_beside(funnel))
        return cls(rows=rows, totals=totals, more=funnel.more)


def _beside(funnel: CountsRow | Funnel) -> dict[str, Any]:
    if funnel.activity is None:
        return {}
    return {"activity": ActivityOut.model_validate(funnel.activity)}


class ResponseFiguresOut(BaseModel):
    """Seconds from the inquiry's receipt to the first contact, over `count` contacted leads;
    `within_5` of them within five minutes.
    """

    model_config = ConfigDict(from_attributes=True)

    count: int
    p50_seconds: float | None
    p90_seconds: float | None
    p99_seconds: float | None
    within_1: int
    within_5: int
    within_15: int
    within_60: int


class ResponseTimesRowOut(GroupedOut, ResponseFiguresOut, Compared[ResponseFiguresOut]):
    FIGURES = ResponseFiguresOut

    @classmethod
    def of(cls, row: ResponseRow) -> Self:
        return cls(
            group=GroupOut(**row.group), labels=LabelsOut(**row.labels), **_members(row.response)
        )


class ResponseTotalsOut(ResponseFiguresOut, Compared[ResponseFiguresOut]):
    FIGURES = ResponseFiguresOut


class ResponseTimesOut(GroupedReport):
    """`more` groups with the fewest leads were left out; the totals are of all."""

    rows: list[ResponseTimesRowOut]
    totals: ResponseTotalsOut

    @classmethod
    def of(cls, times: ResponseTimes) -> Self:
        return cls(
            rows=[ResponseTimesRowOut.of(row) for row in times.rows],
            totals=ResponseTotalsOut(**_members(times.totals)),
            more=times.more,
        )


class StepFiguresOut(ResponseFiguresOut, Compared[ResponseFiguresOut]):
    """Seconds of one step: `owner` and `first_touch` from receipt, `accept` from the assignment,
    `sale` from the first touch.
    """

    FIGURES = ResponseFiguresOut

    step: str

    def key(self) -> str:
        """The step."""
        return self.step


class StepsOut(ComparedReport):
    rows: list[StepFiguresOut]

    @classmethod
    def of(cls, rows: Sequence[StepFigures]) -> Self:
        return cls(rows=[StepFiguresOut.model_validate(row) for row in rows])
