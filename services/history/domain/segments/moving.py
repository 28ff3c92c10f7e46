"""Whom time alone can bring into a segment, or out of it: those with a moment that an edge of a
relative date has passed.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from services.history.domain.segments.tree import Comparison, Measured, Node, leaves
from services.history.domain.segments.windows import Ago, Window, bounds_of, moment_of

PURCHASES: Final = "purchases"
INQUIRIES: Final = "inquiries"
STAGES: Final = "stages"
ACTIVITIES: Final = "activities"
# Columns of cards by whose moments persons are found.
_FOUND_BY: Final = frozenset(
    {"first_seen_at", "last_seen_at", "last_touch_at", "first_purchase_at", "last_purchase_at"}
)
# Measures: by the moments of what.
_MEASURED: Final = {
    "purchases": PURCHASES,
    "spent": PURCHASES,
    "inquiries": INQUIRIES,
    "stages": STAGES,
    "activities": ACTIVITIES,
}
Edges: TypeAlias = tuple[datetime | None, datetime | None]


class Passed(NamedTuple):
    """An edge has passed what lies from `since` to less than `until`: moments in this column of
    the cards, or of purchases, inquiries, stages or activities.
    """

    column: str
    since: datetime
    until: datetime


def passed(
    node: Node, *, before: datetime, now: datetime, zone: ZoneInfo
) -> tuple[Passed, ...] | None:
    """What the edges of the filter have passed between the two moments: whoever has nothing there
    fits as before. None if there is an edge by whose moments nobody is found.
    """
    spans: list[Passed] = []
    for leaf in leaves(node):
        at_first, at_last = _edges(leaf, before, zone), _edges(leaf, now, zone)
        if at_first == at_last:
            continue
        column = _column(leaf)
        if column is None:
            return None
        spans += _between(column, at_first, at_last)
    return tuple(dict.fromkeys(spans))


def _column(leaf: Comparison | Measured) -> str | None:
    if isinstance(leaf, Measured):
        return _MEASURED.get(leaf.measure)
    column = leaf.field.column
    return column if column in _FOUND_BY else None


def _edges(leaf: Comparison | Measured, now: datetime, zone: ZoneInfo) -> Edges:
    value = leaf.window if isinstance(leaf, Measured) else leaf.value
    if isinstance(value, Window):
        return bounds_of(value, now=now, zone=zone)
    return (moment_of(value, now=now, zone=zone), None) if isinstance(value, Ago) else (None, None)


def _between(column: str, at_first: Edges, at_last: Edges) -> Iterator[Passed]:
    for first, last in zip(at_first, at_last, strict=True):
        if first is not None and last is not None and first != last:
            yield Passed(column, min(first, last), max(first, last))
