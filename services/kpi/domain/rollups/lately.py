"""What was counted lately, in memory: as long as there is room, and never anything else than it
was counted from, because it is found by a digest of that.
"""

from collections import OrderedDict
from collections.abc import Hashable

from services.kpi.domain.rollups.lead_days import Groups


class Lately:
    """Holds so many groups in all; those that nobody has asked for the longest go first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._groups: OrderedDict[Hashable, Groups] = OrderedDict()
        self._size = 0

    def find(self, name: Hashable) -> Groups | None:
        groups = self._groups.get(name)
        if groups is not None:
            self._groups.move_to_end(name)
        return groups

    def add(self, name: Hashable, groups: Groups) -> None:
        """It is not changed from now on."""
        self._size -= len(self._groups.pop(name, ()))
        self._groups[name] = groups
        self._size += len(groups)
        while self._size > self._most:
            _, oldest = self._groups.popitem(last=False)
            self._size -= len(oldest)
