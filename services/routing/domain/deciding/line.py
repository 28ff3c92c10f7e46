"""Those who are able to take leads of one kind, in the order in which they would get one."""

from collections.abc import Collection, Iterator, Sequence
from heapq import heapify, heappop, heappush, heapreplace

from services.routing.domain.deciding.desks import TIERS, Desks

Entry = tuple[float, int, float, int, int]  # score, turn, tie, place, stamp
GONE = -1
BEHIND = float("inf")


class Line:
    """A heap per tier of those who are able to take a lead of this need and weight, and have room.

    Entries are not moved when a candidate changes. One whose stamp is not the candidate's is out
    of date: it may stand too far ahead, never too far behind, and is put right when it comes
    first. Whoever comes to stand further ahead is entered anew, which voids the older entry.
    """

    def __init__(self, desks: Desks, fits: Sequence[float | None], units_milli: int) -> None:
        """`fits` is how well each fits, weighed; None for whoever is not able."""
        self._desks = desks
        self._units = units_milli
        self._fits = fits
        self._build()

    def _build(self) -> None:
        desks, units = self._desks, self._units
        heaps: list[list[Entry]] = [[] for _ in range(TIERS)]
        scores = [BEHIND] * len(self._fits)  # of the newest entry of each
        rows = zip(
            self._fits, desks.tier, desks.room, desks.base, desks.turn, desks.tie, desks.stamp,
            strict=True,
        )  # fmt: skip
        able = [0] * TIERS
        for place, (fit, tier, room, base, turn, tie, stamp) in enumerate(rows):
            if fit is None or tier is None:
                continue
            able[tier] += 1
            if room >= units:
                scores[place] = score = base - fit
                heaps[tier].append((score, turn, tie, place, stamp))
        for heap in heaps:
            heapify(heap)
        self._heaps, self._able, self._scores = heaps, able, scores
        self._stamps = list(desks.stamp)  # of the newest entry of each

    def is_able(self, place: int, *, reach: int) -> bool:
        """Whether the candidate has what the lead needs, and is in a tier that it may reach."""
        tier = self._desks.tier[place]
        return tier is not None and tier <= reach and self._fits[place] is not None

    def weighed_fit(self, place: int) -> float:
        """How well somebody able fits, times the weight of the fit."""
        return self._fits[place] or 0.0

    def able(self, *, reach: int) -> int:
        """How many are able to take the lead, with room or without."""
        return sum(self._able[: reach + 1])

    def able_places(self, *, reach: int) -> Iterator[int]:
        return (place for place in range(len(self._fits)) if self.is_able(place, reach=reach))

    def first(self, excluded: Collection[int], *, reach: int) -> int | None:
        """The place of whoever would get the lead, in the first tier that has anybody."""
        for tier in range(reach + 1):
            place = self._first_of(tier, excluded)
            if place is not None:
                return place
        return None

    def _first_of(self, tier: int, excluded: Collection[int]) -> int | None:
        heap, stamps = self._heaps[tier], self._desks.stamp
        aside: list[Entry] = []
        chosen = None
        while heap:
            _, _, _, place, stamp = heap[0]
            if stamp != stamps[place]:
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
            heappop(heap)
            self._void(place)

    def _entry(self, place: int) -> Entry:
        desks = self._desks
        stamp = self._stamps[place] = desks.stamp[place]
        score = self._scores[place] = desks.base[place] - (self._fits[place] or 0.0)
        return (score, desks.turn[place], desks.tie[place], place, stamp)

    def _void(self, place: int) -> None:
        self._stamps[place] = GONE
        self._scores[place] = BEHIND

    def advance(self, place: int) -> None:
        """Somebody has changed and may stand further ahead now."""
        fit, desks = self._fits[place], self._desks
        if fit is None or desks.base[place] - fit >= self._scores[place]:
            return
        tier = desks.tier[place]
        if tier is not None and desks.room[place] >= self._units:
            heap = self._heaps[tier]
            heappush(heap, self._entry(place))
            # Void entries far behind never come first; without them the heap is as it was built.
            if len(heap) > 4 * len(self._fits) + TIERS:
                self._build()

    def move(self, place: int, *, former_tier: int | None) -> None:
        """Somebody has changed and may be in another tier now."""
        tier = self._desks.tier[place]
        if self._fits[place] is None:
            return
        if former_tier is not None:
            self._able[former_tier] -= 1
        if tier is not None:
            self._able[tier] += 1
        self._void(place)
        self.advance(place)
