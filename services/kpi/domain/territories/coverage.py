"""What all potentials together allow to sell: of a region, of a product, or of all.

A node is covered by a potential of its own, by those of all products that are sold there, or by
those of all territories that lie in it. Sums bind only where they hold all that is sold and can be
placed: sales without a region or product are added as they were.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from services.kpi.domain.territories.ceilings import Place
from services.kpi.domain.territories.covers import Cover, Gap, least_of, sum_of, with_unplaced
from services.kpi.domain.territories.potential import Allowance
from services.kpi.domain.territories.sold import Sales
from services.kpi.domain.territories.tree import Tree, line_of

PLACES: Final = frozenset({"company", "region", "product"})  # axes that potentials are of


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
    sales: Sales
    _direct: dict[Node, Decimal] = field(init=False)
    _children: dict[UUID | None, list[UUID]] = field(init=False)
    _regions: dict[UUID, set[str]] = field(init=False)
    _products: dict[UUID | None, set[str]] = field(init=False)
    _places: dict[str, UUID] = field(init=False, default_factory=dict)
    _top: UUID | None = field(init=False)
    _covers: dict[Node, Cover | None] = field(init=False, default_factory=dict)
    _gaps: dict[Node, Sequence[Gap]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._children, self._regions = defaultdict(list), defaultdict(set)
        for territory_id, item in self.tree.items():
            self._children[item.parent_id].append(territory_id)
            region = self.sales.labels[item.region]
            if region is not None:
                self._places.setdefault(region, territory_id)
                for one in line_of(self.tree, territory_id):
                    self._regions[one.territory_id].add(region)
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
            node = Node(potential.territory_id, self.sales.labels[potential.product] or "")
            self._direct[node] = min(self._direct.get(node, potential.sales), potential.sales)
            own[potential.territory_id].add(node.product)
        for territory_id, products in own.items():
            self._products[None] |= products
            for one in line_of(self.tree, territory_id):
                self._products[one.territory_id] |= products

    def of(self, place: Place) -> Cover:
        """What can be sold of the place at most."""
        key = self.sales.labels[place.key] or ""
        node = Node(self._top, key if place.axis == "product" else "")
        if place.axis == "region":
            if key not in self._places:
                return Cover(None, [Gap("no_territory", region=place.key)])
            node = Node(self._places[key], "")
        return self._cover(node) or Cover(None, self._missing(node))

    def _cover(self, node: Node) -> Cover | None:
        """By whatever allows the least."""
        if node not in self._covers:
            self._covers[node] = self._least(node)
        return self._covers[node]

    def _least(self, node: Node) -> Cover | None:
        if self._is_bare(*node):
            return None
        ways = [self._by_territories(node)]
        if not node.product:
            ways.append(self._by_products(node))
        if node in self._direct:
            ways.append(Cover(self._direct[node]))
        return least_of(ways)

    def _is_bare(self, territory_id: UUID | None, product: str) -> bool:
        """Whether no potential is of the node, or of anything in it."""
        names = self._products.get(territory_id)
        return not names or (product != "" and product not in names and "" not in names)

    def _by_territories(self, node: Node) -> Cover | None:
        inner = self._children.get(node.territory_id)
        if not inner or any(self._is_bare(each, node.product) for each in inner):
            return None
        regions = self._sold_regions(node)
        if not regions or _outside(regions, self._inside(node.territory_id, inner)):
            return None
        cover = sum_of(self._cover(Node(each, node.product)) for each in inner)
        return with_unplaced(cover, self.sales.with_region(node.product, regions))

    def _by_products(self, node: Node) -> Cover | None:
        regions = self._sold_regions(node)
        names = self.sales.products(regions)
        if not names:
            return None
        every = self._every(node, names)
        cover = sum_of(self._cover(Node(node.territory_id, name)) for name in every)
        return with_unplaced(cover, self.sales.with_product(regions, names))

    def _every(self, node: Node, names: Iterable[str | None]) -> list[str]:
        """The products that are sold there, and those that there are potentials of."""
        more = self._products[node.territory_id] - {""}
        return sorted({name for name in names if name is not None} | more)

    def _inside(self, territory_id: UUID | None, inner: Sequence[UUID]) -> set[str]:
        """The regions of the territories that lie in it."""
        inside: set[str] = set().union(*(self._regions.get(each, ()) for each in inner))
        if territory_id is not None and not inside:
            # Territories without regions of their own make up the region around them.
            return {self.sales.labels[self.tree[territory_id].region] or ""}
        return inside

    def _sold_regions(self, node: Node) -> AbstractSet[str | None]:
        """Those of the node in which something of it is sold."""
        regions = self.sales.regions(node.product)
        if node.territory_id is None or node.territory_id == self._top:
            return regions
        return self._regions.get(node.territory_id, set()) & regions

    def _missing(self, node: Node) -> Sequence[Gap]:
        if node not in self._gaps:
            self._gaps[node] = self._least_missing(node)
        return self._gaps[node]

    def _least_missing(self, node: Node) -> Sequence[Gap]:
        """Of whatever most nearly covers it."""
        product = self.sales.labels.written.get(node.product)
        own = [Gap("no_potential", node.territory_id, None, product)]
        if self._is_bare(*node):
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
            Gap("no_territory", node.territory_id, self.sales.labels.written[name])
            for name in sorted(outside)
        ]
        gaps += self._missing_of(Node(each, node.product) for each in inner)
        is_placed = self.sales.with_region(node.product, regions).is_placed
        return gaps if is_placed else [*gaps, Gap("no_region", node.territory_id)]

    def _missing_products(self, node: Node) -> Sequence[Gap]:
        regions = self._sold_regions(node)
        names = self.sales.products(regions)
        if not names:
            return [Gap("nothing_sold", node.territory_id)]
        every = self._every(node, names)
        gaps = self._missing_of(Node(node.territory_id, name) for name in every)
        is_placed = self.sales.with_product(regions, names).is_placed
        return gaps if is_placed else [*gaps, Gap("no_product", node.territory_id)]

    def _missing_of(self, parts: Iterable[Node]) -> list[Gap]:
        return [gap for part in parts if self._cover(part) is None for gap in self._missing(part)]


def _outside(regions: AbstractSet[str | None], inside: AbstractSet[str]) -> set[str]:
    """The regions in which something is sold and that lie in no territory."""
    return {region for region in regions if region is not None and region not in inside}


def holding(potentials: Iterable[Allowance], first: date, end: date) -> list[Allowance]:
    """Those in whose time all of the days lie."""
    return [item for item in potentials if item.first <= first and end <= item.end]
