"""Takes opinions that have a past into a forecast before it is kept."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from services.kpi.domain.forecast.bands import Band
from services.kpi.domain.forecast.past import Measure, number_of
from services.kpi.domain.forecast.series import rounded
from services.kpi.domain.opinions.blend import blended
from services.kpi.repository.forecast.forecasts import (
    ForecastHead,
    StepRow,
    VoiceRow,
    WholeForecast,
)
from services.kpi.use_cases.opinions.beside import Beside, Together

_DIGITS: Final = 4  # of weights and errors


def with_opinions(whole: WholeForecast, beside: Beside) -> WholeForecast:
    """The forecast as it is with opinions of its days: of days that are told twice, the fewest."""
    measure = Measure(whole.head.measure)
    steps, voices = list(whole.steps), list[VoiceRow]()
    for item in _apart(beside.together):
        places = [place for place, step in enumerate(steps) if item.first <= step.day < item.end]
        bands = [_band(steps[place]) for place in places]
        whole_bands = blended(bands, item.values, item.records, item.combined)
        for place, band in zip(places, whole_bands, strict=True):
            p10, p50, p90 = (number_of(measure, value) for value in band)
            steps[place] = replace(steps[place], p10=p10, p50=p50, p90=p90)
        voices += _voices(measure, whole.head.mape, item)
    if not voices:
        return whole
    return WholeForecast(_with_totals(whole, measure, steps), whole.methods, steps, voices)


def _apart(items: Sequence[Together]) -> Iterator[Together]:
    days: list[tuple[date, date]] = []
    for item in sorted(items, key=lambda one: (one.end - one.first, one.first)):
        if all(item.end <= first or end <= item.first for first, end in days):
            days.append((item.first, item.end))
            yield item


def _band(step: StepRow) -> Band:
    return Band(float(step.p10), float(step.p50), float(step.p90))


def _voices(measure: Measure, mape: Decimal | None, item: Together) -> Iterator[VoiceRow]:
    for kind, weight in sorted(item.combined.weights.items()):
        record = item.records.get(kind)
        yield VoiceRow(
            first=item.first,
            end=item.end,
            kind=kind,
            weight=rounded(weight, _DIGITS),
            value=number_of(measure, item.values[kind]),
            mape=mape if record is None else rounded(record.mape, _DIGITS),
            judged=None if record is None else record.judged,
        )


def _with_totals(whole: WholeForecast, measure: Measure, steps: Sequence[StepRow]) -> ForecastHead:
    """What all steps come to moves as their likeliest values do."""
    head = whole.head
    if head.total_p10 is None or not head.total_p50 or head.total_p90 is None:
        return head
    ratio = float(sum(step.p50 for step in steps) / sum(step.methods_p50 for step in steps))
    totals = (head.total_p10, head.total_p50, head.total_p90)
    p10, p50, p90 = (number_of(measure, float(total) * ratio) for total in totals)
    return replace(head, total_p10=p10, total_p50=p50, total_p90=p90)
