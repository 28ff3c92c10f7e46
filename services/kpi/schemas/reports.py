"""Reports as they are shown, and the types of their parameters."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict

from services.kpi.domain.periods import STEPS
from services.kpi.repository.cohort import DIMENSIONS
from services.kpi.use_cases.reports import CountsRow, Funnel, ResponseRow
from shared.web.pagination import Page

ActivityMeasure = Literal["opened", "assigned", "accepted", "contacted", "won", "lost"]
Measure = Literal["received", "assigned", "accepted", "contacted", "won", "lost"]


def _dimensions(text: str) -> str:
    names = text.split(",")
    if not set(names) <= set(DIMENSIONS) or len(set(names)) != len(names):
        raise ValueError(f"is one or several, with commas, of: {', '.join(DIMENSIONS)}")
    if len(set(names) & set(STEPS)) > 1:
        raise ValueError(f"has at most one of: {', '.join(STEPS)}")
    return text


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


class FunnelRowOut(FunnelCountsOut):
    """`activity` is there where one dimension is asked for, `previous` if that is asked for."""

    group: GroupOut
    labels: LabelsOut
    activity: ActivityOut | None = None
    previous: FunnelCountsOut | None = None

    @classmethod
    def of(cls, row: CountsRow) -> Self:
        return cls(
            group=GroupOut(**row.group),
            labels=LabelsOut(**row.labels),
            **asdict(row.counts),
            **_beside(row),
        )


class FunnelOut(BaseModel):
    rows: list[FunnelRowOut]
    totals: FunnelCountsOut
    activity: ActivityOut | None = None
    previous: FunnelCountsOut | None = None

    @classmethod
    def of(cls, funnel: Funnel) -> Self:
        rows = [FunnelRowOut.of(row) for row in funnel.rows]
        totals = FunnelCountsOut.model_validate(funnel.totals)
        return cls(rows=rows, totals=totals, **_beside(funnel))


def _beside(funnel: CountsRow | Funnel) -> dict[str, Any]:
    beside: dict[str, Any] = {}
    if funnel.activity is not None:
        beside["activity"] = ActivityOut.model_validate(funnel.activity)
    if funnel.previous is not None:
        beside["previous"] = FunnelCountsOut.model_validate(funnel.previous)
    return beside


class DrillDownItemOut(BaseModel):
    """A lead that a number counts, or an inquiry counted by `received` with its lead, if any."""

    model_config = ConfigDict(from_attributes=True)

    lead_id: UUID | None
    inquiry_id: UUID | None


class DrillDownPage(Page[DrillDownItemOut]):
    """A page of what a number of the funnel counts, newest id first."""


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


class ResponseTimesRowOut(ResponseFiguresOut):
    group: GroupOut
    labels: LabelsOut

    @classmethod
    def of(cls, row: ResponseRow) -> Self:
        return cls(
            group=GroupOut(**row.group), labels=LabelsOut(**row.labels), **asdict(row.response)
        )


class ResponseTimesOut(BaseModel):
    rows: list[ResponseTimesRowOut]
    totals: ResponseFiguresOut


class StepFiguresOut(ResponseFiguresOut):
    """Seconds of one step: `owner` and `first_touch` from receipt, `accept` from the assignment,
    `sale` from the first touch.
    """

    step: str


class StepsOut(BaseModel):
    rows: list[StepFiguresOut]
