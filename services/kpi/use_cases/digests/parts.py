"""What a report consists of, however its parts were read."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.kpi.domain.digests.charts import Chart
from shared.database import Database
from shared.spreadsheets import Cell


@dataclass(frozen=True, slots=True)
class Glance:
    """What people see at once: names and figures as words; `more` rows stand in the files only, of
    `left_out` groups, the smallest ones, none.
    """

    heading: Sequence[str]
    rows: Sequence[Sequence[str]]
    totals: Sequence[str] | None
    more: int
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One report of the company's. `heading` and `rows` are its table, `about` pairs of what
    it says of itself, `data` what the report's own address answers.
    """

    report: str
    title: str
    days: str
    file_name: str
    about: Sequence[tuple[str, str]]
    heading: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    glance: Glance
    chart: Chart | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Occasion:
    """For when, where and whom a report is made: its days are told by `today` in the zone, those of
    plans by the company's, where the holidays of its `country` are no working days.
    """

    due_at: datetime
    zone: ZoneInfo
    language: str
    now: datetime
    company: ZoneInfo
    country: str | None = None

    @property
    def today(self) -> date:
        return self.due_at.astimezone(self.zone).date()


# Reads the parts that sections ask for.
Reader = Callable[[Database, Sequence[Mapping[str, Any]], Occasion], Awaitable[Sequence[Part]]]
