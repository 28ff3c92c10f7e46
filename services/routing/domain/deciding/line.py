"""Those who are able to take leads of one kind, in the order in which they would get one."""

from collections.abc import Collection, Sequence
from heapq import heapify, heappop, heappush, heapreplace

from services.routing.domain.deciding.desks import TIERS, Desks

Entry = tuple[float, int, float, int, int]  # score, turn, tie, place, stamp
GONE = -1


class Line:
    """A heap per tier of those who are able to take a lead of this need and weight, and have room.

    Entries are not removed when a candidate changes. One whose stamp is not the candidate's is
    out of date: as leads only raise scores, it stands too far ahead and is put right when it comes
    first. Whoever gains room or changes otherwise is entered anew, which voids the older entry.
    """

    def __init__(self, desks: Desks, fits: Sequence[float | None], units_milli: int) -> None:
        """`fits` is how well each fits, None for whoever is not able."""
        self._desks = desks
        self._units = units_milli
        self._fits = fits
        self._build()

    def _build(self) -> None:
        desks = self._desks
        self._heaps: tuple[list[Entry], ...] = tuple([] for _ in range(TIERS))
        self._stamps = [GONE] * len(desks.candidates)
        self._able = [0] * TIERS
        weight, units = desks.weights.fit, self._units
        rows = zip(
            self._fits, desks.tier, desks.room, desks.base, desks.turn, desks.tie, desks.stamp,
            strict=True,
        )  # fmt: skip
        for place, (fitting, tier, room, base, turn, tie, stamp) in enumerate(rows):
            if fitting is None or tier is None:
                continue
            self._able[tier] += 1
            if room >= units:
                self._heaps[tier].append((base - weight * fitting, turn, tie, place, stamp))
                self._stamps[place] = stamp
        for heap in self._heaps:
            heapify(heap)

    def _entry(self, place: int) -> Entry:
        desks = self._desks
        stamp = self._stamps[place] = desks.stamp[place]
        score = desks.base[place] - self.weighed_fit(place)
        return (score, desks.turn[place], desks.tie[place], place, stamp)

    def is_able(self, place: int, *, reach: int) -> bool:
        """Whether the candidate has what the lead needs, and is in a tier that it may reach."""
        tier = self._desks.tier[place]
        return tier is not None and tier <= reach and self._fits[place] is not None

    def weighed_fit(self, place: int) -> float:
        """How well somebody able fits, times the weight of the fit."""
        return self._desks.weights.fit * (self._fits[place] or 0.0)

    def able(self, *, reach: int) -> int:
        """How many are able to take the lead, with room or without."""
        return sum(self._able[: reach + 1])

    def able_places(self, *, reach: int) -> list[int]:
        return [place for place in range(len(self._fits)) if self.is_able(place, reach=reach)]

    def first(self, excluded: Collection[int], *, reach: int) -> int | None:
        """The place of whoever would get the lead, in the first tier that has anybody."""
        for tier in range(reach + 1):
            place = self._first_of(tier, excluded)
            if place is not None:
                return place
        return None

    def _first_of(self, tier: int, excluded: Collection[int]) -> int | None:
        heap, desks = self._heaps[tier], self._desks
        aside: list[Entry] = []
        chosen = None
        while heap:
            place, stamp = heap[0][3], heap[0][4]
            if stamp != desks.stamp[place]:
                self._put_right(heap, place, stamp)
            elif place in excluded:
                aside.append(heappop(heap))
            else:
                chosen = place
                break
        for entry in aside:
            heappush(heap, entry)
        return chosen

    def _put_right(self, heap: list[Entry], place: int, stamp: int) -> None:
        """Replace the first entry of a heap, which is out of date, or remove it."""
        if self._stamps[place] != stamp:
            heappop(heap)
        elif self._desks.room[place] >= self._units:
            heapreplace(heap, self._entry(place))
        else:
            self._stamps[place] = GONE
            heappop(heap)

    def renew(self, place: int, *, former_tier: int | None) -> None:
        """Enter somebody anew who has gained room or was in another tier."""
        tier = self._desks.tier[place]
        if self._fits[place] is None:
            return
        if former_tier is not None:
            self._able[former_tier] -= 1
        self._stamps[place] = GONE
        if tier is None:
            return
        self._able[tier] += 1
        if self._desks.room[place] >= self._units:
            heap = self._heaps[tier]
            heappush(heap, self._entry(place))
            # Void entries far behind never come first; without them the heap is as it was built.
            if len(heap) > 4 * len(self._fits) + TIERS:
                self._build()
