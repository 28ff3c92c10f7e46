"""What all potentials together allow to sell: of a region, of a product, or of all.

A node is covered by a potential of its own, by those of all products that are sold there, or by
those of all territories that lie in it. Sums bind only where they hold all that is sold.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, Literal, NamedTuple
from uuid import UUID

from services.kpi.domain.territories.ceilings import Place
from services.kpi.domain.territories.potential import Allowance
from services.kpi.domain.territories.tree import Tree, line_of

PLACES: Final = frozenset({"company", "region", "product"})  # axes that potentials are of
Why = Literal["no_potential", "no_territory", "no_region", "no_product", "nothing_sold"]


class Sold(NamedTuple):
    """What is sold, by region and product; None where sales do not say it."""

    region: str | None
    product: str | None


class Gap(NamedTuple):
    """Why a node is not covered: what has no potential, lies in no territory, is sold without a
    region or product, or of what nothing is sold by which to tell.
    """

    why: Why
    territory_id: UUID | None = None
    region: str | None = None
    product: str | None = None


class Cover(NamedTuple):
    """`sales` is what can be sold at most, None where the gaps leave that open."""

    sales: Decimal | None
    gaps: Sequence[Gap] = ()


class Node(NamedTuple):
    """A territory (None: all that lie in no other) and a product (empty: all of them)."""

    territory_id: UUID | None
    product: str


@dataclass(slots=True)
class Ground:
    """Potentials of one measure and currency whose time holds the days that are asked for, the tree
    that they stand in, and what is sold.
    """

    tree: Tree
    potentials: Collection[Allowance]
    sold: Collection[Sold]
    _sold_of: dict[str | None, set[str | None]] = field(init=False)
    _sold_in: dict[str, set[str | None]] = field(init=False)
    _direct: dict[Node, Decimal] = field(init=False)
    _children: dict[UUID | None, list[UUID]] = field(init=False)
    _regions: dict[UUID, set[str]] = field(init=False)
    _products: dict[UUID | None, set[str]] = field(init=False)
    _places: dict[str, UUID] = field(init=False, default_factory=dict)
    _top: UUID | None = field(init=False)
    _amounts: dict[Node, Decimal | None] = field(init=False, default_factory=dict)
    _gaps: dict[Node, Sequence[Gap]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._sold_of, self._sold_in = defaultdict(set), defaultdict(set)
        for region, product in self.sold:
            self._sold_of[region].add(product)
            if product is not None:
                self._sold_in[product].add(region)
        self._children, self._regions = defaultdict(list), defaultdict(set)
        for territory_id, item in self.tree.items():
            self._children[item.parent_id].append(territory_id)
            if item.region is not None:
                self._places.setdefault(item.region, territory_id)
                for one in line_of(self.tree, territory_id):
                    self._regions[one.territory_id].add(item.region)
        # The only territory that lies in no other is all there is, unless it is one region.
        roots = self._children[None]
        is_whole = len(roots) == 1 and self.tree[roots[0]].region is None
        self._top = roots[0] if is_whole else None
        self._take_potentials()

    def _take_potentials(self) -> None:
        self._direct, self._products = {}, defaultdict(set)
        own: dict[UUID, set[str]] = defaultdict(set)
        for potential in self.potentials:
            if potential.territory_id not in self.tree:
                continue
            node = Node(potential.territory_id, potential.product)
            self._direct[node] = min(self._direct.get(node, potential.sales), potential.sales)
            own[potential.territory_id].add(potential.product)
        for territory_id, products in own.items():
            self._products[None] |= products
            for one in line_of(self.tree, territory_id):
                self._products[one.territory_id] |= products

    def of(self, place: Place) -> Cover:
        """What can be sold of the place at most."""
        product = place.key or "" if place.axis == "product" else ""
        if place.axis != "region":
            return self._cover(Node(self._top, product))
        territory_id = self._places.get(place.key or "")
        if territory_id is None:
            return Cover(None, [Gap("no_territory", region=place.key)])
        return self._cover(Node(territory_id, product))

    def _cover(self, node: Node) -> Cover:
        """By whatever allows the least; where nothing covers it, what most nearly would."""
        amount = self._amount(node)
        return Cover(None, self._missing(node)) if amount is None else Cover(amount)

    def _amount(self, node: Node) -> Decimal | None:
        if node not in self._amounts:
            self._amounts[node] = self._least(node)
        return self._amounts[node]

    def _least(self, node: Node) -> Decimal | None:
        if self._is_bare(node):
            return None
        ways = [self._by_territories(node)]
        if not node.product:
            ways.append(self._by_products(node))
        ways.append(self._direct.get(node))
        return min((amount for amount in ways if amount is not None), default=None)

    def _is_bare(self, node: Node) -> bool:
        """Whether no potential is of it, or of anything in it."""
        names = self._products.get(node.territory_id)
        return not names or (node.product != "" and names.isdisjoint({"", node.product}))

    def _by_territories(self, node: Node) -> Decimal | None:
        inner = self._children.get(node.territory_id)
        if not inner or any(self._is_bare(Node(each, node.product)) for each in inner):
            return None
        regions = self._sold_regions(node)
        if not regions or _outside(regions, self._inside(node.territory_id, inner)):
            return None
        return _sum(self._amount(Node(each, node.product)) for each in inner)

    def _by_products(self, node: Node) -> Decimal | None:
        names = self._sold_products(node)
        if not names or None in names:
            return None
        every = self._every(node, names)
        return _sum(self._amount(Node(node.territory_id, name)) for name in every)

    def _every(self, node: Node, names: Iterable[str | None]) -> list[str]:
        """The products that are sold there, and those that there are potentials of."""
        more = self._products[node.territory_id] - {""}
        return sorted({name for name in names if name is not None} | more)

    def _inside(self, territory_id: UUID | None, inner: Sequence[UUID]) -> set[str]:
        """The regions of the territories that lie in it."""
        inside: set[str] = set().union(*(self._regions.get(each, ()) for each in inner))
        if territory_id is not None and not inside:
            # Territories without regions of their own make up the region around them.
            return {self.tree[territory_id].region or ""}
        return inside

    def _sold_regions(self, node: Node) -> AbstractSet[str | None]:
        """Those of the node in which something of it is sold."""
        sold = self._sold_in.get(node.product, set()) if node.product else self._sold_of.keys()
        if node.territory_id is None or node.territory_id == self._top:
            return sold
        return self._regions.get(node.territory_id, set()) & sold

    def _sold_products(self, node: Node) -> set[str | None]:
        return set().union(*(self._sold_of[region] for region in self._sold_regions(node)))

    def _missing(self, node: Node) -> Sequence[Gap]:
        if node not in self._gaps:
            self._gaps[node] = self._least_missing(node)
        return self._gaps[node]

    def _least_missing(self, node: Node) -> Sequence[Gap]:
        own = [Gap("no_potential", node.territory_id, None, node.product or None)]
        if self._is_bare(node):
            return own
        ways = [self._missing_territories(node)]
        if not node.product:
            ways.append(self._missing_products(node))
        return min((gaps for gaps in ways if gaps), key=len, default=own)

    def _missing_territories(self, node: Node) -> Sequence[Gap]:
        inner = self._children.get(node.territory_id)
        if not inner:
            return []
        regions = self._sold_regions(node)
        if not regions:
            return [Gap("nothing_sold", node.territory_id)]
        outside = _outside(regions, self._inside(node.territory_id, inner))
        gaps = [
            Gap("no_territory", node.territory_id, name)
            for name in sorted(name for name in outside if name is not None)
        ]
        if None in outside:
            gaps.append(Gap("no_region", node.territory_id))
        return gaps + self._missing_of(Node(each, node.product) for each in inner)

    def _missing_products(self, node: Node) -> Sequence[Gap]:
        names = self._sold_products(node)
        if not names:
            return [Gap("nothing_sold", node.territory_id)]
        gaps = [Gap("no_product", node.territory_id)] if None in names else []
        every = self._every(node, names)
        return gaps + self._missing_of(Node(node.territory_id, name) for name in every)

    def _missing_of(self, parts: Iterable[Node]) -> list[Gap]:
        return [gap for part in parts if self._amount(part) is None for gap in self._missing(part)]


def _outside(regions: AbstractSet[str | None], inside: AbstractSet[str]) -> AbstractSet[str | None]:
    """Where something is sold that lies in no territory."""
    return regions - inside


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Nothing as soon as one of them is."""
    total = Decimal(0)
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def holding(potentials: Iterable[Allowance], first: date, end: date) -> list[Allowance]:
    """Those in whose time all of the days lie."""
    return [item for item in potentials if item.first <= first and end <= item.end]
