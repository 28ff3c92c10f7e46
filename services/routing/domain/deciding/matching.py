"""A matching of least cost between kinds of leads and managers whose cost grows with their load.

Leads enter one after the other along a cheapest path: one that enters may push another one on to
somebody else, never out. So no later lead takes the only place of an earlier one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

NOWHERE = 1 << 80  # more than any path costs
Rising = Callable[[int, int], int]


@dataclass(frozen=True, slots=True)
class Kind:
    """Leads that are alike. `costs` of a lead by manager, for each unit; `NOWHERE` where it must
    not go.
    """

    units_milli: int
    costs: Sequence[int]


@dataclass(eq=False, slots=True)
class Seat:
    """A manager while the matching is made. `leads` are those given here, by kind; `price` is what
    a place here is worth to the leads, between the costs of the last unit and of the next; `most`
    is the heaviest lead that finds room here if one of them makes way.
    """

    room_milli: int
    allowance: int | None
    next_cost: int
    price: int
    most_milli: int
    added_milli: int = 0
    leads: dict[int, list[int]] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class _Search:
    """The cheapest ways from a lead to the managers, as far as they are known. `is_direct`: the
    best of them pushes nobody on.
    """

    labels: list[int]
    heap: list[tuple[int, int]] = field(default_factory=list)
    sources: dict[int, tuple[int, int]] = field(default_factory=dict)  # (manager, kind) pushed on
    settled: dict[int, int] = field(default_factory=dict)
    kinds: set[int] = field(default_factory=set)
    cost: int = NOWHERE
    end: int | None = None
    is_direct: bool = True


class Matching:
    """`rising(manager, added_milli)` is the cost of the next unit; it never falls with `added`.

    Successive shortest paths with prices (Edmonds and Karp 1972), over kinds instead of leads: as
    long as all leads weigh the same, the result is the cheapest of all. With different weights no
    quick method is exact, as it would have to pack bins; then paths are tried by their cost for
    each unit.
    """

    def __init__(self, kinds: Sequence[Kind], seats: Sequence[Seat], rising: Rising) -> None:
        self.owners: dict[int, int] = {}  # manager by lead
        self._kinds = kinds
        self._seats = seats
        self._rising = rising
        self._targets = [
            [at for at, cost in enumerate(kind.costs) if cost < NOWHERE] for kind in kinds
        ]

    def enter(self, lead: int, kind: int) -> bool:
        """Give a lead its place, if there is one beside all those that were entered before."""
        search = self._search(kind)
        if search.end is None:
            return False
        seats, manager = self._seats, search.end
        for at, label in search.settled.items():
            if label < search.cost:
                seats[at].price += search.cost - label
        allowance = seats[manager].allowance
        if allowance is not None:
            seats[manager].allowance = allowance - 1
        while not search.is_direct and manager in search.sources:
            source, pushed = search.sources[manager]
            self._put(self._pull(source, pushed), pushed, manager)
            manager = source
        self._put(lead, kind, manager)
        return True

    def _search(self, kind: int) -> _Search:
        """Dijkstra's search: a label is the cost of getting to a manager plus the price there."""
        seats = self._seats
        costs = self._kinds[kind].costs
        units = self._kinds[kind].units_milli
        labels = [
            cost + seat.price if cost < NOWHERE and seat.most_milli >= units else NOWHERE
            for cost, seat in zip(costs, seats, strict=True)
        ]
        search = _Search(labels)
        search.kinds.add(kind)
        self._look_directly(search, kind)
        # Beginning with the best free place, few managers are left to be looked at.
        cost = search.cost
        search.heap = [(label, at) for at, label in enumerate(labels) if label < cost]
        heapify(search.heap)
        while search.heap and search.heap[0][0] < search.cost:
            label, manager = heappop(search.heap)
            if manager not in search.settled:
                search.settled[manager] = label
                self._settle(search, manager, kind)
        return search

    def _look_directly(self, search: _Search, kind: int) -> None:
        """The best place that is free."""
        costs, units = self._kinds[kind].costs, self._kinds[kind].units_milli
        for at in self._targets[kind]:
            seat = self._seats[at]
            cost = costs[at] + seat.next_cost
            if cost < search.cost and seat.allowance != 0 and seat.room_milli >= units:
                search.cost, search.end = cost, at

    def _settle(self, search: _Search, manager: int, kind: int) -> None:
        seat, label = self._seats[manager], search.settled[manager]
        entering = search.sources[manager][1] if manager in search.sources else kind
        lacking = self._kinds[entering].units_milli - seat.room_milli
        if lacking <= 0 and seat.allowance != 0:
            cost = label + seat.next_cost - seat.price
            if cost < search.cost:
                search.cost, search.end, search.is_direct = cost, manager, False
        for pushed in seat.leads:
            if pushed not in search.kinds and self._kinds[pushed].units_milli >= lacking:
                search.kinds.add(pushed)
                self._push_on(search, manager, pushed)

    def _push_on(self, search: _Search, manager: int, kind: int) -> None:
        """Let a lead of this kind make way here and go to anybody else."""
        seats, costs, labels = self._seats, self._kinds[kind].costs, search.labels
        units = self._kinds[kind].units_milli
        rest = search.settled[manager] - costs[manager] - seats[manager].price
        for at in self._targets[kind]:
            if seats[at].most_milli < units:
                continue
            label = rest + costs[at] + seats[at].price
            if label < search.cost and label < labels[at] and at not in search.settled:
                labels[at] = label
                search.sources[at] = (manager, kind)
                heappush(search.heap, (label, at))

    def _put(self, lead: int, kind: int, manager: int) -> None:
        self.owners[lead] = manager
        self._seats[manager].leads.setdefault(kind, []).append(lead)
        self._load(manager, self._kinds[kind].units_milli)

    def _pull(self, manager: int, kind: int) -> int:
        leads = self._seats[manager].leads
        lead = leads[kind].pop()
        if not leads[kind]:
            del leads[kind]
        self._load(manager, -self._kinds[kind].units_milli)
        return lead

    def _load(self, manager: int, units_milli: int) -> None:
        seat = self._seats[manager]
        seat.room_milli -= units_milli
        seat.added_milli += units_milli
        seat.next_cost = self._rising(manager, seat.added_milli)
        heaviest = max((self._kinds[kind].units_milli for kind in seat.leads), default=0)
        seat.most_milli = seat.room_milli + heaviest
