"""Which sales came as usual, and what they come to, from sales as arrays: what the rule of a plan
calls guaranteed, see `domain/plan/terms.py`.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from services.kpi.domain.loyalty.sold import Bools, Ints, Sold, sums_by_code
from services.kpi.domain.loyalty.stretches import micros
from services.kpi.domain.periods import day_begin
from services.kpi.domain.plan.terms import Contract, Rule

_NATURES: Final = ("planned", "guaranteed")
_NONE: Final = np.iinfo(np.int64).max  # in the place of a gap: after all that there are


class UsualSale(NamedTuple):
    """The place of a sale among all, whose it is, and when the sale before it and it were, in
    microseconds since EPOCH.
    """

    place: int
    person_id: UUID
    before: int
    at: int


class Natures:
    """The sales from a moment on, and all that their customers bought before. `usual` ones are
    guaranteed unless somebody of ours had touched the person.
    """

    def __init__(self, sold: Sold, since: datetime, rule: Rule, most_gaps: int) -> None:
        self._sold, self._rule = sold, rule
        self._is_asked: Bools = sold.ats >= micros(since)
        self._people, self._codes = sold.customers()
        gaps = sold.gaps()
        places = self._usual_places(sold.numbers(), gaps, most_gaps)
        people = self._people[self._codes[places]].tolist()
        ats = sold.ats[places]
        rows = zip(
            places.tolist(), people, (ats - gaps[places]).tolist(), ats.tolist(), strict=True
        )
        self.usual = [
            UsualSale(place, UUID(int=high << 64 | low), before, at)
            for place, (high, low), before, at in rows
        ]

    def sums(
        self, touched: Collection[int], bounds: Sequence[datetime], currency: str, zone: ZoneInfo
    ) -> list[tuple[str, int, Decimal, int]]:
        """By nature and part between two bounds, numbered from 1: what sales in the currency come
        to, and how many sales there are. `touched` are places of usual sales.
        """
        guaranteed = self._are_bound(zone)
        guaranteed[[one.place for one in self.usual if one.place not in touched]] = True
        codes = guaranteed.astype(np.int64)
        moments = [micros(bound) for bound in bounds]
        sums = sums_by_code(self._sold, codes, _NATURES, moments, currency)
        return [each for each in sums if each[1]]

    def _usual_places(self, numbers: Ints, gaps: Ints, most_gaps: int) -> Ints:
        """The places of the candidates whose gap differs from the median of the person's last gaps
        before it by at most the tolerance of the rule.
        """
        order = np.argsort(self._codes * (numbers.max(initial=0) + 1) + numbers)
        codes, numbers, gaps = self._codes[order], numbers[order], gaps[order]
        candidates = np.flatnonzero(self._is_asked[order] & (numbers > self._rule.least_gaps + 1))
        before = candidates[:, None] - np.arange(1, most_gaps + 1)
        is_gap = before >= 0
        before = np.maximum(before, 0)
        number, earlier_number = numbers[candidates, None], numbers[before]
        is_gap &= codes[before] == codes[candidates, None]
        is_gap &= (earlier_number < number) & (earlier_number >= np.maximum(2, number - most_gaps))
        counts = is_gap.sum(axis=1)
        is_enough = counts >= max(1, self._rule.least_gaps)
        earlier = np.sort(np.where(is_gap, gaps[before], _NONE)[is_enough], axis=1)
        counts, candidates = counts[is_enough], candidates[is_enough]
        rows = np.arange(len(candidates))
        twice = earlier[rows, (counts - 1) // 2] + earlier[rows, counts // 2]
        is_near = 100 * np.abs(2 * gaps[candidates] - twice) <= self._rule.tolerance_percent * twice
        return np.asarray(order[candidates[is_near]])

    def _are_bound(self, zone: ZoneInfo) -> Bools:
        """Whether each sale lies in the days of a contract of its customer."""
        bound = np.zeros(len(self._codes), np.bool_)
        contracts: Sequence[Contract] = self._rule.contracts
        if not contracts:
            return bound
        numbers = {(high, low): n for n, (high, low) in enumerate(self._people.tolist())}
        for customer, first, last in contracts:
            number = numbers.get(divmod(customer.int, 1 << 64))
            if number is not None:
                begin, end = day_begin(first, zone), day_begin(last + timedelta(days=1), zone)
                is_within = (self._sold.ats >= micros(begin)) & (self._sold.ats < micros(end))
                bound |= (self._codes == number) & is_within
        return bound
