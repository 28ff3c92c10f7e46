"""The groups that a report shows where there are more of them than anyone reads."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from services.kpi.domain.periods import STEPS

MOST_GROUPS: Final = 1000
Key = tuple[Any, ...]


class Selection(NamedTuple):
    """The groups to show, those of the period before that belong to them, and how many more there
    are.
    """

    keys: Sequence[Key]
    before: Sequence[Key]
    more: int


def most_groups(dimensions: Sequence[str]) -> int | None:
    """How many groups are shown; all parts of the period are."""
    return None if set(dimensions) <= set(STEPS) else MOST_GROUPS


def in_order(keys: Iterable[Key]) -> list[Key]:
    """By each value in its order, those of no value last."""
    return sorted(keys, key=_place)


def largest(sizes: Mapping[Key, int], most: int | None) -> list[Key]:
    """So many groups in order: the largest ones, and of equal ones those that come first."""
    if most is None or len(sizes) <= most:
        return in_order(sizes)
    least = sorted(sizes.values(), reverse=True)[most - 1]
    keys = in_order(key for key, size in sizes.items() if size >= least)
    return in_order(sorted(keys, key=sizes.__getitem__, reverse=True)[:most])


def select_groups(
    sizes: Mapping[Key, int],
    before: Iterable[Key],
    most: int | None,
    twin: Callable[[Key], Key | None] | None = None,
) -> Selection:
    """The largest groups of a period, beside those of the one before. With `twin`, which tells
    what belongs to a group there, no others are shown; else those too that are only there, last.
    """
    keys = largest(sizes, most)
    if twin is not None:
        twins = {twin(key) for key in keys}
        return Selection(keys, [key for key in before if key in twins], len(sizes) - len(keys))
    old = {*before}
    others = old - sizes.keys()
    room = len(others) if most is None else max(0, most - len(keys))
    beside = [*(key for key in keys if key in old), *in_order(others)[:room]]
    more = len(sizes) + len(others) - len(keys) - min(room, len(others))
    return Selection(keys, beside, more)


def _place(key: Key) -> list[tuple[bool, Any]]:
    # Numbers are compared much faster than ids, and in the same order.
    return [(value is None, value.int if isinstance(value, UUID) else value) for value in key]
