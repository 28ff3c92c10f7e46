"""What was foretold of steps that are over, by cuts, as it was said last before their ends."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from services.kpi.domain.forecast.outcome import Foretold
from shared.database import Session
from shared.statements import columns

_OF: Final = ("measure", "axis", "key", "currency", "step", "time_zone")
_NAMES: Final = ", ".join(
    f"coalesce(f.{name}, '') AS {name}" if name in {"key", "currency"} else f"f.{name}"
    for name in _OF
)
# How long the steps of a forecast are, and when steps end that it is judged by. Both are made once,
# and not for each of its steps.
_ITS: Final = """LATERAL (SELECT CAST('1 ' || f.step AS interval) AS long,
    tstzrange({since}, :now, '(]') AS judged OFFSET 0) AS its"""
_OVER: Final = """forecast_step AS s WHERE s.forecast_id = f.forecast_id
    AND s.day >= :first AND s.day < :end
    AND its.judged @> CAST(s.day + its.long AS timestamp) AT TIME ZONE f.time_zone"""
_ORDER: Final = ", ".join(str(place) for place in range(1, len(_OF) + 1))
# Of each forecast one step is enough.
_CUTS: Final = f"""
SELECT DISTINCT {_NAMES} FROM forecast AS f, {_ITS}, LATERAL (SELECT FROM {_OVER} LIMIT 1) AS one
WHERE true{{where}} ORDER BY {_ORDER} LIMIT :limit
"""
# The forecasts of each are few among all, and their steps among all steps.
_STEPS: Final = f"""
SELECT place, array_agg(day ORDER BY day), array_agg(p10 ORDER BY day), array_agg(p50 ORDER BY day),
    array_agg(p90 ORDER BY day)
FROM (SELECT DISTINCT ON (c.place, s.day) c.place, s.day, s.p10, s.p50, s.p90
FROM unnest(CAST(:measures AS text[]), CAST(:axes AS text[]), CAST(:keys AS text[]),
    CAST(:currencies AS text[]), CAST(:steps AS text[]), CAST(:time_zones AS text[]))
    WITH ORDINALITY AS c (measure, axis, key, currency, step, time_zone, place),
    LATERAL (
        SELECT * FROM forecast AS f WHERE (f.measure, f.axis, coalesce(f.key, ''),
                coalesce(f.currency, ''), f.step, f.time_zone)
            = (c.measure, c.axis, c.key, c.currency, c.step, c.time_zone) OFFSET 0) AS f,
    {_ITS}, LATERAL (SELECT s.* FROM {_OVER} OFFSET 0) AS s
ORDER BY c.place, s.day, f.forecast_id DESC) AS latest GROUP BY place
"""


def _since() -> str:
    """A forecast is made before the end of what it is judged by."""
    return "least(f.made_at, :now)"


class Cut(NamedTuple):
    """What forecasts are of, by which steps of which zone; key and currency may be empty."""

    measure: str
    axis: str
    key: str
    currency: str
    step: str
    time_zone: str


class Span(NamedTuple):
    """Steps whose first day lies from `first` to before `end`, and that are over `now`."""

    first: date
    end: date
    now: datetime


async def list_cuts(
    session: Session, span: Span, *, after: Cut | None, limit: int, **criteria: str | None
) -> list[Cut]:
    """In the order of their members, one more than `limit`."""
    params: dict[str, Any] = {**span._asdict(), "limit": limit + 1}
    where = ""
    for name, value in criteria.items():
        if value is not None:
            where += f" AND f.{name} = :{name}"
            params[name] = value
    if after is not None:
        own = ", ".join(f"coalesce(f.{name}, '')" for name in _OF)
        where += f" AND ({own}) > ({', '.join(f':after_{name}' for name in _OF)})"
        params |= {f"after_{name}": value for name, value in after._asdict().items()}
    statement = _CUTS.format(since=_since(), where=where)
    return [Cut(**row) for row in await session.execute(statement, params)]


async def steps_of(session: Session, span: Span, cuts: Sequence[Cut]) -> dict[Cut, list[Foretold]]:
    """By cut: each step as the latest forecast has it that was made before the step's end."""
    names = "measures axes keys currencies steps time_zones"
    params = {**span._asdict(), **columns(names, cuts)}
    return {
        cuts[place - 1]: list(map(Foretold, *foretold))
        for place, *foretold in await session.execute(_STEPS.format(since=_since()), params)
    }
