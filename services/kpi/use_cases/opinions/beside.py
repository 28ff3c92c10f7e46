"""What people and samples say beside a forecast of the same days."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.kpi.domain.forecast.bands import Band
from services.kpi.domain.forecast.past import SUMMED
from services.kpi.domain.forecast.series import steps_from
from services.kpi.domain.opinions.polls import band_of
from services.kpi.domain.opinions.record import (
    FORECAST,
    Combined,
    TrackRecord,
    combination_of,
)
from services.kpi.repository.forecast.forecasts import WholeForecast
from services.kpi.repository.opinions.polls import PollRow, estimates_of, list_beside
from services.kpi.use_cases.opinions.record import read_records
from shared.database import Session


class OpinionBeside(NamedTuple):
    """A closed poll, what it comes to, and the likeliest value that the forecast's methods have of
    the same days; None where its steps do not make them up, or do not add up. `record` is how good
    polls of its kind were.
    """

    row: PollRow
    band: Band
    forecast: Decimal | None
    record: TrackRecord | None


class Together(NamedTuple):
    """The forecast's methods and opinions of the same days in one value; `values` are the likeliest
    ones of either, `records` those of the opinions.
    """

    first: date
    end: date
    combined: Combined
    values: Mapping[str, float]
    records: Mapping[str, TrackRecord]


class Beside(NamedTuple):
    opinions: Sequence[OpinionBeside]
    together: Sequence[Together]


async def opinions_beside(session: Session, whole: WholeForecast, *, now: datetime) -> Beside:
    """Of the same thing, of days that lie in the forecast's; and what both make together."""
    head = whole.head
    thing = {name: getattr(head, name) for name in ("measure", "axis", "key", "currency")}
    end = steps_from(whole.steps[-1].day, head.step, 2)[1]
    polls = await list_beside(session, whole.steps[0].day, end, **thing)
    records = await read_records(session, ZoneInfo(head.time_zone), now=now, **thing)
    estimates = await estimates_of(session, polls)
    bands = [(row, band_of(row.poll, estimates[row.poll_id])) for row in polls]
    opinions = [
        OpinionBeside(row, band, _likeliest(whole, row), records.get(row.poll.kind))
        for row, band in bands
        if band is not None
    ]
    return Beside(opinions, list(_together(opinions, records, head.mape)))


def _together(
    opinions: Sequence[OpinionBeside], records: Mapping[str, TrackRecord], mape: Decimal | None
) -> Iterator[Together]:
    """By the days that polls are of; of several of one kind the latest counts."""
    days = sorted({(one.row.poll.first, one.row.poll.end) for one in opinions})
    for first, end in days:
        same = [one for one in opinions if (one.row.poll.first, one.row.poll.end) == (first, end)]
        forecast = same[0].forecast
        if forecast is None:
            continue
        values = {str(one.row.poll.kind): one.band.p50 for one in reversed(same)}
        error = None if mape is None else float(mape)
        whole = combination_of(float(forecast), error, values, records)
        if whole is not None:
            every = {FORECAST: float(forecast)} | values
            yield Together(
                first,
                end,
                whole,
                {name: every[name] for name in whole.weights},
                {kind: records[kind] for kind in whole.weights if kind != FORECAST},
            )


def _likeliest(whole: WholeForecast, row: PollRow) -> Decimal | None:
    poll = row.poll
    steps = [step for step in whole.steps if poll.first <= step.day < poll.end]
    if not steps or steps[0].day != poll.first:
        return None
    if steps_from(steps[-1].day, whole.head.step, 2)[1] != poll.end:
        return None
    if poll.measure not in SUMMED:
        return steps[0].methods_p50 if len(steps) == 1 else None
    return sum((step.methods_p50 for step in steps), Decimal(0))
