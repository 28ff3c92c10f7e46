"""The tree of territories: each lies in one other, or in none."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.kpi.domain.labels import label_key

DEEPEST_TERRITORY: Final = 10
PATH_SIGN: Final = " / "


@dataclass(frozen=True, slots=True)
class Territory:
    """`region` is what leads and sales of it are marked by, None where they are marked by those
    that lie in it; `country` that whose holidays are its own, None where it is that of what it lies
    in.
    """

    territory_id: UUID
    name: str
    parent_id: UUID | None
    region: str | None
    country: str | None = None


Tree = Mapping[UUID, Territory]


def line_of(tree: Tree, territory_id: UUID) -> list[Territory]:
    """The territory and those that it lies in, the nearest first."""
    line: list[Territory] = []
    place: UUID | None = territory_id
    while place is not None and place in tree and len(line) <= DEEPEST_TERRITORY:
        line.append(tree[place])
        place = tree[place].parent_id
    return line


def path_of(tree: Tree, territory_id: UUID) -> str:
    """The names from the outermost on."""
    return PATH_SIGN.join(item.name for item in reversed(line_of(tree, territory_id)))


def lies_in(tree: Tree, inner: UUID, outer: UUID) -> bool:
    """Whether it is the other one or lies in it."""
    return any(item.territory_id == outer for item in line_of(tree, inner))


def within(tree: Tree, territory_ids: Iterable[UUID]) -> set[UUID]:
    """These and all that lie in them."""
    children: dict[UUID | None, list[UUID]] = defaultdict(list)
    for territory_id, item in tree.items():
        children[item.parent_id].append(territory_id)
    ids: set[UUID] = set()
    rest = list(territory_ids)
    while rest:
        ids.add(rest[-1])
        rest += children[rest.pop()]
    return ids


def regions_of(tree: Tree, territory_id: UUID) -> set[str]:
    """The regions of the territory and of those that it lies in, as labels are compared."""
    line = line_of(tree, territory_id)
    return {label_key(item.region) for item in line if item.region is not None}


def countries_of(tree: Tree) -> dict[str, str]:
    """The country of each region that has one, by the region as labels are compared: its
    territory's, or the nearest one's around it.
    """
    places = ((item.region, line_of(tree, item.territory_id)) for item in tree.values())
    return {
        label_key(region): country
        for region, line in places
        if region is not None
        and (country := next((one.country for one in line if one.country), None)) is not None
    }


def faults_of(item: Territory, tree: Tree) -> Iterator[tuple[str, str]]:
    """What keeps it from its place in the tree, which may hold an earlier version of it: the field
    and why.
    """
    others = [other for other in tree.values() if other.territory_id != item.territory_id]
    beside = [other.name for other in others if other.parent_id == item.parent_id]
    if (name := _same(item.name, beside)) is not None:
        yield "name", f"another one there has this name: {name}"
    regions = [other.region for other in others if other.region is not None]
    if item.region is not None and (region := _same(item.region, regions)) is not None:
        yield "region", f"another territory is this region: {region}"
    if item.parent_id is None:
        return
    if item.parent_id not in tree:
        yield "parent_id", "there is no such territory"
    elif lies_in(tree, item.parent_id, item.territory_id):
        yield "parent_id", "lies in the territory itself: that would be a cycle"
    else:
        depth = len(line_of(tree, item.parent_id)) + _height(tree, item.territory_id)
        if depth > DEEPEST_TERRITORY:
            yield "parent_id", f"at most {DEEPEST_TERRITORY} territories lie one in another"


def _same(name: str, others: Iterable[str]) -> str | None:
    """The one of the others that is the same label."""
    key = label_key(name)
    return next((other for other in others if label_key(other) == key), None)


def _height(tree: Tree, territory_id: UUID) -> int:
    """How many levels it is together with those that lie in it."""
    lines = (line_of(tree, other) for other in tree)
    places = [[item.territory_id for item in line] for line in lines]
    return max((line.index(territory_id) + 1 for line in places if territory_id in line), default=1)
