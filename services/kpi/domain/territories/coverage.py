"""What all potentials together allow to sell: of a region, of a product, or of all.

A node is covered by a potential of its own, by those of all products that are sold there, or by
those of all territories that lie in it. Sums bind only where they hold all that is sold.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, Literal, NamedTuple
from uuid import UUID

from services.kpi.domain.territories.ceilings import Place
from services.kpi.domain.territories.potential import Potential
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
    potentials: Collection[Potential]
    sold: Collection[Sold]
    _sold_of: dict[str | None, set[str | None]] = field(init=False)
    _direct: dict[Node, Decimal] = field(init=False)
    _children: dict[UUID | None, list[UUID]] = field(init=False)
    _regions: dict[UUID, set[str]] = field(init=False)
    _products: dict[UUID | None, set[str]] = field(init=False)
    _places: dict[str, UUID] = field(init=False, default_factory=dict)
    _covers: dict[Node, Cover] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._direct, self._sold_of = {}, defaultdict(set)
        for region, product in self.sold:
            self._sold_of[region].add(product)
        self._children, self._regions = defaultdict(list), defaultdict(set)
        self._products = defaultdict(set)
        lines = {territory_id: line_of(self.tree, territory_id) for territory_id in self.tree}
        for territory_id, item in self.tree.items():
            self._children[item.parent_id].append(territory_id)
            if item.region is not None:
                self._places.setdefault(item.region, territory_id)
                for one in lines[territory_id]:
                    self._regions[one.territory_id].add(item.region)
        for potential in self.potentials:
            if potential.territory_id not in lines:
                continue
            sales = potential.bounds.sales
            node = Node(potential.territory_id, potential.product)
            self._direct[node] = min(self._direct.get(node, sales), sales)
            self._products[None].add(potential.product)
            for one in lines[potential.territory_id]:
                self._products[one.territory_id].add(potential.product)

    def of(self, place: Place) -> Cover:
        """What can be sold of the place at most."""
        product = place.key or "" if place.axis == "product" else ""
        if place.axis != "region":
            return self._cover(Node(self._top, product))
        territory_id = self._places.get(place.key or "")
        if territory_id is None:
            return Cover(None, [Gap("no_territory", region=place.key)])
        return self._cover(Node(territory_id, product))

    @property
    def _top(self) -> UUID | None:
        """The only territory that lies in no other is all there is, unless it is one region."""
        roots = self._children[None]
        is_whole = len(roots) == 1 and self.tree[roots[0]].region is None
        return roots[0] if is_whole else None

    def _cover(self, node: Node) -> Cover:
        if node not in self._covers:
            self._covers[node] = self._found(node)
        return self._covers[node]

    def _found(self, node: Node) -> Cover:
        """By whatever allows the least; where nothing covers it, what most nearly would."""
        names = self._products[node.territory_id]
        own = Gap("no_potential", node.territory_id, None, node.product or None)
        if not names or (node.product and not {"", node.product} & names):
            return Cover(None, [own])
        ways = [self._by_territories(node)]
        if not node.product:
            ways.append(self._by_products(node))
        if node in self._direct:
            ways.append(Cover(self._direct[node]))
        amounts = [way.sales for way in ways if way.sales is not None]
        if amounts:
            return Cover(min(amounts))
        gaps = [way.gaps for way in ways if way.gaps]
        return Cover(None, min(gaps, key=len) if gaps else [own])

    def _by_products(self, node: Node) -> Cover:
        names = {item.product for item in self._sold_in(node)}
        if not names:
            return Cover(None, [Gap("nothing_sold", node.territory_id)])
        more = self._products[node.territory_id] - {""}
        gaps = [Gap("no_product", node.territory_id)] if None in names else []
        every = sorted({name for name in names if name is not None} | more)
        return _sum((self._cover(node._replace(product=name)) for name in every), gaps)

    def _by_territories(self, node: Node) -> Cover:
        inner = self._children[node.territory_id]
        if not inner:
            return Cover(None)
        if not any(self._sold_in(node)):
            return Cover(None, [Gap("nothing_sold", node.territory_id)])
        parts = (self._cover(node._replace(territory_id=each)) for each in inner)
        inside: set[str] = set().union(*(self._regions[each] for each in inner))
        if node.territory_id is not None and not inside:
            # Territories without regions of their own make up the region around them.
            inside = {self.tree[node.territory_id].region or ""}
        return _sum(parts, list(_outside(node, self._sold_in(node), inside)))

    def _sold_in(self, node: Node) -> list[Sold]:
        regions: Iterable[str | None] = self._sold_of
        if node.territory_id is not None and node.territory_id != self._top:
            regions = self._regions[node.territory_id] & self._sold_of.keys()
        if node.product:
            return [
                Sold(region, node.product)
                for region in regions
                if node.product in self._sold_of[region]
            ]
        return [Sold(region, product) for region in regions for product in self._sold_of[region]]


def _outside(node: Node, sold: Iterable[Sold], inside: Collection[str]) -> Iterator[Gap]:
    """What is sold in none of the regions that the territories within the node have."""
    names = {item.region for item in sold}
    for name in sorted(name for name in names if name is not None and name not in inside):
        yield Gap("no_territory", node.territory_id, name)
    if None in names:
        yield Gap("no_region", node.territory_id)


def _sum(parts: Iterable[Cover], gaps: list[Gap]) -> Cover:
    total = Decimal(0)
    for part in parts:
        if part.sales is None:
            gaps = [*gaps, *part.gaps]
        else:
            total += part.sales
    return Cover(None, gaps) if gaps else Cover(total)


def holding(potentials: Iterable[Potential], first: date, end: date) -> list[Potential]:
    """Those in whose time all of the days lie."""
    return [item for item in potentials if item.first <= first and end <= item.end]
