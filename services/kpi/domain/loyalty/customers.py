"""What reports say of customers: how they score, which are asked for, and what they are told by."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from services.kpi.domain.loyalty.segments import Name
from services.kpi.domain.sale_columns.stretches import micros


@dataclass(frozen=True, slots=True)
class Cell:
    """Customers of the same scores of recency and frequency; both None where there are too few
    customers for scores. `asleep_after`: when each of them sleeps that has not bought again, in
    half microseconds since EPOCH, ascending.
    """

    recency: int | None
    frequency: int | None
    customers: int
    asleep_after: Sequence[int]
    sales: int
    priced: int
    amount: Decimal

    def sleeping(self, until: datetime) -> int:
        """How many sleep, as nobody has bought again until then."""
        return bisect_left(self.asleep_after, 2 * micros(until))


@dataclass(frozen=True, slots=True)
class Customer:
    """`usual` is the median of seconds between their sales; `limit_seconds` after how long without
    a sale they sleep, by their `own` sales or by everybody's.
    """

    contact_id: UUID
    sales: int
    last_at: datetime
    priced: int
    amount: Decimal
    usual: float | None
    is_own: bool
    limit_seconds: float | None
    is_scored: bool
    recency: int
    frequency: int
    money: int
    is_sleeping: bool


@dataclass(frozen=True, slots=True)
class CustomerFilter:
    """Conditions on customers; None is no condition. `product` and `also` are what they bought,
    `without` what they did not. `cohort` is the month of their first sale, `bought_in` a month in
    which they bought: first days of months.
    """

    segment: Name | None = None
    sleeping: bool | None = None
    product: str | None = None
    also: str | None = None
    without: str | None = None
    cohort: date | None = None
    bought_in: date | None = None

    @property
    def names_products(self) -> bool:
        return any(name is not None for name in (self.product, self.also, self.without))


@dataclass(frozen=True, slots=True)
class Chosen:
    """Customers of all who were asked for, `total` of them; `currency` is that of their money."""

    customers: list[Customer]
    total: int
    currency: str | None


@dataclass(frozen=True, slots=True)
class CohortCell:
    """Of customers whose first sale lies in the month numbered `cohort` so many bought in `month`;
    numbers count from 1.
    """

    cohort: int
    month: int
    customers: int
