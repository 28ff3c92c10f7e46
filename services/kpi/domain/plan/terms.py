"""What a plan is about: its months, its measures' units, and what is called guaranteed in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Final, Literal, NamedTuple
from uuid import UUID

from services.kpi.domain.attribution import digits_of
from services.kpi.domain.months import later, months_between
from services.kpi.domain.plan.nodes import AxisName, Measure

PartyKind = Literal["channel", "customer"]
NAMED: Final[tuple[AxisName, ...]] = ("region", "product", "party", "seller")
MOST_VALUE: Final = Decimal(10) ** 12  # of a node, in the measure
MOST_MONTHS: Final = 36
MAX_CELLS: Final = 2_000_000  # of one measure
MAX_VALUES: Final = 20_000  # of an axis


_PIECE: Final = Decimal(1)


@cache
def _smallest_unit(currency: str) -> Decimal:
    """Asked for with each amount that is shown."""
    return _PIECE.scaleb(-digits_of(currency))


class Contract(NamedTuple):
    """What a customer buys from the first day to the last one is bound by a contract."""

    customer: UUID
    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A sale is guaranteed under a contract; or when it came as usual and untouched: the person had
    `least_gaps` times between earlier sales, this one differs from their median by at most
    `tolerance_percent`, and nobody of ours had called, written or met the person since the last.
    """

    least_gaps: int = 2
    tolerance_percent: int = 50
    contracts: tuple[Contract, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """`season` are weights of the months by measure, for what neither plan nor past tells."""

    plan_id: UUID
    name: str
    currency: str
    first_month: date
    months: int
    party: PartyKind
    rule: Rule
    season: Mapping[Measure, Sequence[int]]

    def month_of(self, number: int) -> date:
        """The first day of a month by its number, from 0."""
        return later(self.first_month, number)

    def number_of(self, month: date) -> int | None:
        """The number of the month that begins on this day; None if it is none of the plan's."""
        number = months_between(self.first_month, month)
        return number if 0 <= number < self.months else None

    def unit(self, measure: Measure) -> Decimal:
        """What one of a cell is worth: the currency's smallest unit, or a piece."""
        return _smallest_unit(self.currency) if measure == "revenue" else _PIECE

    def digits(self, measure: Measure) -> int:
        """How many digits an amount may have behind the point."""
        return digits_of(self.currency) if measure == "revenue" else 0

    def amount(self, measure: Measure, cells: int) -> Decimal:
        return cells * self.unit(measure)

    def cells(self, measure: Measure, amount: Decimal) -> int:
        """Raises ValueError for an amount that is not whole units, or not within bounds."""
        if not amount.is_finite() or not 0 <= amount <= MOST_VALUE:
            raise ValueError(f"is not between 0 and {MOST_VALUE:f}")
        units = amount / self.unit(measure)
        if units != units.to_integral_value():
            raise ValueError(f"is finer than {self.unit(measure):f}")
        return int(units)
