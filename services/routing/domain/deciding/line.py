"""Those who are able to take leads of one need."""

from collections.abc import Collection, Iterator, Sequence

from services.routing.domain.deciding.desks import TIERS, Desks


class Line:
    """`fits` is how well each fits, weighed; None for whoever is not able."""

    def __init__(self, desks: Desks, fits: Sequence[float | None]) -> None:
        self.fits = fits
        self._desks = desks
        self._counts: list[int] | None = None  # of those able, by tier

    def is_able(self, place: int, *, reach: int) -> bool:
        """Whether the candidate has what the lead needs, and is in a tier that it may reach."""
        tier = self._desks.tier[place]
        return tier is not None and tier <= reach and self.fits[place] is not None

    def able(self, *, reach: int) -> int:
        """How many are able to take the lead, with room or without."""
        if self._counts is None:
            self._counts = [0] * TIERS
            for fit, tier in zip(self.fits, self._desks.tier, strict=True):
                if fit is not None and tier is not None:
                    self._counts[tier] += 1
        return sum(self._counts[: reach + 1])

    def able_places(self, *, reach: int) -> Iterator[int]:
        return (place for place in range(len(self.fits)) if self.is_able(place, reach=reach))

    def move(self, place: int, *, former_tier: int | None) -> None:
        """Somebody may be in another tier now."""
        tier = self._desks.tier[place]
        if self._counts is None or self.fits[place] is None:
            return
        if former_tier is not None:
            self._counts[former_tier] -= 1
        if tier is not None:
            self._counts[tier] += 1

    def first(self, units_milli: int, excluded: Collection[int], *, reach: int) -> int | None:
        """The place of whoever would get the lead, found by looking at everybody once. `Ranking`
        finds the same one, and pays where many leads are decided.
        """
        desks = self._desks
        rows = zip(self.fits, desks.tier, desks.room, desks.base, desks.turn, strict=True)
        ranks = [
            (tier, base - fit, turn, place)
            for place, (fit, tier, room, base, turn) in enumerate(rows)
            if fit is not None
            and tier is not None
            and tier <= reach
            and room >= units_milli
            and place not in excluded
        ]
        if not ranks:
            return None
        best = min(ranks)[:3]
        places = [rank[3] for rank in ranks if rank[:3] == best]
        return places[0] if len(places) == 1 else min(places, key=desks.tie.__getitem__)
