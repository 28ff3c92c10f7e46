"""Whole days of UTC in a period, and SQL that reads sums over blocks of them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from services.kpi.domain.periods import Period
from services.kpi.domain.rollups.blocks import Parts

_WHOLE: Final = """unnest(
    CAST(:{0}spans AS smallint[]), CAST(:{0}firsts AS date[])) AS b (span, first_day)"""
_GAINS: Final = """unnest(
    CAST(:{0}gain_spans AS smallint[]), CAST(:{0}gain_firsts AS date[]),
    CAST(:{0}gain_since AS date[]), CAST(:{0}gain_until AS date[]),
    CAST(:{0}gain_signs AS integer[])
) AS b (span, first_day, since, until, sign)"""
GAINS: Final = _GAINS.format("")
NEW_DAYS: Final = "unnest(CAST(:new_days AS date[])) AS b (first_day)"


def whole_days(period: Period) -> tuple[date, date]:
    """The days of UTC that lie whole in the period: the first one, and the one after the last."""
    first_day = next_day(period.begins_at)
    return first_day, max(first_day, period.ends_at.astimezone(UTC).date())


def touched_days(period: Period) -> tuple[date, date]:
    """The days of UTC with a part in the period: the first one, and the one after the last."""
    return period.begins_at.astimezone(UTC).date(), next_day(period.ends_at)


def next_day(at: datetime) -> date:
    """The first day of UTC that begins then or later."""
    day = at.astimezone(UTC).date()
    return day if day_at(day) == at else day + timedelta(days=1)


def day_at(day: date) -> datetime:
    """The beginning of a day of UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def parameters_of(of_sums: Parts, prefix: str = "") -> dict[str, list[Any]]:
    """What `whole_and_gains` of this prefix takes."""
    lists: dict[str, list[Any]] = {
        "spans": [block.span for block in of_sums.whole],
        "firsts": [block.first for block in of_sums.whole],
        "gain_spans": [gain.span for gain in of_sums.gains],
        "gain_firsts": [gain.first for gain in of_sums.gains],
        "gain_since": [gain.since for gain in of_sums.gains],
        "gain_until": [gain.until for gain in of_sums.gains],
        "gain_signs": [gain.sign for gain in of_sums.gains],
    }
    return {f"{prefix}{name}": values for name, values in lists.items()}


def of_blocks(blocks: str, select: str) -> str:
    """SQL: what is selected for each block `b`. A search for each: read whole, tables are large."""
    return f"SELECT s.* FROM {blocks} CROSS JOIN LATERAL ({select} OFFSET 0) AS s"


def whole_and_gains(name: str, where: str, plain: str, gain: str, prefix: str = "") -> str:
    """SQL: of the sums of that name and of their gains these columns, which may name `b.sign`. The
    prefix tells the parameters of several apart.
    """
    block = f"{where} AND span = b.span AND first_day = b.first_day"
    days = "known_on >= b.since AND known_on < b.until"
    whole = of_blocks(_WHOLE.format(prefix), f"SELECT {plain} FROM {name}_sum WHERE {block}")
    select = f"SELECT {gain} FROM {name}_gain WHERE {block} AND {days}"
    gains = of_blocks(_GAINS.format(prefix), select)
    return f"{whole} UNION ALL {gains}"
