"""What is known of a territory on a day, and who says so."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from shared.ids import derived_id

LARGEST_FACT: Final = Decimal(10) ** 15
_DIGITS: Final = 6


class FactKind(StrEnum):
    """`population` in people, `income` in money by head and month, `competitors` in firms,
    `preference` as the share of people who want the product, `purchasing_power` in money that a
    head has to spend in a year.
    """

    POPULATION = "population"
    INCOME = "income"
    COMPETITORS = "competitors"
    PREFERENCE = "preference"
    PURCHASING_POWER = "purchasing_power"


IN_MONEY: Final = frozenset({FactKind.INCOME, FactKind.PURCHASING_POWER})
COUNTED: Final = frozenset({FactKind.POPULATION, FactKind.COMPETITORS})


class TerritoryFact(NamedTuple):
    """`product` is empty but for preferences, `currency` None but for money."""

    territory_id: UUID
    kind: FactKind
    product: str
    day: date
    value: Decimal
    currency: str | None
    source: str

    @property
    def fact_id(self) -> UUID:
        """The same for whatever is said of the same thing on the same day."""
        return derived_id("territory_fact", self.territory_id, self.kind, self.product, self.day)


def fact_faults(fact: TerritoryFact) -> Iterator[tuple[str, str]]:
    """What cannot be true of it: the field and why."""
    if (fact.kind == FactKind.PREFERENCE) != bool(fact.product):
        yield "product", "is of a preference, which is always for one"
    if (fact.kind in IN_MONEY) != (fact.currency is not None):
        yield "currency", "is of income and purchasing power, which are always in one"
    value = fact.value
    if not value.is_finite() or not 0 <= value <= LARGEST_FACT:
        yield "value", f"is not between 0 and {LARGEST_FACT:f}"
    elif fact.kind in COUNTED and value != int(value):
        yield "value", "is a whole number"
    elif fact.kind == FactKind.PREFERENCE and value > 1:
        yield "value", "a share is at most 1"
    elif value != round(value, _DIGITS):
        yield "value", f"has more than {_DIGITS} digits behind the point"
    if not fact.source:
        yield "source", "is missing: it says where this is known from"
