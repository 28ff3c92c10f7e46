"""The terms of a pay scheme.

A month pays: base + personal bonus x payout of the own plan's attainment, that times the company's
multiplier, + bonuses by groups of products; at least the floor, at most the cap.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal, NamedTuple, get_args

from services.kpi.domain.labels import label_key

Measure = Literal["revenue", "sales"]
MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)
REVENUE: Final = "revenue"


class Band(NamedTuple):
    """Attainments from `begins` to before `ends` (None: without end). At its beginning it pays
    `pays`; each further unit of attainment adds `accelerator` to that.
    """

    begins: Decimal
    ends: Decimal | None
    pays: Decimal
    accelerator: Decimal = Decimal(0)


Curve = tuple[Band, ...]


def _band(begins: str, ends: str | None, pays: str, accelerator: str = "0") -> Band:
    end = None if ends is None else Decimal(ends)
    return Band(Decimal(begins), end, Decimal(pays), Decimal(accelerator))


# Nothing below 90 %, the bonus while the plan is met (90-105 %), two for one while it is
# over-fulfilled (105-120 %), no more beyond.
PERSONAL_BANDS: Final[Curve] = (
    _band("0", "0.9", "0"),
    _band("0.9", "1.05", "1"),
    _band("1.05", "1.2", "1", "2"),
    _band("1.2", None, "1.3"),
)
COMPANY_BANDS: Final[Curve] = (
    _band("0", "0.9", "0.8"),
    _band("0.9", "1.05", "1"),
    _band("1.05", "1.2", "1.1"),
    _band("1.2", None, "1.2"),
)


@dataclass(frozen=True, slots=True)
class Personal:
    """What is paid for the own plan: the bonus, times what the bands make of the attainment."""

    bonus: Decimal
    measure: Measure = "revenue"
    bands: Curve = PERSONAL_BANDS


@dataclass(frozen=True, slots=True)
class Company:
    """By what the personal bonus is multiplied, for the attainment of the company's plan."""

    measure: Measure = "revenue"
    bands: Curve = COMPANY_BANDS


@dataclass(frozen=True, slots=True)
class ProductGroup:
    """Products by name, compared without case."""

    key: str
    products: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupBonus:
    """A share of what the group's sales come to, or an amount for each of them."""

    group: str
    rate: Decimal | None = None
    per_sale: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Amounts are of one month and in one currency; sales in others count nothing."""

    currency: str
    base: Decimal = Decimal(0)
    personal: Personal | None = None
    company: Company | None = None
    groups: Sequence[ProductGroup] = field(default_factory=tuple)
    bonuses: Sequence[GroupBonus] = field(default_factory=tuple)
    floor: Decimal | None = None
    cap: Decimal | None = None
    _places: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)
    _spelled: dict[str, str | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def places(self) -> Mapping[str, str]:
        """The groups of products, by the names of these."""
        if not self._places:  # hundreds of products are read once, and not for each manager
            self._places.update(
                (name_of(product), group.key) for group in self.groups for product in group.products
            )
        return self._places

    def group_of(self, product: str) -> str | None:
        """The group of a product, however it is spelled; None where it is in none."""
        if product not in self._spelled:  # a name is made comparable once, not for each manager
            self._spelled[product] = self.places().get(name_of(product))
        return self._spelled[product]


def name_of(product: str | None) -> str:
    """A product's name as names are compared; empty where a sale tells none."""
    return label_key(product or "")
