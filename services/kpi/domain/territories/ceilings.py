"""Where a potential is the ceiling of something: of which axis it is, and of which goals."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from services.kpi.domain.forecast.past import Measure
from services.kpi.domain.goals.goals import Goal
from services.kpi.domain.labels import label_key
from services.kpi.domain.territories.potential import Allowance
from services.kpi.domain.territories.tree import Tree, lies_in, regions_of

CAPPED: Final = frozenset({Measure.REVENUE, Measure.QUANTITY})  # what potentials are of


class Place(NamedTuple):
    """One value of an axis of reports, or the company."""

    axis: str
    key: str | None


def ground_faults(
    goal: Goal, potentials: Mapping[UUID, Allowance], tree: Tree
) -> Iterator[tuple[str, str]]:
    """What keeps the potentials that a goal names from being its ground: the field and why."""
    before: list[Allowance] = []
    for number, potential_id in enumerate(goal.potential_ids):
        place, item = f"potential_ids/{number}", potentials.get(potential_id)
        if item is None:
            yield place, "there is no such potential"
            continue
        if (item.measure, item.currency) != (goal.measure, goal.currency):
            yield place, "is of another measure or currency"
        if not holds_days(item, goal):
            yield place, f"is of {item.first} to {item.end}, which does not hold the goal's days"
        if not _is_of(goal, item, tree):
            yield place, f"is of another {goal.axis}"
        if any(_overlap(item, other, tree) for other in before):
            yield place, "holds in part what one above it holds"
        before.append(item)


def ceiling_of(goal: Goal, potentials: Mapping[UUID, Allowance]) -> Decimal | None:
    """What the potentials that a goal rests on allow to sell; None where there are none."""
    items = [potentials[key] for key in goal.potential_ids if key in potentials]
    return sum((item.sales for item in items), Decimal(0)) if items else None


def holds_days(item: Allowance, goal: Goal) -> bool:
    """Whether all days of the goal lie in the potential's."""
    return item.first <= goal.first and goal.end <= item.end


def _is_of(goal: Goal, item: Allowance, tree: Tree) -> bool:
    if goal.axis == "product":
        return label_key(item.product) == label_key(goal.key or "")
    return goal.axis != "region" or label_key(goal.key or "") in regions_of(tree, item.territory_id)


def _overlap(one: Allowance, other: Allowance, tree: Tree) -> bool:
    products = {label_key(one.product), label_key(other.product)}
    is_product_shared = "" in products or len(products) == 1
    is_inside = lies_in(tree, one.territory_id, other.territory_id)
    return is_product_shared and (is_inside or lies_in(tree, other.territory_id, one.territory_id))
