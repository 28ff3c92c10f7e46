"""Distributions of waiting times as they are shown."""

from collections.abc import Hashable, Sequence
from datetime import date
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel

from services.kpi.domain.waiting import BIN_ENDS, NO_WAITS, Waits, in_bins
from services.kpi.schemas.comparison import ChangeOut, Compared, ComparedReport
from services.kpi.use_cases.reports.waits import WaitsRow

WaitStep = Literal["owner", "accept", "first_touch", "sale"]
WaitDimension = Literal[
    "source", "channel", "campaign", "region", "product", "pipeline", "manager", "day", "week",
    "month", "hour", "weekday",
]  # fmt: skip


class BinOut(BaseModel):
    """`count` leads took more than the bin before and at most `up_to_seconds`; null: any longer."""

    up_to_seconds: int | None
    count: int


class PromiseOut(BaseModel):
    """Of the deadlines that are over or were kept, `kept` were kept; `share` is null for none."""

    due: int
    kept: int
    share: float | None


class WaitFiguresOut(BaseModel):
    """Seconds of the step, over the `count` leads that made it; `within_5` of them within five
    minutes. `promise` is of nothing where none was made of the step.
    """

    count: int
    p50_seconds: float | None
    p90_seconds: float | None
    p99_seconds: float | None
    within_1: int
    within_5: int
    within_15: int
    within_60: int
    bins: list[BinOut]
    promise: PromiseOut


class WaitsRowOut(WaitFiguresOut, Compared[WaitFiguresOut]):
    """`value` of the dimension; an hour from 0 to 23, a weekday from 1 for Monday to 7."""

    FIGURES = WaitFiguresOut

    value: UUID | date | int | str | None
    label: str | None

    def key(self) -> Hashable:
        """The value."""
        return self.value

    def emptied(self) -> Self:
        """All of its bins, with nothing in them."""
        return self.model_copy(update=figures_out(NO_WAITS).__dict__)

    @classmethod
    def of(cls, row: WaitsRow) -> Self:
        return cls(value=row.value, label=row.label, **figures_out(row.waits).__dict__)


class WaitsLineOut(BaseModel):
    """A row of a table; bins by their ends, the last one is longer than all."""

    value: UUID | date | int | str | None = None
    label: str | None = None
    count: int
    p50_seconds: float | None
    p90_seconds: float | None
    p99_seconds: float | None
    within_1: int
    within_5: int
    within_15: int
    within_60: int
    promise: PromiseOut
    bins: dict[str, int]
    changes: dict[str, ChangeOut] | None = None

    @classmethod
    def of(cls, row: "WaitsRowOut | WaitsTotalsOut") -> Self:
        bins = {str(each.up_to_seconds or "∞"): each.count for each in row.bins}
        return cls(**{**dict(row), "bins": bins})


class WaitsTotalsOut(WaitFiguresOut, Compared[WaitFiguresOut]):
    FIGURES = WaitFiguresOut


class WaitsOut(ComparedReport):
    """`rows` where the leads are grouped."""

    rows: list[WaitsRowOut]
    totals: WaitsTotalsOut

    @classmethod
    def of(cls, rows: Sequence[WaitsRow], totals: Waits) -> Self:
        return cls(
            rows=[WaitsRowOut.of(row) for row in rows],
            totals=WaitsTotalsOut(**figures_out(totals).__dict__),
        )


def figures_out(waits: Waits) -> WaitFiguresOut:
    within = {
        f"within_{minutes}": waits.up_to[BIN_ENDS.index(60 * minutes)] for minutes in (1, 5, 15, 60)
    }
    names = ("p50_seconds", "p90_seconds", "p99_seconds")
    quantiles = dict(zip(names, waits.quantiles, strict=True))
    numbers = zip((*BIN_ENDS, None), in_bins(waits.up_to, waits.leads), strict=True)
    return WaitFiguresOut(
        count=waits.leads,
        **quantiles,
        **within,
        bins=[BinOut(up_to_seconds=end, count=count) for end, count in numbers],
        promise=PromiseOut(
            due=waits.due, kept=waits.kept, share=waits.kept / waits.due if waits.due else None
        ),
    )
