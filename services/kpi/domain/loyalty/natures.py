"""Which sales came as usual, and what they come to, from sales as arrays: what the rule of a plan
calls guaranteed, see `domain/plan/terms.py`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Literal
from zoneinfo import ZoneInfo

import numpy as np

from services.kpi.domain.periods import day_begin
from services.kpi.domain.plan.terms import Contract, Rule
from services.kpi.domain.sale_columns.coding import told_apart
from services.kpi.domain.sale_columns.sold import Bools, Ints, Money, Numbers, Sold
from services.kpi.domain.sale_columns.stretches import Touches, micros

_NATURES: Final = ("planned", "guaranteed")
_COUNT, _AMOUNT = range(2)
_OF_A_USUAL: Final = 8  # numbers of eight bytes
_SIDES: Final[tuple[Literal["left", "right"], ...]] = ("left", "right")


class Natures:
    """Sales of a period by parts of it between two bounds. Those that came as usual are guaranteed
    unless somebody of ours had touched the person since the sale before; those under a contract
    are in any case. `people` are the ids of who bought as usual without one, of 16 bytes, hardly
    any of them twice, and `since` is the first of the sales before, in microseconds since EPOCH.
    Of each sale is held only what such a touch would change.
    """

    def __init__(
        self, sold: Sold, rule: Rule, bounds: Sequence[datetime], currency: str, zone: ZoneInfo
    ) -> None:
        bound = _are_bound(sold, rule.contracts, zone)
        places = _as_usual(sold, rule, bound)
        money, currencies = sold.money(), sold.currencies()
        moments = [micros(one) for one in bounds]
        parts = np.searchsorted(moments, sold.ats, side="right")
        amounts = np.where(currencies.codes == currencies.code(currency), money.amounts, 0)
        self._decimal = Money(amounts[:0], money.decimals).decimal  # without all amounts
        self._size = len(bounds) + 1
        self._sums = self._sum(parts[~bound], amounts[~bound])
        self._bound = self._sum(parts[bound], amounts[bound])
        self._usual = parts[places], amounts[places]
        self._ats = sold.ats[places]
        self._befores = self._ats - sold.gaps()[places]
        self._people = np.stack([half[places] for half in sold.people()], axis=1)
        by_half = self._people[np.argsort(self._people[:, 0])]
        is_other = (by_half[1:] != by_half[:-1]).any(axis=1)
        others = by_half[np.concatenate(([True], is_other))[: len(by_half)]]
        self._halves = others[:, 0]  # in order
        self.people: bytes = others.astype(">u8").tobytes()
        self.since = int(self._befores.min()) if self.people else 0

    def size(self) -> int:
        """Of how many numbers it consists."""
        return _OF_A_USUAL * len(self._ats)

    def sums(self, touches: Touches) -> list[tuple[str, int, Decimal, int]]:
        """By nature and part, numbered from 1: what sales in the currency come to, and how many
        sales there are. `touches` are those of `people`, and perhaps of others.
        """
        untouched = ~self._are_touched(touches)
        parts, amounts = self._usual
        usual = self._sum(parts[untouched], amounts[untouched])
        planned, guaranteed = self._sums - usual, self._bound + usual
        return [
            (nature, part, self._decimal(sums[_AMOUNT, part]), int(sums[_COUNT, part]))
            for nature, sums in zip(_NATURES, (planned, guaranteed), strict=True)
            for part in range(1, self._size)
            if sums[_COUNT, part]
        ]

    def _sum(self, parts: Ints, amounts: Numbers) -> Numbers:
        """How many sales each part has, and what they come to."""
        sums = np.zeros((2, self._size), amounts.dtype)
        sums[_COUNT] = np.bincount(parts, minlength=self._size)
        np.add.at(sums[_AMOUNT], parts, amounts)
        return sums

    def _are_touched(self, touches: Touches) -> Bools:
        """Whether a touch of the person lies after the sale before and not after the sale, of each
        that came as usual.
        """
        moments = np.frombuffer(touches.ats, ">i8").astype(np.int64)
        theirs = np.frombuffer(touches.people, ">u8").reshape(-1, 2).astype(np.uint64)
        begins, ends = (np.searchsorted(self._halves, theirs[:, 0], side) for side in _SIDES)
        theirs, moments = theirs[begins < ends], moments[begins < ends]
        if not len(theirs):
            return np.zeros(len(self._ats), np.bool_)
        codes = told_apart(*np.concatenate((self._people, theirs)).T)[1]
        buyers, touched = np.split(codes, [len(self._ats)])
        ordered = np.sort(moments)

        def ranks(people: Ints, ats: Ints) -> Ints:
            """Numbers in the order of the people, and of their moments among all touches."""
            return people * (len(ordered) + 1) + np.searchsorted(ordered, ats, side="right")

        of_touches = np.sort(ranks(touched, moments))
        until_before, until_now = (
            np.searchsorted(of_touches, ranks(buyers, ats), side="right")
            for ats in (self._befores, self._ats)
        )
        return until_before < until_now


def _as_usual(sold: Sold, rule: Rule, bound: Bools) -> Ints:
    """The places of the sales that came as usual, of those that no contract binds."""
    gaps, usual = sold.gaps(), sold.usuals()
    is_enough = sold.numbers() >= rule.least_gaps + 2
    is_near = 100 * np.abs(2 * gaps - usual) <= rule.tolerance_percent * usual
    places: Ints = np.flatnonzero(is_enough & is_near & ~bound)
    return places


def _are_bound(sold: Sold, contracts: Sequence[Contract], zone: ZoneInfo) -> Bools:
    """Whether each sale lies in the days of a contract of its customer."""
    bound = np.zeros(len(sold.ats), np.bool_)
    if not contracts:
        return bound
    people, codes = sold.customers()
    numbers = {(high, low): n for n, (high, low) in enumerate(people.tolist())}
    for customer, first, last in contracts:
        number = numbers.get(divmod(customer.int, 1 << 64))
        if number is not None:
            begin, end = day_begin(first, zone), day_begin(last + timedelta(days=1), zone)
            is_within = (sold.ats >= micros(begin)) & (sold.ats < micros(end))
            bound |= (codes == number) & is_within
    return bound
