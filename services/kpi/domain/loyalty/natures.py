"""Which sales came as usual, and what they come to, from sales as arrays: what the rule of a plan
calls guaranteed, see `domain/plan/terms.py`.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from services.kpi.domain.loyalty.sold import Bools, Sold, sums_by_code
from services.kpi.domain.loyalty.stretches import UsualSales, micros
from services.kpi.domain.periods import day_begin
from services.kpi.domain.plan.terms import Contract, Rule

_NATURES: Final = ("planned", "guaranteed")


class Natures:
    """Sales of a period. `usual` ones are guaranteed unless somebody of ours had touched the
    person.
    """

    def __init__(self, sold: Sold, rule: Rule) -> None:
        self._sold, self._rule = sold, rule
        gaps, usual = sold.gaps(), sold.usuals()
        is_enough = sold.numbers() >= rule.least_gaps + 2
        is_near = 100 * np.abs(2 * gaps - usual) <= rule.tolerance_percent * usual
        places = np.flatnonzero(is_enough & is_near)
        halves = np.stack([half[places] for half in sold.people()], axis=1)
        digits = halves.astype(">u8").tobytes().hex()
        people = [digits[begin : begin + 32] for begin in range(0, len(digits), 32)]
        ats = sold.ats[places]
        befores = ats - gaps[places]
        self.usual = UsualSales(places.tolist(), people, befores.tolist(), ats.tolist())

    def sums(
        self, touched: Collection[int], bounds: Sequence[datetime], currency: str, zone: ZoneInfo
    ) -> list[tuple[str, int, Decimal, int]]:
        """By nature and part between two bounds, numbered from 1: what sales in the currency come
        to, and how many sales there are. `touched` are places of usual sales.
        """
        guaranteed = self._are_bound(zone)
        guaranteed[[place for place in self.usual.places if place not in touched]] = True
        codes = guaranteed.astype(np.int64)
        moments = [micros(bound) for bound in bounds]
        sums = sums_by_code(self._sold, codes, _NATURES, moments, currency)
        return [each for each in sums if each[1]]

    def _are_bound(self, zone: ZoneInfo) -> Bools:
        """Whether each sale lies in the days of a contract of its customer."""
        bound = np.zeros(len(self._sold.ats), np.bool_)
        contracts: Sequence[Contract] = self._rule.contracts
        if not contracts:
            return bound
        people, codes = self._sold.customers()
        numbers = {(high, low): n for n, (high, low) in enumerate(people.tolist())}
        for customer, first, last in contracts:
            number = numbers.get(divmod(customer.int, 1 << 64))
            if number is not None:
                begin, end = day_begin(first, zone), day_begin(last + timedelta(days=1), zone)
                is_within = (self._sold.ats >= micros(begin)) & (self._sold.ats < micros(end))
                bound |= (codes == number) & is_within
        return bound
