"""What is sold where, by regions and products as labels are compared, and what nobody can place."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, NamedTuple

from services.kpi.domain.labels import label_key

_NONE: Final = Decimal(0)


class Sold(NamedTuple):
    """What is sold, by region and product; None where sales do not say it."""

    region: str | None
    product: str | None


class SoldSum(NamedTuple):
    """How many sales that stand a region and product have (empty: all, None: those that do not say
    it), and what those of a currency brought; it is empty where that is not known.
    """

    region: str | None
    product: str | None
    currency: str
    quantity: Decimal
    amount: Decimal


class SoldYear(NamedTuple):
    """What was sold, and its sums of each region, of each product, and of all: those tell how much
    nobody can place, and there may be none where everything has a region and a product.
    """

    places: Collection[Sold]
    sums: Collection[SoldSum] = ()


class Share(NamedTuple):
    """How much of what is sold can be placed, and how much cannot; `is_placed` is false where all
    of it cannot.
    """

    placed: Decimal = _NONE
    unplaced: Decimal = _NONE
    is_placed: bool = True


class Labels(dict[str | None, str | None]):
    """Labels as they are compared, by how they are written, each found once; None of a blank one.
    `written` has how each was written first, by how it is compared.
    """

    def __init__(self) -> None:
        self.written: dict[str, str] = {}

    def __missing__(self, name: str | None) -> str | None:
        key = label_key(name or "")
        self[name] = key or None
        if name and key:
            self.written.setdefault(key, name)
        return key or None


@dataclass(slots=True)
class Sales:
    """Amounts are money of the currency, or counted where there is none: nothing of them is what
    was sold in others.
    """

    year: SoldYear
    currency: str | None
    labels: Labels = field(init=False, default_factory=Labels)
    _products: dict[str | None, set[str | None]] = field(init=False)
    _regions: dict[str | None, set[str | None]] = field(init=False)
    _amounts: dict[tuple[str | None, str | None], Decimal] = field(init=False)

    def __post_init__(self) -> None:
        labels = self.labels
        self._products, self._regions = defaultdict(set), defaultdict(set)
        self._amounts = defaultdict(Decimal)
        for region, product in self.year.places:
            place, name = labels[region], labels[product]
            self._products[place].add(name)
            self._regions[name].add(place)
        for item in self.year.sums:
            if self.currency not in (None, item.currency):
                continue
            amount = item.quantity if self.currency is None else item.amount
            node = item.region and labels[item.region], item.product and labels[item.product]
            self._amounts[node] += max(amount, _NONE)

    def regions(self, product: str) -> AbstractSet[str | None]:
        """In which something of the product (empty: anything) is sold."""
        return self._regions.get(product, set()) if product else self._products.keys()

    def products(self, regions: Iterable[str | None]) -> set[str | None]:
        """What is sold in these."""
        return set().union(*(self._products[region] for region in regions))

    def with_region(self, product: str, regions: Collection[str | None]) -> Share:
        """Of the product (empty: of all), which is sold in these: all there are, where one is None,
        for no territory is that.
        """
        if None not in regions:
            return Share()
        total = self._amounts.get(("", product), _NONE)
        return _share(total, self._amounts.get((None, product), _NONE), regions)

    def with_product(
        self, regions: Collection[str | None], products: Collection[str | None]
    ) -> Share:
        """Of what is sold in these regions: these products."""
        if None not in products:
            return Share()
        total, unplaced = (
            sum((self._amounts.get((region, name), _NONE) for region in regions), _NONE)
            for name in ("", None)
        )
        return _share(total, unplaced, products)


def _share(total: Decimal, unplaced: Decimal, names: Collection[str | None]) -> Share:
    placed = max(total - unplaced, _NONE)
    is_placed = placed > 0 or (not unplaced and len(names) > 1)
    return Share(placed, unplaced, is_placed)
