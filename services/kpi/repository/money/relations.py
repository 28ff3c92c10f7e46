"""Parts of the statements of reports on money: what was known when, and the parts of a period."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from services.kpi.domain.paths.pieces import pieces
from services.kpi.domain.paths.segments import grouping_of, summed_by
from services.kpi.domain.paths.sums import DAY, MONTH
from services.kpi.domain.periods import Period
from services.kpi.domain.sales.buckets import Buckets, buckets
from shared.database import Session

TIMES: Final = ("day", "week", "month")
Condition = tuple[str, Any]
_SEGMENTS: Final = "SELECT segment_id FROM segment WHERE {conditions}"


@dataclass(frozen=True, slots=True)
class View:
    """A period as it is seen: now, or as it was known at the end of a day of UTC."""

    period: Period
    known_on: date | None = None

    @property
    def known_before(self) -> datetime | None:
        """The first moment of which nothing is known any more."""
        if self.known_on is None:
            return None
        return datetime.combine(self.known_on + timedelta(days=1), time(), UTC)

    def params(self) -> dict[str, Any]:
        """What `within` and `version` take."""
        params: dict[str, Any] = {
            "begins_at": self.period.begins_at,
            "ends_at": self.period.ends_at,
        }
        return params if self.known_on is None else params | {"known_on": self.known_on}

    def within(self, name: str) -> str:
        """That a row lies in the period, in the version that was known."""
        return f"{name}.at >= :begins_at AND {name}.at < :ends_at AND {self.version(name)}"

    def version(self, name: str) -> str:
        """That a version of a row is the one that was known."""
        if self.known_on is None:
            return f"{name}.known_until = 'infinity'"
        return f"{name}.known_on <= :known_on AND {name}.known_until > :known_on"

    def parts(self, table: str, *, sums: str, rows: str) -> str:
        """SQL that gives all that sums tell of whole days and months, and versions of rows of the
        rest, both under the same names; `sums` and `rows` name columns of `s`. Takes `pieces`.
        """
        on_time = ""
        if self.known_on is not None:
            # What has no day of knowledge was known when its own day, or month, was over.
            on_time = """ AND s.known_on <= :known_on
                AND (s.known_on > '-infinity' OR s.begins <= :known_on)"""
        return f"""
    SELECT r.part, s.segment_id, {sums}
    FROM unnest(CAST(:units AS text[]), CAST(:firsts AS date[]), CAST(:ends AS date[]),
        CAST(:parts AS integer[])) AS r (unit, first_day, end_day, part), LATERAL (
        SELECT * FROM {table}_sum AS s
        WHERE s.unit = r.unit AND s.grouping = :summed_by
            AND s.begins >= r.first_day AND s.begins < r.end_day{on_time}
    ) AS s
    UNION ALL
    SELECT r.part, s.segment_id, {rows}
    FROM unnest(CAST(:from_moments AS timestamptz[]), CAST(:to_moments AS timestamptz[]),
        CAST(:parts_of_moments AS integer[])) AS r (from_moment, to_moment, part), LATERAL (
        SELECT * FROM {table} AS s
        WHERE s.at >= r.from_moment AND s.at < r.to_moment AND {self.version("s")}
    ) AS s"""

    def pieces(self, dimensions: Sequence[str]) -> dict[str, Any]:
        """The lists that `parts` takes, beside what tells the parts of the period."""
        steps = parts_of(self.period, dimensions)
        begins = [self.period.begins_at] if steps is None else list(steps.begins)
        bounds = [*begins, self.period.ends_at]
        end = self.known_before
        if end is not None and self.period.begins_at < end < self.period.ends_at:
            bounds.append(end)
        ranges = pieces(bounds)
        days = [(MONTH, *one) for one in ranges.months] + [(DAY, *one) for one in ranges.days]
        beginnings = [datetime.combine(one[1], time(), UTC) for one in days]
        return {
            "summed_by": summed_by(grouping_of(dimensions)),
            "units": [one[0] for one in days],
            "firsts": [one[1] for one in days],
            "ends": [one[2] for one in days],
            "parts": [bisect_right(begins, moment) for moment in beginnings],
            "from_moments": [one[0] for one in ranges.moments],
            "to_moments": [one[1] for one in ranges.moments],
            "parts_of_moments": [bisect_right(begins, one[0]) for one in ranges.moments],
            "begins": begins,
            "begins_ends": [*begins[1:], self.period.ends_at],
            **({} if self.known_on is None else {"known_on": self.known_on}),
        }


def begin_month(moment: datetime) -> datetime:
    """The beginning of its month of UTC."""
    day = moment.astimezone(UTC).date().replace(day=1)
    return datetime.combine(day, time(), UTC)


def time_of(dimensions: Sequence[str]) -> str | None:
    """The unit of time by which a report is grouped, if there is one."""
    return next((name for name in dimensions if name in TIMES), None)


def parts_of(period: Period, dimensions: Sequence[str]) -> Buckets | None:
    """The period's parts, if a report is grouped by them."""
    unit = time_of(dimensions)
    return None if unit is None else buckets(period, unit)


def part_of(dimensions: Sequence[str], moment: str) -> str:
    """SQL of the number of the part of the period that a moment lies in, from 1."""
    if time_of(dimensions) is None:
        return "1"
    return f"width_bucket({moment}, CAST(:begins AS timestamptz[]))"


def begins(period: Period, dimensions: Sequence[str]) -> dict[str, Any]:
    """The moments that `part_of` takes."""
    steps = parts_of(period, dimensions)
    return {} if steps is None else {"begins": list(steps.begins)}


def told_by(dimensions: Sequence[str]) -> str:
    """Columns that the rows of `parts` are added up by before their segments are looked up."""
    return "part" if set(dimensions) <= set(TIMES) else "part, segment_id"


def named(dimensions: Sequence[str]) -> str:
    """SQL that joins the segments, where a dimension is one of theirs."""
    return "" if set(dimensions) <= set(TIMES) else "JOIN segment USING (segment_id)"


def keys(dimensions: Sequence[str]) -> list[str]:
    """SQL of each dimension's value, from a `part` and a `segment`."""
    return ["part" if name in TIMES else f"segment.{name}" for name in dimensions]


async def find_segments(session: Session, conditions: Sequence[Condition]) -> list[int] | None:
    """The segments in which dimensions have these values; None if there is no condition."""
    if not conditions:
        return None
    sql = " AND ".join(f"{name} IS NOT DISTINCT FROM :of_{name}" for name, _ in conditions)
    params = {f"of_{name}": value for name, value in conditions}
    return list((await session.execute(_SEGMENTS.format(conditions=sql), params)).scalars())


def among(name: str, segment_ids: Sequence[int] | None) -> str:
    """That a row is of one of these segments; takes `segment_ids`."""
    return "" if segment_ids is None else f" AND {name}.segment_id = ANY(:segment_ids)"


def of_segments(segment_ids: Sequence[int] | None) -> dict[str, Any]:
    return {} if segment_ids is None else {"segment_ids": segment_ids}
