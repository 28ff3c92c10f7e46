"""Which sales came as usual, and what they come to, from sales as arrays: what the rule of a plan
calls guaranteed, see `domain/plan/terms.py`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Literal
from zoneinfo import ZoneInfo

import numpy as np

from services.kpi.domain.loyalty.coding import told_apart
from services.kpi.domain.loyalty.sold import Bools, Ints, Sold, sums_by_code
from services.kpi.domain.loyalty.stretches import Touches, micros
from services.kpi.domain.periods import day_begin
from services.kpi.domain.plan.terms import Contract, Rule

_NATURES: Final = ("planned", "guaranteed")
_SIDES: Final[tuple[Literal["left", "right"], ...]] = ("left", "right")


class Natures:
    """Sales of a period. Those that came as usual are guaranteed unless somebody of ours had
    touched the person since the sale before. `people` are the ids of who bought as usual, of 16
    bytes, hardly any of them twice, and `since` is the first of the sales before, in microseconds
    since EPOCH.
    """

    def __init__(self, sold: Sold, rule: Rule) -> None:
        self._sold, self._rule = sold, rule
        gaps, usual = sold.gaps(), sold.usuals()
        is_enough = sold.numbers() >= rule.least_gaps + 2
        is_near = 100 * np.abs(2 * gaps - usual) <= rule.tolerance_percent * usual
        self._places = np.flatnonzero(is_enough & is_near)
        self._befores = sold.ats[self._places] - gaps[self._places]
        self._people = np.stack([half[self._places] for half in sold.people()], axis=1)
        by_half = self._people[np.argsort(self._people[:, 0])]
        is_other = (by_half[1:] != by_half[:-1]).any(axis=1)
        others = by_half[np.concatenate(([True], is_other))[: len(by_half)]]
        self._halves = others[:, 0]  # in order
        self.people: bytes = others.astype(">u8").tobytes()
        self.since = int(self._befores.min()) if self.people else 0

    def sums(
        self, touches: Touches, bounds: Sequence[datetime], currency: str, zone: ZoneInfo
    ) -> list[tuple[str, int, Decimal, int]]:
        """By nature and part between two bounds, numbered from 1: what sales in the currency come
        to, and how many sales there are. `touches` are those of `people`, and perhaps of others.
        """
        guaranteed = self._are_bound(zone)
        guaranteed[self._places[~self._are_touched(touches)]] = True
        codes = guaranteed.astype(np.int64)
        moments = [micros(bound) for bound in bounds]
        sums = sums_by_code(self._sold, codes, _NATURES, moments, currency)
        return [each for each in sums if each[1]]

    def _are_touched(self, touches: Touches) -> Bools:
        """Whether a touch of the person lies after the sale before and not after the sale, of each
        that came as usual.
        """
        moments = np.frombuffer(touches.ats, ">i8").astype(np.int64)
        theirs = np.frombuffer(touches.people, ">u8").reshape(-1, 2).astype(np.uint64)
        begins, ends = (np.searchsorted(self._halves, theirs[:, 0], side) for side in _SIDES)
        theirs, moments = theirs[begins < ends], moments[begins < ends]
        if not len(theirs):
            return np.zeros(len(self._places), np.bool_)
        codes = told_apart(*np.concatenate((self._people, theirs)).T)[1]
        buyers, touched = np.split(codes, [len(self._places)])
        ordered = np.sort(moments)

        def ranks(people: Ints, ats: Ints) -> Ints:
            """Numbers in the order of the people, and of their moments among all touches."""
            return people * (len(ordered) + 1) + np.searchsorted(ordered, ats, side="right")

        of_touches = np.sort(ranks(touched, moments))
        until_before, until_now = (
            np.searchsorted(of_touches, ranks(buyers, ats), side="right")
            for ats in (self._befores, self._sold.ats[self._places])
        )
        return until_before < until_now

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
