"""The groups that a report shows where there are more of them than anyone reads."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

MOST_GROUPS: Final = 1000
Key = tuple[Any, ...]


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


def _place(key: Key) -> list[tuple[bool, Any]]:
    # Numbers are compared much faster than ids, and in the same order.
    return [(value is None, value.int if isinstance(value, UUID) else value) for value in key]
