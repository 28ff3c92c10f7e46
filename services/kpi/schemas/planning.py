"""The past of an indicator as it is shown: its steps, and what of a season they show."""

from datetime import date
from typing import Literal, Self

from pydantic import BaseModel

from services.kpi.domain.forecast.past import Measure, Past, number_of
from services.kpi.domain.forecast.seasonality import Index, Seasonality
from services.kpi.domain.forecast.series import rounded
from services.kpi.use_cases.forecast.past import PastView
from shared.contracts.inquiry import Amount

PastAxis = Literal[
    "company", "source", "channel", "campaign", "region", "product", "pipeline", "manager"
]
Step = Literal["day", "week", "month"]
_DIGITS = 4


class PointOut(BaseModel):
    """`value` is null where nothing can be said of the step. `mark`: `outlier`, far from the
    `expected`, or `holiday`, with its name; neither stands behind an index.
    """

    day: date
    value: Amount | None
    mark: Literal["outlier", "holiday"] | None
    expected: Amount | None
    holiday: str | None


class IndexOut(BaseModel):
    """`place`: month 1-12, ISO week 1-53, or weekday 1-7 from Monday. `index` is its ratio to the
    mean, from so many `periods`, which lie between `low` and `high`; null where none shows it.
    """

    place: int
    index: float | None
    periods: int
    low: float | None
    high: float | None
    deviation: float | None

    @classmethod
    def of(cls, item: Index) -> Self:
        numbers = {name: _short(getattr(item, name)) for name in ("low", "high", "deviation")}
        return cls(place=item.place, index=_short(item.value), periods=item.periods, **numbers)


def _short(value: float | None) -> float | None:
    return None if value is None else float(rounded(value, _DIGITS))


class SeasonalityOut(BaseModel):
    """`enough` is false while some place of the season was not seen in two periods: its indices are
    then no more than what happened. `currency` is null for what is no money.
    """

    measure: Measure
    step: Step
    axis: PastAxis
    key: str | None
    currency: str | None
    kind: Literal["month", "week", "weekday"]
    enough: bool
    indices: list[IndexOut]
    points: list[PointOut]

    @classmethod
    def of(
        cls, view: PastView, axis: PastAxis, season: Seasonality, names: dict[date, str]
    ) -> Self:
        return cls.model_validate(
            {
                "measure": view.past.measure,
                "step": view.past.step,
                "axis": axis,
                "key": view.key,
                "currency": view.currency,
                "kind": season.kind,
                "enough": season.enough,
                "indices": [IndexOut.of(item) for item in season.indices],
                "points": _points(view.past, season, names),
            }
        )


def _points(past: Past, season: Seasonality, names: dict[date, str]) -> list[PointOut]:
    outliers = {item.day: item for item in season.outliers}
    points = []
    for day, value in zip(past.days, past.values, strict=True):
        outlier, holiday = outliers.get(day), names.get(day)
        points.append(
            PointOut(
                day=day,
                value=value,
                mark="holiday" if holiday else "outlier" if outlier else None,
                expected=number_of(past.measure, outlier.expected) if outlier else None,
                holiday=holiday,
            )
        )
    return points
