"""Rows of forecasts: what was known, what each method said, and the combination with its bands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Table, insert, select
from sqlalchemy.dialects.postgresql import distinct_on

from services.kpi.tables.forecasts import (
    forecast,
    forecast_method,
    forecast_step,
    forecast_voice,
)
from shared.database import Row, Session
from shared.errors import NotFoundError


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastHead:
    """Of what it is, the past from which it was made (`past_to` is the day after the last), and the
    errors of the combination; totals are of all steps together.
    """

    forecast_id: UUID
    measure: str
    step: str
    axis: str
    key: str | None
    currency: str | None
    time_zone: str
    past_from: date
    past_to: date
    past_steps: int
    gaps: int
    season: int
    origins: int
    mape: Decimal | None
    mase: Decimal | None
    bias: Decimal | None
    coverage: Decimal | None
    total_p10: Decimal | None
    total_p50: Decimal | None
    total_p90: Decimal | None
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodRow:
    """One method: its weight in the combination, its errors, and what it says of each step."""

    name: str
    weight: Decimal
    mape: Decimal | None
    mase: Decimal | None
    bias: Decimal | None
    path: Sequence[Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """`methods_p50` is what the methods alone say is likeliest, `p50` with opinions as well."""

    day: date
    p10: Decimal
    p50: Decimal
    p90: Decimal
    methods_p50: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceRow:
    """What has a part in the steps from `first` to before `end`: the methods together (`forecast`),
    or a kind of opinion that was `judged` so often. `value` is its likeliest of these days.
    """

    first: date
    end: date
    kind: str
    weight: Decimal
    value: Decimal
    mape: Decimal | None
    judged: int | None


@dataclass(frozen=True, slots=True)
class WholeForecast:
    """`voices` are those of days in which opinions have a part."""

    head: ForecastHead
    methods: Sequence[MethodRow]
    steps: Sequence[StepRow]
    voices: Sequence[VoiceRow] = ()


def by_weight(methods: Iterable[MethodRow]) -> list[MethodRow]:
    """The methods that say most of the combination first."""
    return sorted(methods, key=lambda item: (-item.weight, item.name))


async def add_forecast(session: Session, whole: WholeForecast) -> None:
    await session.execute(insert(forecast).values(asdict(whole.head)))
    parent = {"forecast_id": whole.head.forecast_id}
    parts: Sequence[tuple[Table, Sequence[Any]]] = (
        (forecast_method, whole.methods),
        (forecast_step, whole.steps),
        (forecast_voice, whole.voices),
    )
    for table, rows in parts:
        if rows:
            await session.execute(insert(table).values([{**parent, **asdict(row)} for row in rows]))


async def list_forecasts(
    session: Session, *, measure: str | None, before: UUID | None, limit: int
) -> list[ForecastHead]:
    """Newest id first, one more than `limit`."""
    query = select(forecast).order_by(forecast.c.forecast_id.desc()).limit(limit + 1)
    if measure is not None:
        query = query.where(forecast.c.measure == measure)
    if before is not None:
        query = query.where(forecast.c.forecast_id < before)
    return [ForecastHead(**row) for row in await session.execute(query)]


async def find_latest(session: Session, **criteria: str | None) -> WholeForecast | None:
    """The latest forecast whose columns have these values."""
    query = select(forecast.c.forecast_id).order_by(forecast.c.forecast_id.desc()).limit(1)
    for name, value in criteria.items():
        query = query.where(forecast.c[name].is_not_distinct_from(value))
    row = (await session.execute(query)).first()
    return None if row is None else await get_forecast(session, row.forecast_id)


async def list_latest_of(
    session: Session, *, axes: Sequence[str], measures: Sequence[str]
) -> list[WholeForecast]:
    """The latest forecast of each thing of these, without its methods."""
    of = ("measure", "axis", "key", "currency")
    query = (
        select(forecast)
        .where(forecast.c.axis.in_(axes), forecast.c.measure.in_(measures))
        .ext(distinct_on(*(forecast.c[name] for name in of)))
        .order_by(*(forecast.c[name] for name in of), forecast.c.forecast_id.desc())
    )
    heads = [ForecastHead(**row) for row in await session.execute(query)]
    ids = [head.forecast_id for head in heads]
    steps: dict[UUID, list[StepRow]] = {forecast_id: [] for forecast_id in ids}
    step = forecast_step.c
    of_all = select(forecast_step).where(step.forecast_id.in_(ids)).order_by(step.day)
    for row in await session.execute(of_all):
        steps[row.forecast_id].append(StepRow(**_without_parent(row)))
    return [WholeForecast(head, [], steps[head.forecast_id]) for head in heads]


async def get_forecast(session: Session, forecast_id: UUID) -> WholeForecast:
    """Raises NotFoundError."""
    place = forecast.c.forecast_id == forecast_id
    row = (await session.execute(select(forecast).where(place))).first()
    if row is None:
        raise NotFoundError("There is no such forecast.")
    methods = await _rows_of(session, forecast_method, forecast_id, "name")
    steps = await _rows_of(session, forecast_step, forecast_id, "day")
    voices = await _rows_of(session, forecast_voice, forecast_id, "first", "kind")
    return WholeForecast(
        ForecastHead(**row),
        by_weight(MethodRow(**_without_parent(item)) for item in methods),
        [StepRow(**_without_parent(item)) for item in steps],
        [VoiceRow(**_without_parent(item)) for item in voices],
    )


async def _rows_of(session: Session, table: Table, forecast_id: UUID, *order: str) -> Sequence[Row]:
    query = select(table).where(table.c.forecast_id == forecast_id)
    return list(await session.execute(query.order_by(*(table.c[name] for name in order))))


def _without_parent(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in dict(row).items() if name != "forecast_id"}
