"""Conversions as they are shown."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from services.kpi.schemas.comparison import Compared, ComparedReport
from services.kpi.use_cases.reports.conversions import Conversion
from shared.contracts.inquiry import Amount

ConversionAxis = Literal[
    "company", "source", "channel", "campaign", "region", "product", "pipeline", "manager",
    "day", "week", "month",
]  # fmt: skip
Target = Literal["assigned", "accepted", "contacted", "won", "lost"]


class ConversionFiguresOut(BaseModel):
    """Leads received in the period by how far they got: each is `won`, `lost`, `open` or, as one of
    somebody who was erased is until it is closed, `set_aside`. Shares are of all `leads`;
    `closed_conversion` is the share of sales among those that have ended.
    """

    leads: int
    assigned: int
    accepted: int
    contacted: int
    won: int
    lost: int
    open: int
    set_aside: int
    contacted_share: float | None
    conversion: float | None
    closed_conversion: float | None
    won_amounts: dict[str, Amount]


class ConversionOut(ConversionFiguresOut, Compared[ConversionFiguresOut]):
    """`label`: the key of the source, the name of the manager that `value` is."""

    FIGURES = ConversionFiguresOut

    value: str | None
    label: str | None

    def key(self) -> str | None:
        """The value."""
        return self.value

    @classmethod
    def of(cls, row: Conversion, label: str | None) -> Self:
        closed = row.won + row.lost
        return cls(
            value=None if row.value is None else str(row.value),
            label=label,
            leads=row.leads,
            assigned=row.assigned,
            accepted=row.accepted,
            contacted=row.contacted,
            won=row.won,
            lost=row.lost,
            open=row.leads - closed - row.set_aside,
            set_aside=row.set_aside,
            contacted_share=row.contacted / row.leads,
            conversion=row.won / row.leads,
            closed_conversion=row.won / closed if closed else None,
            won_amounts=row.amounts,
        )


class ConversionsOut(ComparedReport):
    rows: list[ConversionOut]


class StageCountsOut(BaseModel):
    """`entered` counts leads received in the period that ever came to the stage, `entered_then`
    those that came to it in the period. Seconds are those of the `left` that are there no more.
    """

    entered: int
    entered_then: int
    left: int
    p50_seconds: float | None
    p90_seconds: float | None


class StageFiguresOut(StageCountsOut, Compared[StageCountsOut]):
    FIGURES = StageCountsOut
    model_config = ConfigDict(from_attributes=True)

    pipeline: str
    stage: str

    def key(self) -> tuple[str, str]:
        """Pipeline and stage."""
        return self.pipeline, self.stage


class StagesOut(ComparedReport):
    rows: list[StageFiguresOut]


class LossCountsOut(BaseModel):
    """`lost` of the leads received in the period, `lost_then` of those that were lost in it."""

    lost: int
    lost_then: int


class LossReasonOut(LossCountsOut, Compared[LossCountsOut]):
    FIGURES = LossCountsOut
    model_config = ConfigDict(from_attributes=True)

    reason: str | None

    def key(self) -> str | None:
        """The reason."""
        return self.reason


class LossReasonsOut(ComparedReport):
    rows: list[LossReasonOut]


class PointOut(BaseModel):
    """After `time` minutes the share `surviving` had not come to the target yet, give or take its
    standard `error`; `at_risk` leads had been watched so long.
    """

    model_config = ConfigDict(from_attributes=True)

    time: float
    at_risk: int
    events: int
    surviving: float
    error: float


class CurveFiguresOut(BaseModel):
    """Leads that have not come to the target count as watched up to now, or up to their end. The
    minutes by which half and nine tenths had come are null where that has not happened.
    """

    leads: int
    p50_minutes: float | None
    p90_minutes: float | None


class CurveOut(CurveFiguresOut, Compared[CurveFiguresOut]):
    """Beside it no points of the period before are given."""

    FIGURES = CurveFiguresOut
    model_config = ConfigDict(from_attributes=True)

    points: list[PointOut]
