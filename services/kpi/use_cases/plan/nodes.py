"""Reads a node of a version with its children along an axis, beside those of another version."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from services.kpi.domain.plan.locks import locked_children
from services.kpi.domain.plan.nodes import AxisName, Node
from services.kpi.domain.plan.sums import by_columns, children_of, needs_cells
from services.kpi.domain.plan.terms import Terms
from services.kpi.repository.plan import blocks
from services.kpi.repository.plan.blocks import Place
from services.kpi.repository.plan.locks import list_nodes
from services.kpi.repository.plan.plans import get_version
from services.kpi.use_cases.plan.naming import labels_of, names_of
from shared.database import Session


@dataclass(frozen=True, slots=True)
class Child:
    """One value of an axis. `against` is what the other version has there, None without one."""

    number: int
    value: str
    label: str | None
    amount: int
    against: int | None
    is_locked: bool


@dataclass(frozen=True, slots=True)
class NodeView:
    """A node, and a page of its children in the order of the axis, one more than asked for."""

    amount: int
    against: int | None
    is_locked: bool
    children: Sequence[Child]


async def read_node(
    session: Session,
    terms: Terms,
    place: Place,
    node: Node,
    axis: AxisName | None,
    *,
    against: int | None,
    after: int,
    limit: int,
) -> NodeView:
    """What lies in the node, and in each value of the axis. Raises NotFoundError."""
    await get_version(session, place.plan_id, place.number)
    sums = await _sums(session, place, node, axis)
    other: Counter[int] | None = None
    if against is not None:
        await get_version(session, place.plan_id, against)
        other = await _sums(session, place._replace(number=against), node, axis)
    locks = await list_nodes(session, place)
    numbers: list[int] = []
    if axis is not None:
        values = sorted({*sums, *(other or ())})
        numbers = [number for number in values if number > after][: limit + 1]
    amounts = {
        number: (sums[number], None if other is None else other[number]) for number in numbers
    }
    frozen = set() if axis is None else locked_children(locks, node, axis)
    return NodeView(
        amount=sums.total(),
        against=None if other is None else other.total(),
        is_locked=any(lock.covers(node) for lock in locks),
        children=await _children(session, terms, axis, amounts, frozen),
    )


async def _sums(session: Session, place: Place, node: Node, axis: AxisName | None) -> Counter[int]:
    if needs_cells(node, axis):
        rows = await blocks.list_blocks(session, place, node)
        return await asyncio.to_thread(children_of, rows, node, axis)
    return by_columns(await blocks.list_totals(session, place, node), node, axis)


async def _children(
    session: Session,
    terms: Terms,
    axis: AxisName | None,
    amounts: Mapping[int, tuple[int, int | None]],
    frozen: Collection[int | None],
) -> list[Child]:
    if axis is None:
        return []
    names = await names_of(session, terms, axis, amounts.keys())
    labels = await labels_of(session, axis)
    return [
        Child(
            number=number,
            value=names[number],
            label=labels.get(names[number]),
            amount=amount,
            against=against,
            is_locked=None in frozen or number in frozen,
        )
        for number, (amount, against) in amounts.items()
    ]
