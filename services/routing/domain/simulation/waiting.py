"""The leads that wait for an owner, served in the order of their queue.

Leads of one lot may go to the same agents, so the first one that finds nobody answers for all.
"""

import heapq
from collections.abc import Callable
from typing import Any

from services.routing.domain.simulation.cases import Case

_Entry = tuple[int, int, Case]


class Queue:
    def __init__(self) -> None:
        self._lots: dict[tuple[Any, ...], list[_Entry]] = {}
        self.size = 0

    def add(self, case: Case) -> None:
        heapq.heappush(self._lots.setdefault(case.lot, []), (case.queue_at, case.number, case))
        self.size += 1

    def holds(self, lot: tuple[Any, ...]) -> bool:
        """Whether a case of this lot waits."""
        return lot in self._lots

    def serve(self, offer: Callable[[Case], bool]) -> None:
        """Offer the cases in their order until each lot is empty or its first finds nobody."""
        heads = [(lot[0], key) for key, lot in self._lots.items()]
        heapq.heapify(heads)
        while heads:
            (_, _, case), key = heads[0]
            if not offer(case):
                heapq.heappop(heads)
                continue
            lot = self._lots[key]
            heapq.heappop(lot)
            self.size -= 1
            if lot:
                heapq.heapreplace(heads, (lot[0], key))
            else:
                del self._lots[key]
                heapq.heappop(heads)
