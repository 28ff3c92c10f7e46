"""Candidates in the order in which they would get leads, whatever these need.

Whom all needs so far fit alike, they stand in one row, sorted by the score without the fit: a need
takes the same off everybody in it. A decision looks at the heads of the rows.
"""

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable

from services.routing.domain.deciding.desks import TIERS, Desks
from services.routing.domain.deciding.line import Line

Entry = tuple[float, int, float, int]  # score without the fit, turn, tie, place
Row = list[Entry]
Standing = tuple[Row, Entry]


class Ranking:
    """Rows of those in a tier who have any room; `change` follows whatever happens at a desk."""

    def __init__(self, desks: Desks, lines: Iterable[Line]) -> None:
        """`lines` are the needs that are known already; others may come."""
        self._desks = desks
        self._groups = [0] * len(desks.candidates)
        self._samples = [0] if desks.candidates else []  # a place of each group
        self._lines: set[Line] = set()
        for line in lines:
            self._tell_apart(line)
        self._standings: list[Standing | None] = [None] * len(desks.candidates)
        places = range(len(desks.candidates))
        self._build(sorted(zip(desks.base, desks.turn, desks.tie, places, strict=True)))

    def first(
        self, line: Line, units_milli: int, excluded: Collection[int], *, reach: int
    ) -> int | None:
        """The place of whoever would get the lead, in the first tier that has anybody."""
        for rows in self._view(line)[: reach + 1]:
            place = self._best(rows, units_milli, excluded)
            if place is not None:
                return place
        return None

    def _best(
        self, rows: list[tuple[Row, float]], units_milli: int, excluded: Collection[int]
    ) -> int | None:
        room = self._desks.room
        best: Entry | None = None
        least = float("inf")
        for row, fit in rows:
            for base, turn, tie, place in row:
                score = base - fit
                # Different sums may be rounded to equal scores, of which the turn decides.
                if score > least:
                    break
                if room[place] < units_milli or place in excluded:
                    continue
                rank = (score, turn, tie, place)
                if best is None or rank < best:
                    best, least = rank, score
        return best[3] if best is not None else None

    def change(self, place: int) -> None:
        """Put somebody where they belong now."""
        standing = self._standings[place]
        if standing is not None:
            row, entry = standing
            del row[bisect_left(row, entry)]
            self._standings[place] = None
        desks = self._desks
        tier = desks.tier[place]
        if tier is not None and desks.room[place] > 0:
            row = self._rows[tier][self._groups[place]]
            entry = (desks.base[place], desks.turn[place], desks.tie[place], place)
            insort(row, entry)
            self._standings[place] = (row, entry)

    def _view(self, line: Line) -> list[list[tuple[Row, float]]]:
        """The rows of those able, by tier, each with how well the need fits them."""
        view = self._views.get(line)
        if view is None:
            if line not in self._lines and self._tell_apart(line):
                self._build(entry for rows in self._rows for row in rows for entry in row)
            fits = [line.fits[place] for place in self._samples]
            view = self._views[line] = [
                [(row, fit) for row, fit in zip(rows, fits, strict=True) if fit is not None]
                for rows in self._rows
            ]
        return view

    def _tell_apart(self, line: Line) -> bool:
        """Part groups that this need fits unequally. Returns whether there are any."""
        self._lines.add(line)
        numbers: dict[tuple[int, float | None], int] = {}
        pairs = zip(self._groups, line.fits, strict=True)
        self._groups = [numbers.setdefault(pair, len(numbers)) for pair in pairs]
        if len(numbers) == len(self._samples):
            return False
        places = dict(zip(self._groups, range(len(self._groups)), strict=True))
        self._samples = [places[group] for group in range(len(numbers))]
        return True

    def _build(self, entries: Iterable[Entry]) -> None:
        """Lay out the rows of entries whose order in each row is right already."""
        desks, groups = self._desks, self._groups
        rows: list[list[Row]] = [[[] for _ in self._samples] for _ in range(TIERS)]
        for entry in entries:
            place = entry[3]
            tier = desks.tier[place]
            if tier is not None and desks.room[place] > 0:
                row = rows[tier][groups[place]]
                row.append(entry)
                self._standings[place] = (row, entry)
        self._rows = rows
        self._views: dict[Line, list[list[tuple[Row, float]]]] = {}
