"""Nodes as people name them, and as cells know them."""

from collections.abc import Collection, Mapping
from datetime import date

from services.kpi.domain.plan.nodes import AXES, NATURES, AxisName, Node
from services.kpi.domain.plan.terms import Terms
from services.kpi.repository.plan.values import find_names, find_numbers
from services.kpi.repository.reports.figures import list_manager_names
from shared.database import Session
from shared.errors import InvalidError

Names = Mapping[str, str | None]


async def node_of(session: Session, terms: Terms, names: Names, *, pointer: str) -> Node:
    """Raises InvalidError that names the axis on which the plan has no such value."""
    numbers: dict[AxisName, int | None] = {}
    for axis in AXES:
        name = names.get(axis)
        if name is not None:
            numbers[axis] = await _number(session, terms, axis, name, f"{pointer}/{axis}")
    return Node(**numbers)


async def _number(session: Session, terms: Terms, axis: AxisName, name: str, pointer: str) -> int:
    number: int | None
    if axis == "month":
        number = terms.number_of(date.fromisoformat(f"{name}-01"))
    elif axis == "nature":
        number = NATURES.index(name) if name in NATURES else None
    else:
        number = (await find_numbers(session, terms.plan_id, axis, [name])).get(name)
    if number is None:
        raise InvalidError(
            "The plan has no such node.", errors=[(pointer, "the plan has no such value")]
        )
    return number


async def names_of(
    session: Session, terms: Terms, axis: AxisName, numbers: Collection[int]
) -> dict[int, str]:
    """What values of an axis are called, by number."""
    if axis == "month":
        return {number: f"{terms.month_of(number):%Y-%m}" for number in numbers}
    if axis == "nature":
        return {number: NATURES[number] for number in numbers}
    return await find_names(session, terms.plan_id, axis, numbers)


async def named(session: Session, terms: Terms, nodes: Collection[Node]) -> list[dict[str, str]]:
    """Each node by the names of the axes on which it has one value."""
    names = {
        axis: await names_of(
            session, terms, axis, {number for node in nodes if (number := node[place]) is not None}
        )
        for place, axis in enumerate(AXES)
    }
    return [
        {
            axis: names[axis][number]
            for axis, number in zip(AXES, node, strict=True)
            if number is not None
        }
        for node in nodes
    ]


async def labels_of(session: Session, axis: AxisName | None) -> dict[str, str | None]:
    """What to show for the values of an axis that are ids: the names of managers."""
    if axis != "seller":
        return {}
    managers = await list_manager_names(session)
    return {str(manager_id): name for manager_id, name in managers.items()}
