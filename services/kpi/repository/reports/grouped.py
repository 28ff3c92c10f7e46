"""Figures of many groups, of which few are shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from services.kpi.domain.rollups.tally import Key

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Grouped(Generic[T]):
    """`sizes` tells which groups are large, `of` gives the figures of one, `total` those of all.
    Keys hold ids as text, and steps of time as their first days.
    """

    sizes: Mapping[Key, int]
    of: Callable[[Key], T]
    total: T
