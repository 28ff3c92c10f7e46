"""How good forecasts were: of one, and of each thing over time."""

from datetime import date
from typing import Any, Self

from pydantic import BaseModel

from services.kpi.domain.forecast.outcome import Happened, Outcome
from services.kpi.domain.forecast.past import Measure
from services.kpi.schemas.forecasts import StepBandOut
from services.kpi.schemas.planning import PastAxis, Step
from services.kpi.use_cases.forecast.quality import CutQuality
from shared.contracts.inquiry import Amount


class HappenedOut(StepBandOut):
    """A step that is over; `fact` is null where nothing can be said of it."""

    fact: Amount | None

    @classmethod
    def of(cls, item: Happened) -> Self:
        foretold = item.foretold
        return cls(
            day=foretold.day, p10=foretold.p10, p50=foretold.p50, p90=foretold.p90, fact=item.fact
        )


class ForecastQualityOut(BaseModel):
    """`error` is the sum of the differences between the likeliest values and the facts, without
    their signs, by the facts (WAPE); `bias` that of the differences, positive where too much was
    foretold; `score` one less the error, at least 0; `within` the share of facts within the band.
    """

    steps: list[HappenedOut]
    error: float | None
    bias: float | None
    score: float | None
    within: float | None

    @classmethod
    def of(cls, item: Outcome) -> Self:
        return cls(steps=[HappenedOut.of(step) for step in item.steps], **_shares(item))


class MonthQualityOut(BaseModel):
    """Of the `steps` that are over and begin in the month, as of one forecast."""

    month: str
    steps: int
    error: float | None
    bias: float | None
    score: float | None
    within: float | None


class CutQualityOut(BaseModel):
    """What forecasts are of, how good they were in all, and by months, in their order. A step is
    judged as the latest forecast has it that was made before the step was over.
    """

    measure: Measure
    axis: PastAxis
    key: str | None
    currency: str | None
    step: Step
    time_zone: str
    steps: int
    error: float | None
    bias: float | None
    score: float | None
    within: float | None
    months: list[MonthQualityOut]

    @classmethod
    def of(cls, item: CutQuality) -> Self:
        cut: dict[str, Any] = item.cut._asdict()
        return cls(
            **cut | {"key": item.cut.key or None, "currency": item.cut.currency or None},
            steps=len(item.whole.steps),
            **_shares(item.whole),
            months=[_month(month, outcome) for month, outcome in item.months],
        )


def _month(month: date, outcome: Outcome) -> MonthQualityOut:
    return MonthQualityOut(
        month=month.isoformat()[:7], steps=len(outcome.steps), **_shares(outcome)
    )


def _shares(item: Outcome) -> dict[str, Any]:
    shares = {
        "error": item.error, "bias": item.bias, "score": item.score, "within": item.within
    }  # fmt: skip
    return {name: None if share is None else round(share, 4) for name, share in shares.items()}
