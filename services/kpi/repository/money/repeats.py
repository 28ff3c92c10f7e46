"""Who came or bought again: those who did so before in the same part of a period, in the same group
or in any. People are what is counted less these.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from services.kpi.domain.paths.pieces import nearest_month
from services.kpi.domain.paths.segments import AGAIN_GROUPINGS, NOTHING, grouping_of
from services.kpi.repository.money.relations import PART, View, time_of
from shared.statements import columns

_SOON: Final = "s.at - s.earlier_at < interval '8 days'"  # as an index of `migrations/paths.py`
_SHORTEST_SUMMED: Final = 20 * 86_400  # in less, months leave most to rows


@dataclass(frozen=True, slots=True)
class Repeats:
    """Where they are kept: rows in `table`, sums beside it. `numbers` are columns of sums with SQL
    of what a row adds. `sums` and `rows` say which of them count in the groups asked for, `any_row`
    which rows of those of everybody.
    """

    table: str
    numbers: tuple[tuple[str, str], ...]
    sums: str = "true"
    rows: str = "true"
    any_row: str = "true"
    has_sums: bool = True

    def select(self, view: View, dimensions: Sequence[str]) -> str:
        """SQL that gives part, segment, and the numbers twice: in the group, and in any. What is in
        any has the first part and no segment. Takes `params`.
        """
        in_group = f"s.groupings >> :grouping & 1 = 1 AND {self.rows}"
        in_any = f"s.groupings & 1 = 1 AND {self.any_row}"
        selects = [*self._summed("any", NOTHING, in_any, group=False)]
        if self.is_summed(dimensions):
            selects += self._summed("part", None, in_group, group=True)
        else:
            soon = f" AND {_SOON}" if time_of(dimensions) in {"day", "week"} else ""
            end = "" if view.known_on is None else " AND s.at < :known_before"
            selects.append(
                f"SELECT {PART}, s.segment_id, {self._numbers(1, group=True)}"
                f" FROM {self.table} AS s WHERE s.known_until = 'infinity' AND {in_group}{soon}"
                f" AND s.at >= :begins_at AND s.at < :ends_at{end} AND {_SAME_PART} GROUP BY 1, 2"
            )
        for sign, where in view.corrections():
            rows = f"FROM {self.table} AS s WHERE {where}"
            selects.append(
                f"SELECT {PART}, s.segment_id, {self._numbers(sign, group=True)}"
                f" {rows} AND {in_group} AND {_SAME_PART} GROUP BY 1, 2"
            )
            selects.append(
                f"SELECT 1, 0, {self._numbers(sign, group=False)} {rows} AND {in_any}"
                " AND s.earlier_at >= :begins_at"
            )
        return " UNION ALL ".join(selects)

    def is_summed(self, dimensions: Sequence[str]) -> bool:
        """Whether sums tell who came again in a group."""
        is_kept = self.has_sums and grouping_of(dimensions) in AGAIN_GROUPINGS
        return is_kept and time_of(dimensions) in {None, "month"}

    def params(self, view: View, dimensions: Sequence[str]) -> dict[str, Any]:
        bounds = view.bounds(dimensions)
        whole = [view.period.begins_at, view.period.ends_at]
        summed = bounds if self.is_summed(dimensions) else []
        return {
            "grouping": grouping_of(dimensions),
            "begins": bounds[:-1],
            **view.params(),
            **view.corrected(bounds),
            **_triangles("any", view, whole),
            **(_triangles("part", view, summed) if summed else {}),
        }

    def _summed(
        self, name: str, grouping: int | None, counts: str, *, group: bool
    ) -> Iterator[str]:
        """Those of each of the ranges `name` who came before in it: of whole months from sums, and
        from rows what the range has beyond them or lacks of them.
        """
        grouped = "r.part, s.segment_id" if group else "r.part, 0"
        ranges = ", ".join(f"CAST(:{name}_{column} AS {_TYPES[column]}[])" for column in _TYPES)
        source = f"FROM unnest({ranges}) AS r ({', '.join(_TYPES)}), LATERAL (SELECT * FROM"
        sums = ", ".join(f"s.{column}" for column, _ in self.numbers)
        where = "s.grouping = :grouping" if grouping is None else f"s.grouping = {grouping}"
        counted_sums = self.sums if grouping is None else "true"
        yield (
            f"SELECT {grouped}, {_placed(sums, len(self.numbers), group=group)} {source}"
            f" {self.table}_sum AS s WHERE {where} AND s.begins >= r.first_month"
            " AND s.begins < r.last_month AND s.earlier_begins >= r.first_month"
            f" AND {counted_sums} OFFSET 0) AS s"
        )
        edges = {
            "earlier_at": ("from_moment", "first_month", "s.at < r.to_moment", "r.first_sign"),
            "at": ("to_moment", "last_month", "s.earlier_at >= r.first_month", "r.last_sign"),
        }
        for column, (one, other, beyond, sign) in edges.items():
            yield (
                f"SELECT {grouped}, {self._numbers(sign, group=group)} {source} {self.table} AS s"
                f" WHERE s.{column} >= least(r.{one}, r.{other})"
                f" AND s.{column} < greatest(r.{one}, r.{other}) AND {beyond}"
                f" AND s.known_until = 'infinity' AND {counts} OFFSET 0) AS s GROUP BY 1, 2, {sign}"
            )

    def _numbers(self, sign: int | str, *, group: bool) -> str:
        counts = ", ".join(f"{sign} * count(*) FILTER (WHERE {sql})" for _, sql in self.numbers)
        return _placed(counts, len(self.numbers), group=group)


_SAME_PART: Final = f"s.earlier_at >= (CAST(:begins AS timestamptz[]))[{PART}]"
_TYPES: Final = {
    "part": "integer",
    "from_moment": "timestamptz",
    "to_moment": "timestamptz",
    "first_month": "timestamptz",
    "last_month": "timestamptz",
    "first_sign": "integer",
    "last_sign": "integer",
}


def _placed(counts: str, width: int, *, group: bool) -> str:
    """The counts before as many zeros, or after them."""
    zeros = ", ".join("0" * width)
    return f"{counts}, {zeros}" if group else f"{zeros}, {counts}"


def _triangles(name: str, view: View, bounds: Sequence[datetime]) -> dict[str, Any]:
    """What `_summed` takes: each range, the months nearest to it, and whether the rows between are
    added or taken away.
    """
    rows = []
    for part, begin, end in view.stretches(bounds):
        first, last = begin, begin
        if end - begin >= _SHORTEST_SUMMED:
            first, last = nearest_month(begin), nearest_month(end)
        signs = (1 if begin < first else -1, 1 if end > last else -1)
        rows.append((part, *map(_moment, (begin, end, first, last)), *signs))
    names = " ".join(f"{name}_{column}" for column in _TYPES)
    return dict(columns(names, rows))


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
