"""What was counted lately, in memory: as long as there is room, and never anything else than it
was counted from, because it is found by a digest of that.
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class _Entry(NamedTuple, Generic[T]):
    counted: T
    size: int


class Lately(Generic[T]):
    """Holds so much in all; what nobody has asked for the longest goes first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._entries: OrderedDict[Hashable, _Entry[T]] = OrderedDict()
        self._size = 0

    def find(self, name: Hashable) -> T | None:
        entry = self._entries.get(name)
        if entry is None:
            return None
        self._entries.move_to_end(name)
        return entry.counted

    def add(self, name: Hashable, counted: T, size: int) -> None:
        """It is not changed from now on; `size` is in the unit of what is held in all."""
        if name in self._entries:
            self._size -= self._entries.pop(name).size
        self._entries[name] = _Entry(counted, size)
        self._size += size
        while self._size > self._most:
            _, oldest = self._entries.popitem(last=False)
            self._size -= oldest.size
