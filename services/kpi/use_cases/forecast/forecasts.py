"""Makes a forecast of the past as it is known now, ready to be kept."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from services.kpi.domain.forecast.accuracy import Accuracy
from services.kpi.domain.forecast.bands import Band
from services.kpi.domain.forecast.forecast import Forecast, forecast
from services.kpi.domain.forecast.past import SUMMED, Measure, Past, number_of
from services.kpi.domain.forecast.series import TooLittleDataError, rounded
from services.kpi.repository.forecast.forecasts import (
    ForecastHead,
    MethodRow,
    StepRow,
    WholeForecast,
    by_weight,
)
from services.kpi.use_cases.forecast.open_leads import NAME
from services.kpi.use_cases.forecast.past import PastView, PastWish
from shared.errors import InvalidError
from shared.ids import new_id

_DIGITS: Final = 4  # of shares and errors


def make_forecast(
    wish: PastWish,
    view: PastView,
    horizon: int,
    open_leads: Sequence[float] | None,
    *,
    actor: str,
    now: datetime,
) -> WholeForecast:
    """The forecast of the steps after the past. Raises InvalidError where there is too little."""
    past = view.past
    try:
        result = forecast(past.series, horizon, past.own_methods())
    except TooLittleDataError as error:
        raise InvalidError("The past is too short.", errors=[("/from", str(error))]) from error
    head = ForecastHead(
        forecast_id=new_id(),
        measure=past.measure,
        step=past.step,
        axis=wish.axis,
        key=view.key,
        currency=view.currency,
        time_zone=wish.span.zone.key,
        past_from=past.days[0],
        past_to=result.days[0],
        past_steps=len(past.days),
        gaps=len(result.gaps),
        season=result.season,
        origins=result.origins,
        **_errors(result.accuracy),
        coverage=_short(result.coverage),
        **_total(past, result.total),
        made_at=now,
        made_by=actor,
    )
    methods = _methods(past.measure, result) + _beside(past.measure, open_leads)
    return WholeForecast(head, methods, _steps(past.measure, result))


def _errors(accuracy: Accuracy) -> dict[str, Decimal | None]:
    return {name: _short(getattr(accuracy, name)) for name in ("mape", "mase", "bias")}


def _short(value: float | None) -> Decimal | None:
    return None if value is None else rounded(value, _DIGITS)


def _total(past: Past, band: Band | None) -> dict[str, Decimal | None]:
    """Of all steps together; shares and averages have none."""
    if band is None or past.measure not in SUMMED:
        return dict.fromkeys(("total_p10", "total_p50", "total_p90"))
    return {
        f"total_{name}": number_of(past.measure, value) for name, value in band._asdict().items()
    }


def _methods(measure: Measure, result: Forecast) -> list[MethodRow]:
    return by_weight(
        MethodRow(
            name=item.name,
            weight=rounded(item.weight, _DIGITS),
            **_errors(item.accuracy),
            path=[number_of(measure, value) for value in item.path],
        )
        for item in result.methods
    )


def _beside(measure: Measure, open_leads: Sequence[float] | None) -> list[MethodRow]:
    """What was open at earlier times is not told again: it has no errors, and so no weight."""
    if open_leads is None:
        return []
    path = [number_of(measure, value) for value in open_leads]
    return [MethodRow(name=NAME, weight=Decimal(0), mape=None, mase=None, bias=None, path=path)]


def _steps(measure: Measure, result: Forecast) -> list[StepRow]:
    return [
        StepRow(
            day=day,
            **{name: number_of(measure, value) for name, value in band._asdict().items()},
            methods_p50=number_of(measure, band.p50),
        )
        for day, band in zip(result.days, result.bands, strict=True)
    ]
