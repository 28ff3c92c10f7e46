"""Parts of the statements of reports on money: what was known when, and the parts of a period."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, Final

from services.kpi.domain.paths.pieces import ROWS, pieces
from services.kpi.domain.paths.segments import grouping_of, summed_by
from services.kpi.domain.periods import STEPS, Period, Steps
from shared.database import Session
from shared.statements import columns

TIMES: Final = STEPS
# As the indexes of `migrations/paths.py` say it.
_DAY: Final = "CAST(s.at AT TIME ZONE 'UTC' AS date)"
_RANGE: Final = ("begins", "ends", "signs", "parts")
# The number of the part of the period that a row lies in, from 1; takes `begins`.
PART: Final = "width_bucket(s.at, CAST(:begins AS timestamptz[]))"
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

    def parts(
        self,
        table: str,
        numbers: Mapping[str, tuple[str, str]],
        dimensions: Sequence[str],
        *,
        names: Mapping[str, tuple[str, str]] | None = None,
        condition: tuple[str, str, str] = ("true", "true", "true"),
        also: str = "",
        segment: str = "s.segment_id",
    ) -> str:
        """SQL of all that happened in the period, part by part: sums where it can be, and rows of
        the rest. `numbers` and `names` are columns and how sums and rows, both called `s`, tell
        them. `condition` says which sums count, which rows, and which of the rows that differ from
        what is known now. `also` is what rows are joined with, to have a `segment`. Takes `pieces`.
        """
        sums, rows = (
            "".join(f", {way[place]} AS {name}" for name, way in (names or {}).items())
            + "".join(f", {{sign}} * ({way[place]}) AS {name}" for name, way in numbers.items())
            for place in (0, 1)
        )
        # Without OFFSET the ranges are not looked up in the index, one by one, but all sums read.
        selects = [
            f"""
    SELECT r.part, s.segment_id{sums.format(sign="r.sign")} FROM {_ranges(unit)}, LATERAL (
        SELECT * FROM {table}_sum AS s WHERE s.unit = '{unit}' AND s.grouping = {summed}
            AND s.begins >= to_timestamp(r.from_second) AND s.begins < to_timestamp(r.to_second)
            AND {condition[0]} OFFSET 0
    ) AS s"""
            for unit, summed in summed_by(grouping_of(dimensions)).items()
        ]
        selects.append(
            f"""
    SELECT r.part, {segment}{rows.format(sign="r.sign")} FROM {_ranges(ROWS)}, LATERAL (
        SELECT * FROM {table} AS s WHERE s.at >= to_timestamp(r.from_second)
            AND s.at < to_timestamp(r.to_second) AND s.known_until = 'infinity' OFFSET 0
    ) AS s{also} WHERE {condition[1]}"""
        )
        selects += [
            f"""
    SELECT {PART}, {segment}{rows.format(sign=sign)} FROM {table} AS s{also}
    WHERE {where} AND {condition[2]}"""
            for sign, where in self.corrections()
        ]
        return " UNION ALL ".join(selects)

    def corrections(self) -> list[tuple[int, str]]:
        """By which rows what was known on the view's day differs from what is known now of the time
        up to its end: signs, and SQL of the rows. None for a view of now.
        """
        if self.known_on is None:
            return []
        period = "s.at >= :begins_at AND s.at < :ends_at"
        late = f"s.known_on > {_DAY} AND s.known_on > :known_on AND s.known_until = 'infinity'"
        no_more = "s.known_until < 'infinity' AND s.known_until > :known_on"
        ahead = f"s.known_on < {_DAY} AND s.known_on <= :known_on AND s.known_until > :known_on"
        return [
            (-1, f"{late} AND {period} AND s.at < :known_before"),
            (1, f"{no_more} AND s.known_on <= :known_on AND {period} AND s.at < :known_before"),
            (1, f"{ahead} AND {period} AND s.at >= :known_before"),
        ]

    def bounds(self, dimensions: Sequence[str]) -> list[datetime]:
        """When the parts of the period begin, and when the last one ends."""
        steps = steps_of(self.period, dimensions)
        return [self.period.begins_at, self.period.ends_at] if steps is None else [*steps.bounds]

    def stretches(self, bounds: Sequence[datetime]) -> Iterator[tuple[int, int, int]]:
        """Number, beginning and end, in seconds, of the parts as far as they were known."""
        end = self.known_before
        seconds = [int(bound.timestamp()) for bound in bounds]
        last = seconds[-1] if end is None else min(int(end.timestamp()), seconds[-1])
        for number, (begin, after) in enumerate(pairwise(seconds), start=1):
            if begin < last:
                yield number, begin, min(after, last)

    def pieces(self, dimensions: Sequence[str]) -> dict[str, Any]:
        """What `parts` takes."""
        bounds = self.bounds(dimensions)
        summed = summed_by(grouping_of(dimensions))
        ranges: dict[str, list[tuple[int, ...]]] = {unit: [] for unit in (*summed, ROWS)}
        for part, begin, end in self.stretches(bounds):
            for unit, *where in pieces(begin, end, tuple(summed)):
                ranges[unit].append((*where, part))
        params = self.corrected(bounds)
        for unit, rows in ranges.items():
            params |= columns(" ".join(f"{unit}_{name}" for name in _RANGE), rows)
        return params

    def corrected(self, bounds: Sequence[datetime]) -> dict[str, Any]:
        """What `corrections` and `PART` take."""
        if self.known_on is None:
            return {}
        return self.params() | {"known_before": self.known_before, "begins": list(bounds[:-1])}


def _ranges(unit: str) -> str:
    """SQL of the ranges that `pieces` gives of a unit."""
    begins, ends, *others = (f"CAST(:{unit}_{name} AS " for name in _RANGE)
    lists = ", ".join(
        [*(f"{one}bigint[])" for one in (begins, ends)), *(f"{one}integer[])" for one in others)]
    )
    return f"unnest({lists}) AS r (from_second, to_second, sign, part)"


def time_of(dimensions: Sequence[str]) -> str | None:
    """The unit of time by which a report is grouped, if there is one."""
    return next((name for name in dimensions if name in TIMES), None)


def steps_of(period: Period, dimensions: Sequence[str]) -> Steps | None:
    """The period's parts, if a report is grouped by them."""
    unit = time_of(dimensions)
    return None if unit is None else period.steps(unit)


def part_of(dimensions: Sequence[str], moment: str) -> str:
    """SQL of the number of the part of the period that a moment lies in, from 1."""
    if time_of(dimensions) is None:
        return "1"
    return f"width_bucket({moment}, CAST(:begins AS timestamptz[]))"


def begins(period: Period, dimensions: Sequence[str]) -> dict[str, Any]:
    """The moments that `part_of` takes."""
    steps = steps_of(period, dimensions)
    return {} if steps is None else {"begins": list(steps.bounds[:-1])}


def told_by(dimensions: Sequence[str]) -> str:
    """Columns that the rows of `parts` are added up by before their segments are looked up."""
    return "part" if set(dimensions) <= set(TIMES) else "part, segment_id"


def named(dimensions: Sequence[str]) -> str:
    """SQL that joins the segments, where a dimension is one of theirs; what is of all has none."""
    return "" if set(dimensions) <= set(TIMES) else "LEFT JOIN segment USING (segment_id)"


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
