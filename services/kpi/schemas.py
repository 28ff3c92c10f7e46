"""Answers of kpi's HTTP API, and the types of its parameters."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict

from services.kpi.repository.working_sql import GROUPS
from services.kpi.use_cases.reports import CountsRow, ResponseRow, Summary

Measure = Literal["received", "assigned", "accepted", "contacted", "won", "lost"]


def _known_groups(text: str) -> str:
    names = text.split(",")
    if not set(names) <= set(GROUPS) or len(set(names)) != len(names):
        raise ValueError(f"is one or several, with commas, of: {', '.join(GROUPS)}")
    return text


GroupBy = Annotated[str, AfterValidator(_known_groups)]


class FunnelCounts(BaseModel):
    """`received` counts inquiries, all else leads that got that far; tests are left out."""

    model_config = ConfigDict(from_attributes=True)

    received: int
    assigned: int
    accepted: int
    contacted: int
    won: int
    lost: int


class Group(BaseModel):
    """The members asked for by `group_by`; a lead that nobody holds has the manager null."""

    model_config = ConfigDict(extra="forbid")

    source: UUID | None = None
    channel: str | None = None
    manager: UUID | None = None
    day: date | None = None


class Labels(BaseModel):
    """What to show for a group: the source's key, the manager's name."""

    source: str | None = None
    manager: str | None = None


class FunnelRow(FunnelCounts):
    group: Group
    labels: Labels

    @classmethod
    def of(cls, row: CountsRow) -> Self:
        return cls(group=Group(**row.group), labels=Labels(**row.labels), **asdict(row.counts))


class Funnel(BaseModel):
    rows: list[FunnelRow]
    totals: FunnelCounts


class BehindItem(BaseModel):
    """A lead behind a number, or an inquiry behind `received` with its lead if it has one."""

    model_config = ConfigDict(from_attributes=True)

    lead_id: UUID | None
    inquiry_id: UUID | None


class ResponseFigures(BaseModel):
    """Seconds from the inquiry's receipt to the first contact, over `count` contacted leads."""

    model_config = ConfigDict(from_attributes=True)

    count: int
    p50_seconds: float | None
    p90_seconds: float | None


class ResponseTimesRow(ResponseFigures):
    group: Group
    labels: Labels

    @classmethod
    def of(cls, row: ResponseRow) -> Self:
        return cls(group=Group(**row.group), labels=Labels(**row.labels), **asdict(row.response))


class ResponseTimes(BaseModel):
    rows: list[ResponseTimesRow]
    totals: ResponseFigures


class SummaryFigures(FunnelCounts):
    """A funnel's counts, first response, and what was won by currency."""

    response: ResponseFigures
    won_amounts: dict[str, float]


class ManagerSummary(SummaryFigures):
    manager_id: UUID
    name: str | None

    @classmethod
    def of(cls, summary: Summary) -> Self:
        return cls(manager_id=summary.id, name=summary.label, **_figures(summary))


class Managers(BaseModel):
    rows: list[ManagerSummary]


class SourceSummary(SummaryFigures):
    source_id: UUID
    key: str | None

    @classmethod
    def of(cls, summary: Summary) -> Self:
        return cls(source_id=summary.id, key=summary.label, **_figures(summary))


class Sources(BaseModel):
    rows: list[SourceSummary]


def _figures(summary: Summary) -> dict[str, Any]:
    return {
        **asdict(summary.counts),
        "response": ResponseFigures.model_validate(summary.response),
        "won_amounts": {name: float(sum_) for name, sum_ in summary.won_amounts.items()},
    }
