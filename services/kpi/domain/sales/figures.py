"""What the sales of a group come to: their number, customers and amounts, and the average check."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class SalesMoney:
    """Amounts in one currency; `priced` are the sales that have one."""

    priced: int
    amount: Decimal
    new_amount: Decimal
    returning_amount: Decimal
    cancelled_amount: Decimal

    @property
    def check(self) -> tuple[int, int]:
        """What a sale came to, of those that have an amount: dividend and divisor. A `Fraction`
        would look for their common divisor.
        """
        units, whole = self.amount.as_integer_ratio()
        return units, whole * self.priced


@dataclass(frozen=True, slots=True)
class SalesFigures:
    """`new` are people's first sales, `returning` all later ones; a customer with one of these is a
    returning one. `gap_p50`, `gap_p90`: seconds since the person's sale before.
    """

    sales: int = 0
    new: int = 0
    returning: int = 0
    cancelled: int = 0
    joined: int = 0
    customers: int = 0
    returning_customers: int = 0
    gap_p50: float | None = None
    gap_p90: float | None = None
    money: dict[str, SalesMoney] = field(default_factory=dict)

    def less(self, currency: str | None, sales: int, amount: Decimal | None) -> "SalesFigures":
        """These, and so many sales for so much that were taken back."""
        money = self.money
        if currency is not None and amount is not None:
            one = money.get(currency, _NOTHING)
            whole = one.cancelled_amount + amount
            money = {**money, currency: replace(one, cancelled_amount=whole)}
        return replace(self, cancelled=self.cancelled + sales, money=money)


_NOTHING: Final = SalesMoney(0, *(Decimal(0),) * 4)


class FiguresByGroup(Mapping[Key, SalesFigures]):
    """The figures of groups, made when somebody asks for them: of very many few are shown. Groups
    with fewer sales than others may be `left_out`.
    """

    def __init__(
        self,
        sales: Mapping[Key, int],
        make: Callable[[Key], SalesFigures],
        *,
        left_out: int = 0,
    ) -> None:
        self.left_out = left_out
        self._sales = sales
        self._make = make
        self._made: dict[Key, SalesFigures] = {}

    def __getitem__(self, key: Key) -> SalesFigures:
        one = self._made.get(key)
        if one is None:
            if key not in self._sales:
                raise KeyError(key)
            one = self._made[key] = self._make(key)
        return one

    def __contains__(self, key: object) -> bool:
        return key in self._sales  # without making its figures

    def __iter__(self) -> Iterator[Key]:
        return iter(self._sales)

    def __len__(self) -> int:
        return len(self._sales)

    def sales(self, key: Key) -> int:
        """How many a group has; 0 of one that is not there."""
        return self._sales.get(key, 0)


def figures_by_group(figures: Mapping[Key, SalesFigures]) -> FiguresByGroup:
    """Those that are made already."""
    return FiguresByGroup({key: one.sales for key, one in figures.items()}, figures.__getitem__)
