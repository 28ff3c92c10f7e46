"""Conversions as they are shown."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from services.kpi.use_cases.conversions import Conversion

ConversionAxis = Literal[
    "company", "source", "channel", "campaign", "region", "product", "pipeline", "manager",
    "day", "week", "month",
]  # fmt: skip
Target = Literal["assigned", "accepted", "contacted", "won", "lost"]


class ConversionOut(BaseModel):
    """Leads received in the period by how far they got. Shares are of all `leads`;
    `closed_conversion` is the share of sales among those that have ended.
    """

    value: str | None
    leads: int
    assigned: int
    accepted: int
    contacted: int
    won: int
    lost: int
    open: int
    contacted_share: float
    conversion: float
    closed_conversion: float | None
    won_amounts: dict[str, float]

    @classmethod
    def of(cls, row: Conversion) -> Self:
        closed = row.won + row.lost
        return cls(
            value=None if row.value is None else str(row.value),
            leads=row.leads,
            assigned=row.assigned,
            accepted=row.accepted,
            contacted=row.contacted,
            won=row.won,
            lost=row.lost,
            open=row.leads - closed,
            contacted_share=row.contacted / row.leads,
            conversion=row.won / row.leads,
            closed_conversion=row.won / closed if closed else None,
            won_amounts={name: float(amount) for name, amount in row.amounts.items()},
        )


class ConversionsOut(BaseModel):
    rows: list[ConversionOut]


class StageFiguresOut(BaseModel):
    """`entered` counts leads received in the period that ever came to the stage, `entered_then`
    those that came to it in the period. Seconds are those of the `left` that are there no more.
    """

    model_config = ConfigDict(from_attributes=True)

    pipeline: str
    stage: str
    entered: int
    entered_then: int
    left: int
    p50_seconds: float | None
    p90_seconds: float | None


class StagesOut(BaseModel):
    rows: list[StageFiguresOut]


class LossReasonOut(BaseModel):
    """`lost` of the leads received in the period, `lost_then` of those that were lost in it."""

    model_config = ConfigDict(from_attributes=True)

    reason: str | None
    lost: int
    lost_then: int


class LossReasonsOut(BaseModel):
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


class CurveOut(BaseModel):
    """Leads that have not come to the target count as watched up to now, or up to their end. The
    minutes by which half and nine tenths had come are null where that has not happened.
    """

    model_config = ConfigDict(from_attributes=True)

    leads: int
    p50_minutes: float | None
    p90_minutes: float | None
    points: list[PointOut]
