"""What all potentials together allow to sell: of a region, of a product, or of all.

A node is covered by a potential of its own, by those of all products that are sold there, or by
those of all territories that lie in it. Sums bind only where they hold all that is sold and can be
placed: sales without a region or product are added as they were.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Final, Literal, NamedTuple
from uuid import UUID

from services.kpi.domain.labels import label_key
from services.kpi.domain.territories.ceilings import Place
from services.kpi.domain.territories.potential import KOPECK, Potential
from services.kpi.domain.territories.tree import Tree, line_of

PLACES: Final = frozenset({"company", "region", "product"})  # axes that potentials are of
Why = Literal["no_potential", "no_territory", "no_region", "no_product", "nothing_sold"]


class Sold(NamedTuple):
    """What is sold, by region and product (None where sales do not say it), and how much of it: in
    what the potentials are in.
    """

    region: str | None
    product: str | None
    amount: Decimal = Decimal(1)


class Gap(NamedTuple):
    """Why a node is not covered: what has no potential, lies in no territory, is only sold without
    a region or product, or of what nothing is sold by which to tell.
    """

    why: Why
    territory_id: UUID | None = None
    region: str | None = None
    product: str | None = None


class Cover(NamedTuple):
    """`sales` is what can be sold at most, None where the gaps leave that open; `unplaced` what of
    it is for sales without a region or product.
    """

    sales: Decimal | None
    gaps: Sequence[Gap] = ()
    unplaced: Decimal = Decimal(0)


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
    _sold_of: dict[str | None, dict[str | None, Decimal]] = field(init=False)
    _direct: dict[Node, Decimal] = field(init=False)
    _children: dict[UUID | None, list[UUID]] = field(init=False)
    _regions: dict[UUID, set[str]] = field(init=False)
    _products: dict[UUID | None, set[str]] = field(init=False)
    _places: dict[str, UUID] = field(init=False, default_factory=dict)
    _covers: dict[Node, Cover] = field(init=False, default_factory=dict)
    _names: dict[str, str] = field(init=False, default_factory=dict)  # by label_key

    def __post_init__(self) -> None:
        self._direct, self._sold_of = {}, defaultdict(lambda: defaultdict(Decimal))
        for region, product, amount in self.sold:
            place, name = self._keyed(region), self._keyed(product)
            self._sold_of[place][name] += max(amount, Decimal(0))
        self._children, self._regions = defaultdict(list), defaultdict(set)
        self._products = defaultdict(set)
        lines = {territory_id: line_of(self.tree, territory_id) for territory_id in self.tree}
        for territory_id, item in self.tree.items():
            self._children[item.parent_id].append(territory_id)
            region = self._keyed(item.region)
            if region is not None:
                self._places.setdefault(region, territory_id)
                for one in lines[territory_id]:
                    self._regions[one.territory_id].add(region)
        for potential in self.potentials:
            if potential.territory_id not in lines:
                continue
            sales = potential.bounds.sales
            node = Node(potential.territory_id, self._keyed(potential.product) or "")
            self._direct[node] = min(self._direct.get(node, sales), sales)
            self._products[None].add(node.product)
            for one in lines[potential.territory_id]:
                self._products[one.territory_id].add(node.product)

    def _keyed(self, name: str | None) -> str | None:
        """The label as labels are compared, None for a blank one; how it is written is kept."""
        key = label_key(name or "")
        self._names.setdefault(key, name or "")
        return key or None

    def of(self, place: Place) -> Cover:
        """What can be sold of the place at most."""
        key = self._keyed(place.key) or ""
        product = key if place.axis == "product" else ""
        if place.axis != "region":
            return self._cover(Node(self._top, product))
        territory_id = self._places.get(key)
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
        product = self._names.get(node.product) or None
        own = Gap("no_potential", node.territory_id, None, product)
        if not names or (node.product and not {"", node.product} & names):
            return Cover(None, [own])
        ways = [self._by_territories(node)]
        if not node.product:
            ways.append(self._by_products(node))
        if node in self._direct:
            ways.append(Cover(self._direct[node]))
        if (least := least_of(ways)) is not None:
            return least
        gaps = [way.gaps for way in ways if way.gaps]
        return Cover(None, min(gaps, key=len) if gaps else [own])

    def _by_products(self, node: Node) -> Cover:
        sold = self._sold_in(node)
        if not sold:
            return Cover(None, [Gap("nothing_sold", node.territory_id)])
        names = {item.product for item in sold if item.product is not None}
        every = sorted(names | self._products[node.territory_id] - {""})
        cover = _sum((self._cover(node._replace(product=name)) for name in every), [])
        gap = Gap("no_product", node.territory_id)
        return _with_unplaced(cover, sold, lambda item: item.product is None, gap)

    def _by_territories(self, node: Node) -> Cover:
        inner = self._children[node.territory_id]
        if not inner:
            return Cover(None)
        sold = self._sold_in(node)
        if not sold:
            return Cover(None, [Gap("nothing_sold", node.territory_id)])
        parts = (self._cover(node._replace(territory_id=each)) for each in inner)
        inside: set[str] = set().union(*(self._regions[each] for each in inner))
        if node.territory_id is not None and not inside:
            # Territories without regions of their own make up the region around them.
            inside = {self._keyed(self.tree[node.territory_id].region) or ""}
        outside = [
            gap._replace(region=self._names[gap.region or ""])
            for gap in _outside(node, sold, inside)
        ]
        cover = _sum(parts, outside)
        gap = Gap("no_region", node.territory_id)
        return _with_unplaced(cover, sold, lambda item: item.region is None, gap)

    def _sold_in(self, node: Node) -> list[Sold]:
        regions: Iterable[str | None] = self._sold_of
        if node.territory_id is not None and node.territory_id != self._top:
            regions = self._regions[node.territory_id] & self._sold_of.keys()
        if node.product:
            return [
                Sold(region, node.product, self._sold_of[region][node.product])
                for region in regions
                if node.product in self._sold_of[region]
            ]
        return [
            Sold(region, product, amount)
            for region in regions
            for product, amount in self._sold_of[region].items()
        ]


def _outside(node: Node, sold: Iterable[Sold], inside: Collection[str]) -> Iterator[Gap]:
    """What is sold in none of the regions that the territories within the node have."""
    names = {item.region for item in sold}
    for name in sorted(name for name in names if name is not None and name not in inside):
        yield Gap("no_territory", node.territory_id, name)


def _sum(parts: Iterable[Cover], gaps: list[Gap]) -> Cover:
    total, unplaced = Decimal(0), Decimal(0)
    for part in parts:
        if part.sales is None:
            gaps = [*gaps, *part.gaps]
        else:
            total += part.sales
            unplaced += part.unplaced
    return Cover(None, gaps) if gaps else Cover(total, (), unplaced)


def _with_unplaced(
    cover: Cover, sold: Sequence[Sold], is_unplaced: Callable[[Sold], bool], gap: Gap
) -> Cover:
    """With as much more as such sales were to those that can be placed: they are held against no
    part, so that nothing is refused because of them. The gap is that none can be placed.
    """
    rest = [item for item in sold if is_unplaced(item)]
    unplaced = sum((item.amount for item in rest), Decimal(0))
    placed = sum((item.amount for item in sold), Decimal(0)) - unplaced
    if rest and not placed and (unplaced or len(rest) == len(sold)):
        return Cover(None, [*cover.gaps, gap])
    if cover.sales is None or not rest:
        return cover
    more = cover.sales * unplaced / placed if unplaced else Decimal(0)
    more = more.quantize(KOPECK, ROUND_CEILING)
    return Cover(cover.sales + more, (), cover.unplaced + more)


def least_of(covers: Iterable[Cover]) -> Cover | None:
    """The one that allows the least; None where none is known."""
    amounts = [(cover.sales, cover) for cover in covers if cover.sales is not None]
    return min(amounts, key=lambda one: one[0])[1] if amounts else None


def holding(potentials: Iterable[Potential], first: date, end: date) -> list[Potential]:
    """Those in whose time all of the days lie."""
    return [item for item in potentials if item.first <= first and end <= item.end]
