"""What a forecast becomes by opinions that have a past: their part of each step of their days.

Quantiles are averaged, each with the weight of its source: K. C. Lichtendahl, Y. Grushka-Cockayne,
R. L. Winkler: Is it better to average probabilities or quantiles?, Management Science 59 (2013),
1594-1611.
"""

from collections.abc import Mapping, Sequence
from math import sqrt

from services.kpi.domain.forecast.bands import Band, bands_of
from services.kpi.domain.opinions.record import FORECAST, Combined, TrackRecord


def blended(
    steps: Sequence[Band],
    opinions: Mapping[str, float],
    records: Mapping[str, TrackRecord],
    together: Combined,
) -> list[Band]:
    """The steps of some days, of which each kind of opinion has one likeliest value: it is cut to
    the steps as the forecast is. What such may be off comes from what they were off before, for a
    step by the root of the number of steps more, as if steps were off independently.
    """
    total = sum(step.p50 for step in steps)
    shares = [step.p50 / total if total else 1 / len(steps) for step in steps]
    bands = []
    for step, share in zip(steps, shares, strict=True):
        sources = {FORECAST: step} | {
            kind: _band(share * opinions[kind], records[kind], len(steps))
            for kind in together.weights
            if kind != FORECAST
        }
        bands.append(
            Band(
                *(
                    sum(weight * band[place] for band, weight in _weighted(sources, together))
                    for place in range(len(Band._fields))
                )
            )
        )
    return bands


def _band(value: float, record: TrackRecord, steps: int) -> Band:
    errors = [error * sqrt(steps) for error in record.errors]
    return bands_of([value], [errors], is_share=True, floor_at=0.0)[0]


def _weighted(sources: Mapping[str, Band], together: Combined) -> list[tuple[Band, float]]:
    return [(band, together.weights[kind]) for kind, band in sources.items()]
